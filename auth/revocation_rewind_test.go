package auth

import (
	"errors"
	"testing"
	"time"

	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

// A database that was restored from a backup uses seqs again. What was heard before
// stays in force, and what changes afterwards counts.
func TestLoadOfARewoundDatabase(t *testing.T) {
	at := newClock().at
	promoted := revocation.Change{Seq: 90, At: at.Add(-10 * time.Minute), User: ada, Roles: []string{"admin"}}
	known := []revocation.Change{
		promoted,
		{Seq: 100, At: at, User: ada, Roles: []string{"user"}},
		{Seq: 101, At: at, Session: sessionTwo},
		{Seq: 102, At: at, Role: "support", Scopes: []string{"read:users", "write:users"}},
	}
	later := at.Add(time.Minute)
	tests := []struct {
		name    string
		changes []revocation.Change // in the restored database
		then    []revocation.Change // heard afterwards
		roles   string
		scopes  string
	}{
		{"an old backup", nil, nil, "user", ""},
		{"a backup of before the last change", []revocation.Change{promoted}, nil, "user", ""},
		{"changed since", []revocation.Change{promoted, {Seq: 91, At: later, User: ada, Roles: []string{"support"}}}, nil, "support", "read:users"},
		{"changed afterwards", []revocation.Change{promoted}, []revocation.Change{{Seq: 91, At: later, User: ada, Roles: []string{"support"}}}, "support", "read:users"},
		{"changed twice", nil, []revocation.Change{
			{Seq: 2, At: later, User: ada, Roles: []string{"admin"}}, {Seq: 3, At: later, User: ada, Roles: []string{"support"}},
		}, "support", "read:users"},
		{"its role changed afterwards", nil, []revocation.Change{
			{Seq: 2, At: later, User: ada, Roles: []string{"support"}}, {Seq: 3, At: later, Role: "support", Scopes: []string{"write:users"}},
		}, "support", "write:users"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRevocations(newClock())
			for _, c := range known {
				r.Apply(c)
			}
			if got := r.Position(); got != 102 {
				t.Fatalf("position %d; want that of the last change", got)
			}
			grants := map[string][]string{RoleAdmin: {}, RoleUser: {}, "support": {"read:users"}}
			r.Load(revocation.Snapshot{Grants: grants, Changes: tt.changes, Position: 95, Rewound: true})
			if got := r.Position(); got != 95 {
				t.Errorf("position %d; want the database's", got)
			}
			for _, c := range tt.then {
				r.Apply(c)
			}
			checkPrincipal(t, r, claimsOf(0, "admin"), tt.roles, tt.scopes, nil)
			if _, err := r.Principal(&token.Claims{Subject: bob, SessionID: sessionTwo}); !errors.Is(err, ErrSessionEnded) {
				t.Errorf("a session that ended before: %v; want ErrSessionEnded", err)
			}
		})
	}
}

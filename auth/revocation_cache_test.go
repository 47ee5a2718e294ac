package auth

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

func TestRevocationCacheFollowsChanges(t *testing.T) {
	at := newClock().at
	ended := revocation.Change{Seq: 1, At: at, Session: sessionOne}
	renewed := revocation.Change{Seq: 2, At: at, Session: sessionOne, Generation: 2}
	promoted := revocation.Change{Seq: 11, At: at, User: ada, Roles: []string{"support", "user"}}
	demoted := revocation.Change{Seq: 12, At: at, User: ada, Roles: []string{"user"}}
	stripped := revocation.Change{Seq: 13, At: at, User: ada}
	wider := revocation.Change{Seq: 21, At: at, Role: "support", Scopes: []string{"read:users", "write:users"}}
	narrower := revocation.Change{Seq: 22, At: at, Role: "support", Scopes: []string{}}
	gone := revocation.Change{Seq: 23, At: at, Role: "support", Gone: true}
	again := revocation.Change{Seq: 24, At: at, Role: "support", Scopes: []string{"read:items"}}
	tests := []struct {
		name    string
		changes []revocation.Change
		claims  *token.Claims
		roles   string
		scopes  string
		err     error
	}{
		{"nothing happened", nil, claimsOf(0, "support"), "support", "read:users", nil},
		{"no roles", nil, claimsOf(0), "", "", nil},
		{"a role that does not exist", nil, claimsOf(0, "ghost", "user"), "ghost user", "", nil},
		{"two roles", nil, claimsOf(0, "shop", "support"), "shop support", "read:items read:users write:items", nil},
		{"administrator has all scopes", nil, claimsOf(0, "admin"), "admin", "read:items read:users write:items write:users", nil},

		{"session ended", []revocation.Change{ended}, claimsOf(0, "support"), "", "", ErrSessionEnded},
		{"session ended, whatever the generation", []revocation.Change{ended}, claimsOf(9, "support"), "", "", ErrSessionEnded},
		{"another session ended", []revocation.Change{{Seq: 1, At: at, Session: sessionTwo}}, claimsOf(0, "support"), "support", "read:users", nil},
		{"token issued before the new password", []revocation.Change{renewed}, claimsOf(1, "support"), "", "", ErrSessionEnded},
		{"token issued after the new password", []revocation.Change{renewed}, claimsOf(2, "support"), "support", "read:users", nil},
		{"generations out of order", []revocation.Change{renewed, {Seq: 1, At: at, Session: sessionOne, Generation: 1}}, claimsOf(1, "support"), "", "", ErrSessionEnded},
		{"ended stays ended", []revocation.Change{ended, renewed}, claimsOf(2, "support"), "", "", ErrSessionEnded},

		{"promoted", []revocation.Change{promoted}, claimsOf(0, "user"), "support user", "read:users", nil},
		{"demoted", []revocation.Change{demoted}, claimsOf(0, "support", "user"), "user", "", nil},
		{"promoted and demoted", []revocation.Change{promoted, demoted}, claimsOf(0, "user"), "user", "", nil},
		{"promoted and demoted, heard the other way round", []revocation.Change{demoted, promoted}, claimsOf(0, "support"), "user", "", nil},
		{"heard twice", []revocation.Change{promoted, demoted, promoted, demoted}, claimsOf(0, "support"), "user", "", nil},
		{"all roles removed", []revocation.Change{stripped}, claimsOf(0, "admin"), "", "", nil},
		{"another account's roles", []revocation.Change{{Seq: 11, At: at, User: bob, Roles: []string{"admin"}}}, claimsOf(0, "support"), "support", "read:users", nil},

		{"role grants more", []revocation.Change{wider}, claimsOf(0, "support"), "support", "read:users write:users", nil},
		{"role grants nothing", []revocation.Change{narrower}, claimsOf(0, "support"), "support", "", nil},
		{"role's changes out of order", []revocation.Change{narrower, wider}, claimsOf(0, "support"), "support", "", nil},
		{"role deleted", []revocation.Change{gone}, claimsOf(0, "support"), "support", "", nil},
		{"role deleted, older change heard later", []revocation.Change{gone, wider}, claimsOf(0, "support"), "support", "", nil},
		{"role deleted and made again", []revocation.Change{gone, again}, claimsOf(0, "support"), "support", "read:items", nil},
		{"the same, heard the other way round", []revocation.Change{again, gone}, claimsOf(0, "support"), "support", "read:items", nil},
		{"new role", []revocation.Change{{Seq: 21, At: at, Role: "audit", Scopes: []string{"read:log"}}}, claimsOf(0, "audit"), "audit", "read:log", nil},
		{"administrator has a new role's scopes", []revocation.Change{{Seq: 21, At: at, Role: "audit", Scopes: []string{"read:log"}}}, claimsOf(0, "admin"),
			"admin", "read:items read:log read:users write:items write:users", nil},
		{"administrator loses the scopes of a deleted role", []revocation.Change{{Seq: 21, At: at, Role: "shop", Gone: true}}, claimsOf(0, "admin"),
			"admin", "read:users write:users", nil},

		{"limited", nil, limitedTo([]string{"read:items"}, "shop", "support"), "", "read:items", nil},
		{"limited to nothing", nil, limitedTo(nil, "admin"), "", "", nil},
		{"limited administrator has no roles", nil, limitedTo([]string{"read:users"}, "admin"), "", "read:users", nil},
		{"limited, role grants nothing more", []revocation.Change{narrower}, limitedTo([]string{"read:users"}, "support"), "", "", nil},
		{"limited, demoted", []revocation.Change{demoted}, limitedTo([]string{"read:users"}, "support"), "", "", nil},
		{"limited, promoted stays within the limit", []revocation.Change{{Seq: 11, At: at, User: ada, Roles: []string{"admin"}}},
			limitedTo([]string{"read:users"}, "support"), "", "read:users", nil},
		{"limited, ended", []revocation.Change{ended}, limitedTo([]string{"read:users"}, "support"), "", "", ErrSessionEnded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			applied := newRevocations(newClock())
			for _, c := range tt.changes {
				applied.Apply(c)
			}
			checkPrincipal(t, applied, tt.claims, tt.roles, tt.scopes, tt.err)

			loaded := newRevocations(newClock())
			loaded.Load(revocation.Snapshot{
				Grants:  map[string][]string{RoleAdmin: {}, RoleUser: {}, "support": {"read:users"}, "shop": {"read:items", "write:items"}},
				Changes: tt.changes,
			})
			checkPrincipal(t, loaded, tt.claims, tt.roles, tt.scopes, tt.err)
		})
	}
}

func checkPrincipal(t *testing.T, l *RevocationCache, c *token.Claims, roles, scopes string, want error) {
	t.Helper()
	p, err := l.Principal(c)
	if !errors.Is(err, want) {
		t.Fatalf("error %v; want %v", err, want)
	}
	if err != nil {
		if p != nil {
			t.Errorf("principal %+v beside an error", p)
		}
		return
	}
	if got := strings.Join(p.Roles, " "); got != roles || p.Roles == nil {
		t.Errorf("roles %#v; want %q", p.Roles, roles)
	}
	if got := strings.Join(p.Scopes, " "); got != scopes || p.Scopes == nil {
		t.Errorf("scopes %#v; want %q", p.Scopes, scopes)
	}
	if p.ID != c.Subject || *p.SessionID != c.SessionID {
		t.Errorf("principal of %q, session %q; want those of the claims", p.ID, *p.SessionID)
	}
}

func TestLoadReplacesGrants(t *testing.T) {
	l := newRevocations(newClock())
	l.Apply(revocation.Change{Seq: 5, At: newClock().at, Role: "support", Scopes: []string{"write:users"}})
	l.Load(revocation.Snapshot{Grants: map[string][]string{RoleAdmin: {}, RoleUser: {}, "shop": {"read:items"}}})
	checkPrincipal(t, l, claimsOf(0, "support", "shop"), "support shop", "read:items", nil)

	l.Apply(revocation.Change{Seq: 4, At: newClock().at, Role: "shop", Scopes: []string{"write:items"}})
	checkPrincipal(t, l, claimsOf(0, "shop"), "shop", "write:items", nil)
}

func TestHasRole(t *testing.T) {
	l := newRevocations(newClock())
	made := revocation.Change{Seq: 1, At: newClock().at, Role: "audit"}
	gone := revocation.Change{Seq: 2, At: newClock().at, Role: "audit", Gone: true}
	steps := []struct {
		name   string
		change *revocation.Change
		want   bool
	}{
		{"before", nil, false},
		{"made", &made, true},
		{"deleted", &gone, false},
		{"an older change heard later", &made, false},
		{"made again", &revocation.Change{Seq: 3, At: newClock().at, Role: "audit"}, true},
	}
	for _, step := range steps {
		if step.change != nil {
			l.Apply(*step.change)
		}
		if got := l.HasRole("audit"); got != step.want || !l.HasRole("support") {
			t.Errorf("%s: %v; want %v", step.name, got, step.want)
		}
	}
}

// Load does not make a change that comes late look newer than it is.
func TestLoadKeepsTheOrderOfChanges(t *testing.T) {
	l := newRevocations(newClock())
	l.Apply(revocation.Change{Seq: 9, At: newClock().at, Role: "shop", Scopes: []string{"read:items"}})
	l.Load(revocation.Snapshot{Grants: map[string][]string{"shop": {"read:items"}}})
	l.Apply(revocation.Change{Seq: 8, At: newClock().at, Role: "shop", Scopes: []string{"write:items"}})
	checkPrincipal(t, l, claimsOf(0, "shop"), "shop", "read:items", nil)
}

func TestLoadThenOlderChange(t *testing.T) {
	c := newClock()
	grants := map[string][]string{"support": {"read:users"}, "user": {}}
	l := NewRevocationCache(nil, nil, ttl, c)
	l.Load(revocation.Snapshot{Grants: grants, Changes: []revocation.Change{
		{Seq: 8, At: c.at, User: ada, Roles: []string{"user"}},
		{Seq: 9, At: c.at, Role: "support", Scopes: []string{"read:users"}},
		{Seq: 10, At: c.at, Session: sessionTwo},
	}})
	l.Apply(revocation.Change{Seq: 3, At: c.at, User: ada, Roles: []string{"support"}})
	l.Apply(revocation.Change{Seq: 4, At: c.at, Role: "support", Scopes: []string{"write:users"}})
	c.advance(l.Window() - ttl)
	l.Apply(revocation.Change{Seq: 5, At: c.at.Add(-time.Hour), Session: sessionTwo, Generation: 1}) // this sweeps as well
	checkPrincipal(t, l, claimsOf(0, "support"), "user", "", nil)
	if got := l.Grant([]string{"support"}, nil); !slices.Equal(got, []string{"read:users"}) {
		t.Errorf("support grants %v; want read:users", got)
	}
	if _, err := l.Principal(&token.Claims{Subject: bob, SessionID: sessionTwo}); !errors.Is(err, ErrSessionEnded) {
		t.Errorf("an ended session with an older change heard later: error %v; want ErrSessionEnded", err)
	}
}

func TestGrantReturnsACopy(t *testing.T) {
	l := newRevocations(newClock())
	for _, roles := range [][]string{{"shop"}, {RoleAdmin}} {
		before := l.Grant(roles, nil)
		modified := l.Grant(roles, nil)
		for i := range modified {
			modified[i] = "modified"
		}
		l.Grant(roles, &Limit{Scopes: []string{"read:items"}})
		if after := l.Grant(roles, nil); !slices.Equal(before, after) {
			t.Errorf("%v granted %v, then %v", roles, before, after)
		}
	}
}

func TestRevocationCacheIsSafeForConcurrentUse(t *testing.T) {
	l := newRevocations(newClock())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range int64(1000) {
			l.Apply(revocation.Change{Seq: i, Role: "support", Scopes: []string{"read:users"}})
			l.Load(revocation.Snapshot{
				Grants:  map[string][]string{"support": {"read:users"}},
				Changes: []revocation.Change{{Seq: i, User: ada, Roles: []string{"support"}}},
			})
		}
	}()
	for range 1000 {
		if _, err := l.Principal(claimsOf(0, "support")); err != nil {
			t.Fatal(err)
		}
	}
	<-done
}

package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatehouse/auth"
	"gatehouse/auth/clock"
	"gatehouse/auth/operator"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

func TestSnapshot(t *testing.T) {
	r := newReplica(t)
	if err := r.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{"read:items"}}); err != nil {
		t.Fatal(err)
	}
	id := r.user("ada@example.com", "user").ID
	session := r.login(id)
	r.user("root@example.com", "admin")
	r.change(id, rolesTo("shop"))
	r.exec(`UPDATE changes SET at = now() - interval '1 hour'`) // of before what is asked for
	r.change(id, rolesTo("user"))
	if err := r.EndSession(t.Context(), session.ID); err != nil {
		t.Fatal(err)
	}
	snapshot, err := r.Snapshot(t.Context(), 30*time.Minute, 1)
	if err != nil {
		t.Fatal(err)
	}
	grants, changes := snapshot.Grants, snapshot.Changes
	wantGrants := map[string][]string{"admin": {}, "shop": {"read:items"}, "user": {}}
	if diff := cmp.Diff(wantGrants, grants); diff != "" {
		t.Errorf("grants differ: %s", diff)
	}
	want := []revocation.Change{{User: id, Roles: []string{"user"}}, {Session: session.ID}}
	if diff := cmp.Diff(want, changes, cmpopts.IgnoreFields(revocation.Change{}, "Seq", "At"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("changes differ: %s", diff)
	}
	if len(changes) == 2 && changes[0].Seq >= changes[1].Seq {
		t.Errorf("changes %+v are not in order", changes)
	}
	if all, err := r.Snapshot(t.Context(), 2*time.Hour, 1); err != nil || len(all.Changes) != 4 {
		t.Errorf("of two hours: %+v, %v; want all four", all, err)
	}
	last := changes[len(changes)-1].Seq
	for position, rewound := range map[int64]bool{0: false, last: false, last + 1: true} {
		if s, err := r.Snapshot(t.Context(), time.Hour, position); err != nil || s.Position != last || s.Rewound != rewound {
			t.Errorf("for one who knows %d: position %d, rewound %v, %v; want %d, %v", position, s.Position, s.Rewound, err, last, rewound)
		}
	}
}

// A replica that starts learns from a snapshot what one that heard every change knows.
func TestSnapshotIsWhatWasHeard(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	session := r.login(id)
	heard := auth.NewRevocationCache(nil, nil, time.Hour, clock.New(time.Now))
	before, err := r.Snapshot(t.Context(), time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	heard.Load(revocation.Snapshot{Grants: before.Grants})
	r.changes() // up to now
	if err := r.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{"read:items"}}); err != nil {
		t.Fatal(err)
	}
	r.change(id, rolesTo("shop", "user"))
	if _, err := r.ChangeRole(t.Context(), "shop", func(s []string) []string { return append(s, "write:items") }); err != nil {
		t.Fatal(err)
	}
	if err := r.EndSession(t.Context(), session.ID); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	for _, c := range r.heard {
		heard.Apply(c)
	}
	r.mu.Unlock()
	after, err := r.Snapshot(t.Context(), time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	read := auth.NewRevocationCache(nil, nil, time.Hour, clock.New(time.Now))
	read.Load(after)
	for _, roles := range [][]string{{"shop"}, {"user"}, {"admin"}} {
		if diff := cmp.Diff(heard.Grant(roles, nil), read.Grant(roles, nil)); diff != "" {
			t.Errorf("%v grant something else: %s", roles, diff)
		}
	}
	for _, s := range []string{session.ID, newSession(id).ID} {
		a, errA := heard.Principal(claims(id, s))
		b, errB := read.Principal(claims(id, s))
		if diff := cmp.Diff(a, b, cmpopts.IgnoreUnexported(auth.Principal{})); diff != "" || (errA == nil) != (errB == nil) || (errA != nil) != (s == session.ID) {
			t.Errorf("%v and %v; the caller differs: %s", errA, errB, diff)
		}
	}
}

// claims returns the claims of an access token issued before any change.
func claims(userID, sessionID string) *token.Claims {
	return &token.Claims{Subject: userID, SessionID: sessionID, Roles: []string{"user"}}
}

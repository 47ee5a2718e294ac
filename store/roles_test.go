package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/auth"
	"gatehouse/auth/operator"
	"gatehouse/auth/revocation"
)

func TestRoles(t *testing.T) {
	r := newReplica(t)
	grant := func(scopes ...string) func([]string) []string {
		return func([]string) []string { return scopes }
	}
	steps := []struct {
		name  string
		do    func() error
		roles []operator.Role // afterwards, beside admin and user
		note  []revocation.Change
		field string
		err   error
	}{
		{"create", func() error {
			return r.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{"read:items"}})
		},
			role("shop", "read:items"), []revocation.Change{{Role: "shop", Scopes: []string{"read:items"}}}, "", nil},
		{"create what is there", func() error { return r.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{}}) },
			role("shop", "read:items"), nil, "name", nil},
		{"change to the same", func() error { _, err := r.ChangeRole(t.Context(), "shop", slices.Clone); return err },
			role("shop", "read:items"), nil, "", nil},
		{"change", func() error { _, err := r.ChangeRole(t.Context(), "shop", grant("a:b", "c:d")); return err },
			role("shop", "a:b", "c:d"), []revocation.Change{{Role: "shop", Scopes: []string{"a:b", "c:d"}}}, "", nil},
		{"change what is not there", func() error { _, err := r.ChangeRole(t.Context(), "ghost", grant("a:b")); return err },
			role("shop", "a:b", "c:d"), nil, "", auth.ErrNotFound},
		{"take all", func() error { _, err := r.ChangeRole(t.Context(), "shop", grant([]string{}...)); return err },
			role("shop"), []revocation.Change{{Role: "shop", Scopes: []string{}}}, "", nil},
		{"delete what an account has", func() error { r.user("ada@example.com", "shop", "user"); return r.DeleteRole(t.Context(), "shop") },
			role("shop"), nil, "name", nil},
		{"delete", func() error { r.exec(`UPDATE users SET roles = '{}'`); return r.DeleteRole(t.Context(), "shop") },
			nil, []revocation.Change{{Role: "shop", Gone: true}}, "", nil},
		{"delete what is not there", func() error { return r.DeleteRole(t.Context(), "shop") },
			nil, nil, "", auth.ErrNotFound},
		{"create again", func() error { return r.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{}}) },
			role("shop"), []revocation.Change{{Role: "shop", Scopes: []string{}}}, "", nil},
	}
	for _, step := range steps { // each goes on where the one before ended
		err := step.do()
		if got := fieldOf(err); got != step.field || step.err != nil && !errors.Is(err, step.err) || step.field == "" && step.err == nil && err != nil {
			t.Fatalf("%s: refused for %q, %v; want %q, %v", step.name, got, err, step.field, step.err)
		}
		if diff := cmp.Diff(step.note, r.changes()); diff != "" {
			t.Errorf("%s: notes differ: %s", step.name, diff)
		}
		roles, err := r.Roles(t.Context())
		want := slices.Concat(role("admin"), step.roles, role("user"))
		if diff := cmp.Diff(want, roles); diff != "" || err != nil {
			t.Errorf("%s: error %v, roles differ: %s", step.name, err, diff)
		}
	}
}

// role returns a list of one role.
func role(name string, scopes ...string) []operator.Role {
	return []operator.Role{{Name: name, Scopes: append([]string{}, scopes...)}}
}

// A role that is being given to an account is not deleted meanwhile.
func TestDeleteRoleWaits(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	if err := r.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{}}); err != nil {
		t.Fatal(err)
	}
	giving, err := r.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := giving.Exec(`SELECT FROM roles WHERE name = 'shop' FOR KEY SHARE`); err != nil {
		t.Fatal(err)
	}
	if _, err := giving.Exec(`UPDATE users SET roles = '{shop}' WHERE id = $1`, id); err != nil {
		t.Fatal(err)
	}
	deleted := make(chan error)
	go func() { deleted <- r.DeleteRole(t.Context(), "shop") }()
	await(t, "the deletion to wait", func() bool { return value[int](r, `SELECT count(*) `+waiting) == 1 })
	if err := giving.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-deleted; fieldOf(err) != "name" {
		t.Errorf("error %v; want a conflict", err)
	}
}

// If a role is given to an account and deleted at once, one of the two is refused.
func TestDeleteRoleAgainstGivingIt(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	for round := range rounds / 2 {
		if err := r.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{}}); err != nil {
			t.Fatal(err)
		}
		var given, deleted error
		both(
			func() { _, given = r.ChangeUser(t.Context(), id, rolesTo("shop")) },
			func() { deleted = r.DeleteRole(t.Context(), "shop") })
		if (given == nil) == (deleted == nil) || given != nil && fieldOf(given) != "roles" || deleted != nil && fieldOf(deleted) != "name" {
			t.Fatalf("round %d: giving it %v, deleting it %v; want one refused", round, given, deleted)
		}
		r.change(id, rolesTo("user"))
		if deleted != nil {
			if err := r.DeleteRole(t.Context(), "shop"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// No grant is lost when two are made concurrently.
func TestTwoChangesOfARoleAtOnce(t *testing.T) {
	r := newReplica(t)
	if err := r.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{}}); err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 16)
	together(len(errs), func(i int) {
		_, errs[i] = r.ChangeRole(t.Context(), "shop", func(scopes []string) []string { return append(scopes, numbered(i)) })
	})
	roles, err := r.Roles(t.Context())
	if err := errors.Join(append(errs, err)...); err != nil || len(roles[1].Scopes) != len(errs) {
		t.Errorf("%d of %d scopes were stored, %v", len(roles[1].Scopes), len(errs), err)
	}
}

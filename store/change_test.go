package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/auth"
	"gatehouse/auth/revocation"
)

func TestChangeUser(t *testing.T) {
	renamed := func(name *string) func(*auth.User) error {
		return func(u *auth.User) error { u.Name = name; return nil }
	}
	moved := func(email string) func(*auth.User) error {
		return func(u *auth.User) error { u.Email, u.EmailVerified = email, false; return nil }
	}
	tests := []struct {
		name    string
		change  func(*auth.User) error
		touched bool // updated_at moved on
		notes   func(id string) []revocation.Change
		living  int // sessions, of 2
	}{
		{"nothing", func(*auth.User) error { return nil }, false, nil, 2},
		{"the same roles", rolesTo("user"), false, nil, 2},
		{"the same name", renamed(ptr("Ada")), false, nil, 2},
		{"enabled already", enable, false, nil, 2},
		{"another name", renamed(ptr("Ada Lovelace")), true, nil, 2},
		{"no name", renamed(nil), true, nil, 2},
		{"another address", moved("ada@example.org"), true, nil, 2},
		{"the address in other case", moved("ADA@example.com"), true, nil, 2},
		{"more roles", rolesTo("admin", "user"), true, func(id string) []revocation.Change {
			return []revocation.Change{{User: id, Roles: []string{"admin", "user"}}}
		}, 2},
		{"no roles", rolesTo(), true, func(id string) []revocation.Change { return []revocation.Change{{User: id, Roles: []string{}}} }, 2},
		{"disabled", disable, true, func(string) []revocation.Change { return nil }, 0},
		{"disabled, and other roles", func(u *auth.User) error { u.Disabled, u.Roles = true, []string{}; return nil }, true,
			func(id string) []revocation.Change { return []revocation.Change{{User: id, Roles: []string{}}} }, 0},
	}
	r := newReplica(t)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r.exec(`UPDATE users SET email = id::text, email_key = id::text`) // makes room for the next ada
			id := r.user("ada@example.com", "user").ID
			first := r.change(id, renamed(ptr("Ada")))
			sessions := []string{r.login(id).ID, r.login(id).ID}
			other := r.login(r.user(numbered(i), "user").ID)
			r.changes()

			got := r.change(id, tt.change)
			want := *first
			if err := tt.change(&want); err != nil {
				t.Fatal(err)
			}
			if touched := got.UpdatedAt.After(first.UpdatedAt); touched != tt.touched {
				t.Errorf("updated_at from %v to %v; want it to move on: %v", first.UpdatedAt, got.UpdatedAt, tt.touched)
			}
			want.UpdatedAt, want.LastLoginAt = got.UpdatedAt, got.LastLoginAt
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("the answer differs: %s", diff)
			}
			kept, err := r.User(t.Context(), id)
			if diff := cmp.Diff(got, kept); diff != "" || err != nil {
				t.Errorf("error %v, what is stored differs from the answer: %s", err, diff)
			}

			heard := r.changes()
			if n := r.living(id); n != tt.living {
				t.Errorf("%d sessions go on; want %d", n, tt.living)
			}
			if _, reason := r.row(other.ID); reason != "" {
				t.Errorf("another account's session ended: %s", reason)
			}
			if gone := ended(heard); tt.living == 0 && !slices.Equal(gone, slices.Sorted(slices.Values(sessions))) || tt.living > 0 && len(gone) > 0 {
				t.Errorf("noted the end of %v", gone)
			}
			var notes []revocation.Change
			if tt.notes != nil {
				notes = tt.notes(id)
			}
			heard = slices.DeleteFunc(heard, func(c revocation.Change) bool { return c.Session != "" })
			if diff := cmp.Diff(notes, heard); diff != "" && len(notes)+len(heard) > 0 {
				t.Errorf("notes differ: %s", diff)
			}
		})
	}
}

func TestChangeUserRefuses(t *testing.T) {
	r := newReplica(t)
	r.user("root@example.com", "admin")
	r.user("Eve@example.com", "user")
	id := r.user("ada@example.com", "user").ID
	session := r.login(id)
	refusal := errors.New("refused")
	tests := []struct {
		name   string
		change func(*auth.User) error
		field  string
		err    error
	}{
		{"by the caller's rule", func(u *auth.User) error { u.Disabled = true; return refusal }, "", refusal},
		{"taken email", func(u *auth.User) error { u.Email = "eve@EXAMPLE.com"; u.Disabled = true; return nil }, "email", nil},
		{"no address", func(u *auth.User) error { u.Email = "ada"; return nil }, "email", nil},
		{"no such role", rolesTo("admin", "ghost"), "roles", nil},
		{"no such role, and disabled", func(u *auth.User) error { u.Disabled, u.Roles = true, []string{"ghost"}; return nil }, "roles", nil},
	}
	before, err := r.User(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r.changes()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := r.ChangeUser(t.Context(), id, tt.change)
			if got := fieldOf(err); u != nil || err == nil || got != tt.field || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("%+v, refused for %q, %v; want %q, %v", u, got, err, tt.field, tt.err)
			}
			after, err := r.User(t.Context(), id)
			if diff := cmp.Diff(before, after); diff != "" || err != nil {
				t.Errorf("error %v, refused, and yet changed: %s", err, diff)
			}
			if _, reason := r.row(session.ID); reason != "" || len(r.changes()) > 0 {
				t.Errorf("refused, and yet the session ended: %q", reason)
			}
		})
	}
}

func TestDeleteUser(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	session := r.login(id)
	r.changes()
	refusal := errors.New("refused")
	if err := r.DeleteUser(t.Context(), id, func(*auth.User) error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("error %v; want the caller's", err)
	}
	if _, reason := r.row(session.ID); reason != "" || len(r.changes()) > 0 {
		t.Error("refused, and yet the session ended")
	}
	if err := r.DeleteUser(t.Context(), id, allow); err != nil {
		t.Fatal(err)
	}
	if heard := r.changes(); !slices.Equal(ended(heard), []string{session.ID}) {
		t.Errorf("changes %+v; want the end of the session", heard)
	}
	if _, err := r.refresh(session); !errors.Is(err, auth.ErrRefreshInvalid) {
		t.Errorf("refresh of a deleted account: %v; want ErrRefreshInvalid", err)
	}
	if _, err := r.User(t.Context(), id); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("the account: %v; want ErrNotFound", err)
	}
	if again := r.user("ada@example.com", "user"); again.ID == id {
		t.Error("the address is not free again")
	}
}

// removals are the ways in which an account stops being an enabled administrator.
func removals(r *replica) map[string]func(ctx context.Context, id string) error {
	change := func(to func(*auth.User) error) func(context.Context, string) error {
		return func(ctx context.Context, id string) error {
			_, err := r.ChangeUser(ctx, id, to)
			return err
		}
	}
	return map[string]func(context.Context, string) error{
		"disable": change(disable),
		"demote":  change(rolesTo("user")),
		"delete":  func(ctx context.Context, id string) error { return r.DeleteUser(ctx, id, allow) },
	}
}

func TestLastAdministratorStays(t *testing.T) {
	for name := range removals(nil) {
		t.Run(name, func(t *testing.T) {
			r := newReplica(t)
			removal := removals(r)[name]
			last, spare := r.user("root@example.com", "admin"), r.user("spare@example.com", "admin", "user")
			r.change(spare.ID, disable)
			session := r.login(last.ID)
			r.changes()
			if err := removal(t.Context(), last.ID); !errors.Is(err, auth.ErrLastAdmin) {
				t.Errorf("beside a disabled one: error %v; want ErrLastAdmin", err)
			}
			if u, err := r.User(t.Context(), last.ID); err != nil || !u.IsActiveAdmin() || len(r.changes()) > 0 {
				t.Errorf("refused, and yet changed: %+v, %v", u, err)
			}
			if _, reason := r.row(session.ID); reason != "" {
				t.Errorf("refused, and yet the session ended: %s", reason)
			}
			r.change(last.ID, func(u *auth.User) error { u.Name = ptr("Root"); return nil }) // anything else may change
			if err := removal(t.Context(), spare.ID); err != nil {
				t.Errorf("a disabled administrator: %v", err)
			}
			r.user("second@example.com", "admin")
			if err := removal(t.Context(), last.ID); err != nil {
				t.Errorf("beside an enabled one: %v", err)
			}
		})
	}
}

func TestAdministratorsCantRemoveEachOther(t *testing.T) {
	r := newReplica(t)
	ways := removals(r)
	a, b := r.user("a@example.com", "admin"), r.user("b@example.com", "admin")
	for round := range rounds {
		ids := []string{a.ID, b.ID}
		names := [][2]string{{"disable", "disable"}, {"demote", "demote"}, {"disable", "demote"}}[round%3]
		results := make([]error, 2)
		together(2, func(i int) { results[i] = ways[names[i]](t.Context(), ids[i]) })
		if (results[0] == nil) == (results[1] == nil) {
			t.Fatalf("round %d: %v and %v; want exactly one to win", round, results[0], results[1])
		}
		for i, err := range results {
			if err != nil && !errors.Is(err, auth.ErrLastAdmin) {
				t.Fatalf("round %d: %s: %v; want ErrLastAdmin", round, names[i], err)
			}
		}
		if n := value[int](r, `SELECT count(*) FROM users WHERE roles @> '{admin}' AND NOT disabled`); n != 1 {
			t.Fatalf("round %d: %d enabled administrators; want 1", round, n)
		}
		for _, id := range ids {
			r.change(id, func(u *auth.User) error { u.Disabled, u.Roles = false, []string{"admin"}; return nil })
		}
	}
}

func TestAdministratorsCantDeleteEachOther(t *testing.T) {
	r := newReplica(t)
	keep := r.user("admin0@example.com", "admin").ID
	for round := range rounds / 2 {
		other := r.user(numbered(round), "admin").ID
		var first, second error
		both(func() { first = r.DeleteUser(t.Context(), keep, allow) }, func() { second = r.DeleteUser(t.Context(), other, allow) })
		if (first == nil) == (second == nil) {
			t.Fatalf("round %d: %v and %v; want exactly one to win", round, first, second)
		}
		if first == nil {
			keep = other
		}
		if err := errors.Join(first, second); !errors.Is(err, auth.ErrLastAdmin) {
			t.Fatalf("round %d: %v; want ErrLastAdmin", round, err)
		}
	}
}

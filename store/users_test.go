package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"gatehouse/auth"
)

func ptr[T any](v T) *T { return &v }

func TestCreateUser(t *testing.T) {
	r := newReplica(t)
	name := "Ada Lovelace"
	at := time.Date(2026, 11, 22, 12, 0, 0, 123456000, time.UTC)
	u := &auth.User{ID: uuid.Must(uuid.NewV7()).String(), Email: "Ada@Example.com", Name: &name, Roles: []string{"user"}, CreatedAt: at, UpdatedAt: at}
	session := newSession(u.ID)
	if err := r.CreateUser(t.Context(), &auth.Credential{User: u, Hash: hash}, "ada@example.com", session); err != nil {
		t.Fatal(err)
	}
	u.LastLoginAt = &at // it was logged in
	got, err := r.User(t.Context(), u.ID)
	if diff := cmp.Diff(u, got); diff != "" || err != nil {
		t.Errorf("error %v, stored account differs: %s", err, diff)
	}
	got, err = r.UserByEmail(t.Context(), "ada@example.com")
	if diff := cmp.Diff(u, got); diff != "" || err != nil {
		t.Errorf("error %v, account by email differs: %s", err, diff)
	}
	c, err := r.CredentialByEmail(t.Context(), "ada@example.com")
	if err != nil || c.Hash != hash || c.User.ID != u.ID {
		t.Errorf("credential %+v, %v", c, err)
	}
	if next, err := r.refresh(session); err != nil || next.Counter != 1 {
		t.Errorf("the session's refresh token: %+v, %v", next, err)
	}
	if heard := r.changes(); len(heard) > 0 {
		t.Errorf("changes %+v; want none, because a new account invalidates no claim", heard)
	}
}

func TestCreateUserRefuses(t *testing.T) {
	r := newReplica(t)
	r.user("Ada@Example.com", "user")
	r.user("eve@b\u00fccher.example", "user")
	tests := []struct {
		name, email string
		roles       []string
		field       string
	}{
		{"taken", "Ada@Example.com", []string{"user"}, "email"},
		{"taken, other case", "ada@EXAMPLE.com", []string{"user"}, "email"},
		{"taken, by its A-label", "EVE@xn--bcher-kva.example", []string{"user"}, "email"},
		{"no such role", "bob@example.com", []string{"ghost", "user"}, "roles"},
		{"role with a NUL", "bob@example.com", []string{"user\x00"}, "roles"},
		{"role of 1 MB", "bob@example.com", []string{strings.Repeat("a", 1<<20)}, "roles"},
		{"good", "bob@example.com", []string{"admin", "user"}, ""},
		{"no role", "nora@example.com", []string{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := value[int](r, `SELECT count(*) FROM users`)
			u := &auth.User{ID: uuid.Must(uuid.NewV7()).String(), Email: tt.email, Roles: tt.roles, CreatedAt: time.Now()}
			session := newSession(u.ID)
			err := r.CreateUser(t.Context(), &auth.Credential{User: u, Hash: hash}, keyOf(t, tt.email), session)
			if got := fieldOf(err); got != tt.field || (err != nil) != (tt.field != "") {
				t.Fatalf("refused for %q (%v); want %q", got, err, tt.field)
			}
			made := map[bool]int{true: 1}[err == nil]
			if n := value[int](r, `SELECT count(*) FROM users`) - before; n != made {
				t.Errorf("%d accounts were made; want %d", n, made)
			}
			if n := value[int](r, `SELECT count(*) FROM sessions WHERE id = $1`, session.ID); n != made {
				t.Errorf("%d sessions were made; want %d", n, made)
			}
		})
	}
}

// fieldOf returns the field that an InputError or a ConflictError names.
func fieldOf(err error) string {
	var input *auth.InputError
	var conflict *auth.ConflictError
	switch {
	case errors.As(err, &input):
		return input.Field
	case errors.As(err, &conflict):
		return conflict.Field
	}
	return ""
}

func TestOneOfManyRegistersAnAddress(t *testing.T) {
	r := newReplica(t)
	results := make([]error, 16)
	together(len(results), func(i int) {
		u := &auth.User{ID: uuid.Must(uuid.NewV7()).String(), Email: "ada@example.com", Roles: []string{"user"}, CreatedAt: time.Now()}
		results[i] = r.CreateUser(t.Context(), &auth.Credential{User: u, Hash: hash}, "ada@example.com", newSession(u.ID))
	})
	var made int
	for _, err := range results {
		if err == nil {
			made++
		} else if fieldOf(err) != "email" {
			t.Errorf("error %v; want a conflict", err)
		}
	}
	if made != 1 || value[int](r, `SELECT count(*) FROM users`) != 1 || value[int](r, `SELECT count(*) FROM sessions`) != 1 {
		t.Errorf("%d of 16 made the account", made)
	}
}

func TestNobody(t *testing.T) {
	r := newReplica(t)
	id := uuid.Must(uuid.NewV7()).String()
	calls := map[string]func() error{
		"User":              func() error { _, err := r.User(t.Context(), id); return err },
		"UserByEmail":       func() error { _, err := r.UserByEmail(t.Context(), "unknown@example.com"); return err },
		"Credential":        func() error { _, err := r.Credential(t.Context(), id); return err },
		"CredentialByEmail": func() error { _, err := r.CredentialByEmail(t.Context(), "unknown@example.com"); return err },
		"ChangeUser":        func() error { _, err := r.ChangeUser(t.Context(), id, disable); return err },
		"DeleteUser":        func() error { return r.DeleteUser(t.Context(), id, allow) },
		"ResetPassword":     func() error { return r.ResetPassword(t.Context(), id, hash) },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, auth.ErrNotFound) {
			t.Errorf("%s: %v; want ErrNotFound", name, err)
		}
	}
}

func allow(*auth.User) error { return nil }

func TestUsersFilters(t *testing.T) {
	r := newReplica(t)
	people := []struct {
		email, name string
		disabled    bool
		roles       []string
	}{
		{"Ada@Example.com", "Ada Lovelace", false, []string{"admin"}},
		{"adam@example.com", "ADAM", false, []string{"user"}},
		{"a_a@example.com", "100% Ada", true, []string{"user"}},
		{"a%a@example.com", `back\slash`, false, []string{}},
		{"aXa@example.com", "\u00c9lo\u00efse", false, []string{"user", "admin"}},
		{"eve@b\u00fccher.example", "", true, []string{"user"}},
	}
	for _, p := range people {
		slices.Sort(p.roles)
		u := r.user(p.email, p.roles...)
		if p.name != "" || p.disabled {
			r.change(u.ID, func(u *auth.User) error {
				u.Disabled = p.disabled
				if p.name != "" {
					u.Name = &p.name
				}
				return nil
			})
		}
	}
	tests := []struct {
		name   string
		filter auth.UserFilter
		want   string // the local parts, in order of making
	}{
		{"none", auth.UserFilter{}, "Ada adam a_a a%a aXa eve"},
		{"prefix", auth.UserFilter{Email: ptr("ada")}, "Ada adam"},
		{"prefix in other case", auth.UserFilter{Email: ptr("ADA@example.COM")}, "Ada"},
		{"in the middle is no prefix", auth.UserFilter{Email: ptr("dam")}, ""},
		{"empty prefix", auth.UserFilter{Email: ptr("")}, "Ada adam a_a a%a aXa eve"},
		{"_ is itself", auth.UserFilter{Email: ptr("a_a")}, "a_a"},
		{"% is itself", auth.UserFilter{Email: ptr("a%a")}, "a%a"},
		{"% alone", auth.UserFilter{Email: ptr("%")}, ""},
		{`\ is itself`, auth.UserFilter{Name: ptr(`BACK\s`)}, "a%a"},
		{`\ at the end`, auth.UserFilter{Name: ptr(`back\`)}, "a%a"},
		{`\% is neither`, auth.UserFilter{Email: ptr(`a\%a`)}, ""},
		{"% in a name", auth.UserFilter{Name: ptr("100% a")}, "a_a"},
		{"name of another case", auth.UserFilter{Name: ptr("ada")}, "Ada adam"},
		{"name of another case and composition", auth.UserFilter{Name: ptr("E\u0301LO")}, "aXa"},
		{"quote", auth.UserFilter{Name: ptr("' OR true --")}, ""},
		{"IDN", auth.UserFilter{Email: ptr("eve@B\u00dcCH")}, "eve"},
		{"role", auth.UserFilter{Role: ptr("admin")}, "Ada aXa"},
		{"part of a role", auth.UserFilter{Role: ptr("adm")}, ""},
		{"unknown role", auth.UserFilter{Role: ptr("ghost")}, ""},
		{"disabled", auth.UserFilter{Disabled: ptr(true)}, "a_a eve"},
		{"enabled", auth.UserFilter{Disabled: ptr(false)}, "Ada adam a%a aXa"},
		{"all of", auth.UserFilter{Email: ptr("a"), Name: ptr("ada"), Role: ptr("user"), Disabled: ptr(false)}, "adam"},
		{"all of, one not met", auth.UserFilter{Email: ptr("a"), Name: ptr("ada"), Role: ptr("user"), Disabled: ptr(true)}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			users, err := r.Users(t.Context(), auth.UserPage{Filter: tt.filter, First: 100})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range users {
				got = append(got, u.Email[:strings.IndexByte(u.Email, '@')])
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("met by %v; want %s", got, tt.want)
			}
			if n, err := r.CountUsers(t.Context(), tt.filter); err != nil || n != len(users) {
				t.Errorf("counted %d, %v; listed %d", n, err, len(users))
			}
		})
	}
}

func TestUsersPageByPage(t *testing.T) {
	r := newReplica(t)
	var want []string
	for i := range 25 {
		want = append(want, r.user(numbered(i), "user").ID)
	}
	slices.Sort(want)
	for _, limit := range []int{1, 7, 24, 25, 26} {
		var got []string
		page := auth.UserPage{First: limit, Filter: auth.UserFilter{Role: ptr("user")}}
		for {
			users, err := r.Users(t.Context(), page)
			if err != nil {
				t.Fatal(err)
			}
			if len(users) == 0 {
				break
			}
			for _, u := range users {
				got = append(got, u.ID)
			}
			page.After = got[len(got)-1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %d accounts; want each of 25 once, in order", limit, len(got))
		}
	}
	whole, err := r.Users(t.Context(), auth.UserPage{First: 1})
	if err != nil || whole[0].CreatedAt.IsZero() || whole[0].UpdatedAt.IsZero() {
		t.Fatalf("%+v, %v", whole, err)
	}
	untimed := *whole[0]
	untimed.CreatedAt, untimed.UpdatedAt, untimed.LastLoginAt = time.Time{}, time.Time{}, nil
	for _, filter := range []auth.UserFilter{{}, {Role: ptr("user")}} {
		users, err := r.Users(t.Context(), auth.UserPage{First: 1, Filter: filter, Untimed: true})
		if diff := cmp.Diff([]*auth.User{&untimed}, users); diff != "" || err != nil {
			t.Errorf("untimed, error %v: %s", err, diff)
		}
	}
	if users, err := r.Users(t.Context(), auth.UserPage{}); err != nil || len(users) != 0 {
		t.Errorf("a page of none: %v, %v", users, err)
	}
	r.exec(`DELETE FROM users WHERE id = $1`, want[9])
	if users, err := r.Users(t.Context(), auth.UserPage{After: want[9], First: 1}); err != nil || users[0].ID != want[10] {
		t.Errorf("after one that was deleted: %v, %v; want the next", users, err)
	}
}

// A search uses its index, however often it was made before.
func TestSearchesUseTheirIndex(t *testing.T) {
	tests := []struct {
		name, index string
		common      auth.UserFilter // met by many
		rare        auth.UserFilter
	}{
		{"email", "users_email_prefix", auth.UserFilter{Email: ptr("u")}, auth.UserFilter{Email: ptr("u4999@")}},
		{"name", "users_name_prefix", auth.UserFilter{Name: ptr("person")}, auth.UserFilter{Name: ptr("person 4999")}},
		{"role", "users_roles", auth.UserFilter{Role: ptr("user")}, auth.UserFilter{Role: ptr("admin")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newReplica(t)
			r.exec(`
				INSERT INTO users (id, email, email_key, email_folded, name, name_folded, password_hash, roles, created_at, updated_at)
				SELECT gen_random_uuid(), e, e, e, 'Person ' || i, 'person ' || i, 'x', CASE i WHEN 4999 THEN '{admin}'::text[] ELSE '{user}' END, now(), now()
				FROM (SELECT i, 'u' || to_char(i, 'FM0000') || '@example.com' AS e FROM generate_series(0, 4999) AS i) AS n`)
			r.exec(`ANALYZE users`)
			for _, filter := range slices.Concat(slices.Repeat([]auth.UserFilter{tt.common}, 8), slices.Repeat([]auth.UserFilter{tt.rare}, 8)) {
				if users, err := r.Users(t.Context(), auth.UserPage{Filter: filter, First: 21}); err != nil || len(users) == 0 {
					t.Fatalf("found %d, %v", len(users), err)
				}
			}
			if err := r.Close(); err != nil { // connections that end tell what they did
				t.Fatal(err)
			}
			// More than half: the planner errs now and then. Without the index it would be none.
			const used = `SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = $1`
			await(t, "rare searches through "+tt.index, func() bool { return value[int](r, used, tt.index) > 4 })
		})
	}
}

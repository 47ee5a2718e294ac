package operator

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gatehouse/auth"
)

// fakeOperatorStore is a Store over a fakeUserStore.
type fakeOperatorStore struct {
	*fakeUserStore
	created        *auth.Credential
	canonicalEmail string
	reset          string // the hash
}

func (r *fakeOperatorStore) CreateUser(_ context.Context, c *auth.Credential, email string, s *auth.Session) error {
	if s != nil {
		return errors.New("the operator opened a session")
	}
	if r.byEmail[email] != "" {
		return &auth.ConflictError{Field: "email"}
	}
	r.created, r.canonicalEmail = c, email
	r.byID[c.User.ID], r.byEmail[email] = c, c.User.ID
	return nil
}

func (r *fakeOperatorStore) UserByEmail(ctx context.Context, email string) (*auth.User, error) {
	return r.User(ctx, r.byEmail[email])
}

func (r *fakeOperatorStore) ResetPassword(_ context.Context, _, hash string) error {
	r.reset = hash
	return nil
}

func (r *fakeOperatorStore) HasAdmin(context.Context) (bool, error) {
	for _, c := range r.byID {
		if slices.Contains(c.User.Roles, auth.RoleAdmin) {
			return true, nil
		}
	}
	return false, nil
}

func TestOperatorCreates(t *testing.T) {
	tests := []struct {
		name string
		in   auth.NewUser
		want []string
		bad  string
	}{
		{"roles are a set", auth.NewUser{Email: "bob@example.com", Password: horse, Roles: []string{"user", "admin", "user"}}, []string{"admin", "user"}, ""},
		{"no roles", auth.NewUser{Email: "bob@example.com", Password: horse, Roles: nil}, []string{}, ""},
		{"weak password", auth.NewUser{Email: "bob@example.com", Password: "password", Roles: nil}, nil, "password"},
		{"taken", auth.NewUser{Email: "ADA@example.com", Password: horse, Roles: nil}, nil, "email"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, store := newOperator(t, account(ada, "ada@example.com", "user"))
			u, err := o.Create(t.Context(), tt.in)
			if got := refusedField(err); got != tt.bad {
				t.Fatalf("refused for %q (%v); want %q", got, err, tt.bad)
			}
			if tt.bad == "" && (!slices.Equal(u.Roles, tt.want) || u.Roles == nil || store.canonicalEmail != "bob@example.com") {
				t.Errorf("account %+v with the canonical email %q; want roles %#v", u, store.canonicalEmail, tt.want)
			}
		})
	}
}

func TestOperatorFinds(t *testing.T) {
	o, _ := newOperator(t, account(ada, "ada@example.com", "user"))
	tests := []struct {
		name, what string
		err        error
	}{
		{"id", ada, nil},
		{"email", " Ada@EXAMPLE.com", nil},
		{"unknown id", bob, auth.ErrNotFound},
		{"unknown email", "bob@example.com", auth.ErrNotFound},
		{"neither", "ada", auth.ErrNotFound},
		{"nothing", "", auth.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := o.Find(t.Context(), tt.what)
			if !errors.Is(err, tt.err) || (err == nil) != (u != nil && u.ID == ada) {
				t.Errorf("Find(%q) = %+v, %v; want error %v", tt.what, u, err, tt.err)
			}
		})
	}
}

func TestOperatorResetsPassword(t *testing.T) {
	o, store := newOperator(t, account(ada, "ada@example.com", "user"))
	u := store.byID[ada].User
	if err := o.ResetPassword(t.Context(), u, "short"); field(t, err) != "password" || store.reset != "" {
		t.Errorf("weak password: %v, stored %v", err, store.reset != "")
	}
	if err := o.ResetPassword(t.Context(), u, newHorse); err != nil {
		t.Fatal(err)
	}
	if match, _, err := o.Passwords.Hasher.Verify(t.Context(), newHorse, store.reset); !match || err != nil {
		t.Errorf("the stored hash is not that of the new password: %v", err)
	}
}

func TestOperatorMakesPasswords(t *testing.T) {
	o, _ := newOperator(t)
	seen := map[string]bool{}
	for range 100 {
		made := o.NewPassword()
		if err := o.Passwords.Rules.Check(made, "admin@localhost", ""); err != nil {
			t.Fatalf("the rules refuse a generated password: %v", err)
		}
		seen[made] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d of 100 passwords differ", len(seen))
	}
}

func TestFirstAdmin(t *testing.T) {
	disabled := account(bob, "bob@example.com", "admin")
	disabled.User.Disabled = true
	tests := []struct {
		name  string
		there []*auth.Credential
		email string
		made  bool
		want  error
	}{
		{"no account", nil, "admin@localhost", true, nil},
		{"accounts, but no administrator", []*auth.Credential{account(ada, "ada@example.com", "user")}, "admin@localhost", true, nil},
		{"an administrator", []*auth.Credential{account(ada, "ada@example.com", "admin", "user")}, "admin@localhost", false, nil},
		{"a disabled administrator", []*auth.Credential{disabled}, "admin@localhost", false, nil},
		{"email of another account", []*auth.Credential{account(ada, "ada@example.com", "user")}, "Ada@Example.com", false, ErrAdminEmailTaken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, store := newOperator(t, tt.there...)
			u, err := o.FirstAdmin(t.Context(), tt.email, horse)
			if !errors.Is(err, tt.want) || (u != nil) != tt.made || (store.created != nil) != tt.made {
				t.Fatalf("made %+v, error %v; want made %v, error %v", u, err, tt.made, tt.want)
			}
			if tt.made && !slices.Equal(u.Roles, []string{auth.RoleAdmin}) {
				t.Errorf("roles %v", u.Roles)
			}
			if again, err := o.FirstAdmin(t.Context(), "other@localhost", horse); tt.want == nil && (again != nil || err != nil) {
				t.Errorf("a second start made %+v, %v", again, err)
			}
		})
	}
	o, store := newOperator(t)
	if u, err := o.FirstAdmin(t.Context(), "admin@localhost", "password"); field(t, err) != "password" || u != nil || store.created != nil {
		t.Errorf("weak password: %+v, %v; want it refused", u, err)
	}
}

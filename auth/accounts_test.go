package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUpdateOwnAccount(t *testing.T) {
	name, email := "Ada", "countess@example.com"
	named, none, moved := &name, (*string)(nil), &email
	tests := []struct {
		name   string
		limit  *Limit
		in     UserUpdate
		refuse string
		rank   error
		check  func(u *User) bool
	}{
		{"name", nil, UserUpdate{Name: &named}, "", nil, func(u *User) bool { return u.Name != nil && *u.Name == "Ada" }},
		{"name, in a session limited to nothing", &Limit{}, UserUpdate{Name: &named}, "", nil, func(u *User) bool { return u.Name != nil }},
		{"name removed", nil, UserUpdate{Name: &none}, "", nil, func(u *User) bool { return u.Name == nil }},
		{"nothing", nil, UserUpdate{}, "", nil, func(u *User) bool { return *u.Name == "A. Lovelace" && u.Email == "ada@example.com" }},
		{"email removed", nil, UserUpdate{Email: &none}, "email", nil, nil},
		{"email", nil, UserUpdate{Email: &moved}, "", nil, func(u *User) bool { return u.Email == email && !u.EmailVerified }},
		{"email, in a session limited to less than the account's roles", &Limit{}, UserUpdate{Email: &moved}, "", ErrRank, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			me := account(ada, "ada@example.com", "support")
			lovelace := "A. Lovelace"
			me.User.Name, me.User.EmailVerified = &lovelace, true
			a, store := newAccounts(t, me)
			_, err := a.Update(as(t.Context(), a, tt.limit, "support"), ada, tt.in)
			if tt.rank != nil {
				if !errors.Is(err, tt.rank) {
					t.Errorf("error %v; want %v", err, tt.rank)
				}
				return
			}
			if got := field(t, err); got != tt.refuse {
				t.Fatalf("refused for %q; want %q", got, tt.refuse)
			}
			if u := store.byID[ada].User; tt.check != nil && !tt.check(u) {
				t.Errorf("account is %+v", u)
			}
		})
	}
}

func TestChangedEmailIsUnverified(t *testing.T) {
	tests := []struct {
		name, to string
		verified bool
	}{
		{"another", "eve@example.com", false},
		{"another host", "ada@example.org", false},
		{"same email in other case", "ADA@Example.com", true},
		{"the same", "ada@example.com", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			me := account(ada, "ada@example.com", "user")
			me.User.EmailVerified = true
			a, _ := newAccounts(t, me)
			got, err := a.ChangeEmail(as(t.Context(), a, nil, "user"), ChangeEmailInput{Email: tt.to, CurrentPassword: ptr(horse)})
			if err != nil || got.Email != tt.to || got.EmailVerified != tt.verified {
				t.Errorf("account %+v, error %v; want email %q, verified %v", got, err, tt.to, tt.verified)
			}
		})
	}
}

func TestPasswordIsRequired(t *testing.T) {
	operations := map[string]func(ctx context.Context, a *Accounts, typed *string) error{
		"change email": func(ctx context.Context, a *Accounts, typed *string) error {
			_, err := a.ChangeEmail(ctx, ChangeEmailInput{Email: "eve@example.com", CurrentPassword: typed})
			return err
		},
		"delete me": func(ctx context.Context, a *Accounts, typed *string) error {
			_, err := a.DeleteMe(ctx, typed)
			return err
		},
	}
	const long = Recent + time.Second
	tests := []struct {
		name  string
		typed *string
		age   time.Duration // since the caller proved who they are
		want  error
	}{
		{"wrong", ptr("incorrect horse"), long, ErrInvalidCredentials},
		{"wrong, soon after the login", ptr("incorrect horse"), 0, ErrInvalidCredentials},
		{"empty", ptr(""), 0, ErrInvalidCredentials},
		{"huge", ptr(strings.Repeat("a", 1<<20)), 0, ErrInvalidCredentials},
		{"none", nil, long, ErrStepUp},
		{"right", ptr(horse), long, nil},
		{"none, soon after the login", nil, Recent, nil},
	}
	for name, operation := range operations {
		for _, tt := range tests {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				a, store := newAccounts(t, account(ada, "ada@example.com", "user"))
				ctx := as(t.Context(), a, nil, "user")
				Caller(ctx).AuthTime = newClock().at.Add(-tt.age)
				if err := operation(ctx, a, tt.typed); !errors.Is(err, tt.want) {
					t.Errorf("error %v; want %v", err, tt.want)
				}
				there, ok := store.byID[ada]
				if same := ok && there.User.Email == "ada@example.com"; same != (tt.want != nil) {
					t.Errorf("account after %v: %+v", tt.want, there)
				}
				if err := operation(t.Context(), a, tt.typed); !errors.Is(err, ErrNoCredential) {
					t.Errorf("anonymous: error %v; want ErrNoCredential", err)
				}
			})
		}
	}
}

func TestSetRolesIsASet(t *testing.T) {
	tests := []struct {
		name        string
		roles, want []string
	}{
		{"sorted, without duplicates", []string{"user", "admin", "user"}, []string{"admin", "user"}},
		{"none", []string{}, []string{}},
		{"left out", nil, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _ := newAccounts(t, account(bob, "bob@example.com", "user"))
			asked := slices.Clone(tt.roles)
			u, err := a.SetRoles(WithOperator(t.Context()), bob, tt.roles)
			if err != nil || !slices.Equal(u.Roles, tt.want) || u.Roles == nil {
				t.Errorf("roles %#v, error %v; want %#v", u.Roles, err, tt.want)
			}
			if !slices.Equal(asked, tt.roles) {
				t.Errorf("the argument became %v", tt.roles)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	a, _ := newAccounts(t, account(ada, "ada@example.com", "user"))
	tests := []struct {
		name, id, field string
		err             error
	}{
		{"empty", "", "id", nil},
		{"word", "me", "id", nil},
		{"braces", "{" + ada + "}", "id", nil},
		{"URN", "urn:uuid:" + ada, "id", nil},
		{"without hyphens", strings.ReplaceAll(ada, "-", ""), "id", nil},
		{"injection", ada[:30] + "' OR 1", "id", nil},
		{"NUL", ada[:35] + "\x00", "id", nil},
		{"huge", strings.Repeat("0", 1<<20), "id", nil},
		{"unknown", bob, "", ErrNotFound},
		{"right", ada, "", nil},
		{"upper case", strings.ToUpper(ada), "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := a.User(t.Context(), tt.id)
			if tt.err != nil {
				if !errors.Is(err, tt.err) {
					t.Errorf("error %v; want %v", err, tt.err)
				}
				return
			}
			if got := field(t, err); got != tt.field {
				t.Errorf("refused for %q; want %q", got, tt.field)
			}
			if err == nil && u.ID != ada {
				t.Errorf("account %q; want ada's", u.ID)
			}
		})
	}
}

func TestMe(t *testing.T) {
	a, _ := newAccounts(t, account(ada, "ada@example.com", "user"))
	if u, err := a.Me(as(t.Context(), a, nil, "user")); err != nil || u.ID != ada {
		t.Errorf("Me = %+v, %v; want ada", u, err)
	}
	for name, ctx := range map[string]context.Context{"no caller": t.Context(), "nil caller": WithCaller(t.Context(), nil)} {
		if u, err := a.Me(ctx); !errors.Is(err, ErrNoCredential) || u != nil {
			t.Errorf("%s: Me = %+v, %v; want ErrNoCredential", name, u, err)
		}
	}
}

// The caller's own id is recognized in any form.
func TestUpdateOwnAccountByUpperCaseID(t *testing.T) {
	a, store := newAccounts(t, account(ada, "ada@example.com", "support"))
	named := ptr("Ada")
	if _, err := a.Update(as(t.Context(), a, &Limit{}, "support"), strings.ToUpper(ada), UserUpdate{Name: &named}); err != nil {
		t.Errorf("error %v; want none, because the account is the caller's own", err)
	}
	if got := store.byID[ada].User.Name; got == nil || *got != "Ada" {
		t.Errorf("name %v; want Ada", got)
	}
}

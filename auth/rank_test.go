package auth

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
)

// as returns a context whose caller is ada with the roles, and with what they grant.
func as(ctx context.Context, a *Accounts, limit *Limit, roles ...string) context.Context {
	p := &Principal{ID: ada, Roles: roles, Scopes: a.Live.Grant(roles, limit)}
	if limit != nil {
		p.Roles = []string{}
	}
	return WithCaller(ctx, p)
}

func TestRank(t *testing.T) {
	all := &Limit{Scopes: []string{"read:items", "read:users", "write:items", "write:users"}}
	tests := []struct {
		name   string
		caller []string
		limit  *Limit
		other  []string
		want   error
	}{
		{"support, administrator", []string{"support"}, nil, []string{"admin"}, ErrRank},
		{"support, shop", []string{"support"}, nil, []string{"shop"}, ErrRank},
		{"support, support and shop", []string{"support"}, nil, []string{"shop", "support"}, ErrRank},
		{"nobody's roles, support", nil, nil, []string{"support"}, ErrRank},
		{"every scope but not the role, administrator", []string{"everything"}, nil, []string{"admin"}, ErrRank},
		{"limited administrator, administrator", []string{"admin"}, all, []string{"admin"}, ErrRank},
		{"administrator limited to too little, support", []string{"admin"}, &Limit{Scopes: []string{"write:users"}}, []string{"support"}, ErrRank},
		{"limited administrator, support", []string{"admin"}, all, []string{"support"}, nil},
		{"every scope, shop and support", []string{"everything"}, nil, []string{"shop", "support"}, nil},
		{"support, user", []string{"support"}, nil, []string{"user"}, nil},
		{"support, support", []string{"support"}, nil, []string{"support"}, nil},
		{"support and shop, shop", []string{"shop", "support"}, nil, []string{"shop"}, nil},
		{"support, a role there is none of", []string{"support"}, nil, []string{"ghost"}, nil},
		{"support, none", []string{"support"}, nil, nil, nil},
		{"administrator, administrator", []string{"admin"}, nil, []string{"admin"}, nil},
	}
	name := "Bob"
	renamed, email := &name, "robert@example.com"
	moved := &email
	doors := map[string]func(context.Context, *Accounts) error{
		"update name": func(ctx context.Context, a *Accounts) error {
			_, err := a.Update(ctx, bob, UserUpdate{Name: &renamed})
			return err
		},
		"update e-mail": func(ctx context.Context, a *Accounts) error {
			_, err := a.Update(ctx, bob, UserUpdate{Email: &moved})
			return err
		},
		"set roles": func(ctx context.Context, a *Accounts) error {
			_, err := a.SetRoles(ctx, bob, []string{"user"})
			return err
		},
		"disable": func(ctx context.Context, a *Accounts) error { _, err := a.Disable(ctx, bob); return err },
		"enable":  func(ctx context.Context, a *Accounts) error { _, err := a.Enable(ctx, bob); return err },
		"delete":  func(ctx context.Context, a *Accounts) error { _, err := a.Delete(ctx, bob); return err },
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, door := range slices.Sorted(maps.Keys(doors)) {
				a, store := newAccounts(t, someone(bob, "bob@example.com", tt.other...))
				a.Live.Apply(Change{Seq: 1, At: newClock().at, Role: "everything", Scopes: all.Scopes})
				before := *store.byID[bob].User
				if err := doors[door](as(t.Context(), a, tt.limit, tt.caller...), a); !errors.Is(err, tt.want) {
					t.Errorf("%s: error %v; want %v", door, err, tt.want)
				}
				if after := store.byID[bob]; tt.want != nil && (after == nil || !sameUser(after.User, &before)) {
					t.Errorf("%s: refused, and yet changed to %+v", door, after)
				}
				if err := doors[door](WithOperator(t.Context()), a); err != nil && !errors.Is(err, ErrNotFound) {
					t.Errorf("%s: the operator is refused: %v", door, err)
				}
				if err := doors[door](t.Context(), a); !errors.Is(err, ErrNoCredential) {
					t.Errorf("%s: error %v for nobody; want ErrNoCredential", door, err)
				}
			}
		})
	}
}

func sameUser(a, b *User) bool {
	return a.Email == b.Email && a.Name == b.Name && a.Disabled == b.Disabled && slices.Equal(a.Roles, b.Roles)
}

// says is what the database says of every session.
type says struct{ standing Standing }

func (s says) Standing(context.Context, string, string) (*Standing, error) {
	standing := s.standing
	return &standing, nil
}

// A replica that hears of no changes asks the database what it takes to change an account, as it does for what the caller has.
func TestRankWhileDeaf(t *testing.T) {
	accounts, _ := newAccounts(t, someone(ada, "ada@example.com", "clerk"), someone(bob, "bob@example.com", "support"))
	for name, tt := range map[string]struct {
		support []string
		want    error
	}{
		"support grants more than the replica knows": {[]string{"delete:users"}, ErrRank},
		"it does not": {[]string{"read:users"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			grants := map[string][]string{"clerk": {"read:users", "write:users"}, "support": tt.support}
			callers := &Callers{
				Live: accounts.Live, Hearing: func() bool { return false }, Store: says{Standing{Roles: []string{"clerk"}, Grants: grants}},
			}
			p, err := callers.Principal(t.Context(), claimsOf(0, "clerk"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := accounts.Disable(WithCaller(t.Context(), p), bob); !errors.Is(err, tt.want) {
				t.Errorf("%v; want %v", err, tt.want)
			}
		})
	}
}

package auth

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"gatehouse/auth/revocation"
)

// as returns a context whose caller is ada with the roles, and with what they grant.
func as(ctx context.Context, a *Accounts, limit *Limit, roles ...string) context.Context {
	p := &Principal{ID: ada, Roles: roles, Scopes: a.Revocations.Grant(roles, limit)}
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
		{"no roles, support", nil, nil, []string{"support"}, ErrRank},
		{"all scopes but not the role, administrator", []string{"everything"}, nil, []string{"admin"}, ErrRank},
		{"limited administrator, administrator", []string{"admin"}, all, []string{"admin"}, ErrRank},
		{"administrator limited to too little, support", []string{"admin"}, &Limit{Scopes: []string{"write:users"}}, []string{"support"}, ErrRank},
		{"limited administrator, support", []string{"admin"}, all, []string{"support"}, nil},
		{"all scopes, shop and support", []string{"everything"}, nil, []string{"shop", "support"}, nil},
		{"support, user", []string{"support"}, nil, []string{"user"}, nil},
		{"support, support", []string{"support"}, nil, []string{"support"}, nil},
		{"support and shop, shop", []string{"shop", "support"}, nil, []string{"shop"}, nil},
		{"support, a role that does not exist", []string{"support"}, nil, []string{"ghost"}, nil},
		{"support, none", []string{"support"}, nil, nil, nil},
		{"administrator, administrator", []string{"admin"}, nil, []string{"admin"}, nil},
	}
	name := "Bob"
	renamed, email := &name, "robert@example.com"
	moved := &email
	operations := map[string]func(context.Context, *Accounts) error{
		"update name": func(ctx context.Context, a *Accounts) error {
			_, err := a.Update(ctx, bob, UserUpdate{Name: &renamed})
			return err
		},
		"update email": func(ctx context.Context, a *Accounts) error {
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
			for _, door := range slices.Sorted(maps.Keys(operations)) {
				a, store := newAccounts(t, account(bob, "bob@example.com", tt.other...))
				a.Revocations.Apply(revocation.Change{Seq: 1, At: newClock().at, Role: "everything", Scopes: all.Scopes})
				before := *store.byID[bob].User
				if err := operations[door](as(t.Context(), a, tt.limit, tt.caller...), a); !errors.Is(err, tt.want) {
					t.Errorf("%s: error %v; want %v", door, err, tt.want)
				}
				if after := store.byID[bob]; tt.want != nil && (after == nil || !sameUser(after.User, &before)) {
					t.Errorf("%s: refused, but changed to %+v", door, after)
				}
				if err := operations[door](WithOperator(t.Context()), a); err != nil && !errors.Is(err, ErrNotFound) {
					t.Errorf("%s: the operator is refused: %v", door, err)
				}
				if err := operations[door](t.Context(), a); !errors.Is(err, ErrNoCredential) {
					t.Errorf("%s: anonymous: error %v; want ErrNoCredential", door, err)
				}
			}
		})
	}
}

func sameUser(a, b *User) bool {
	return a.Email == b.Email && a.Name == b.Name && a.Disabled == b.Disabled && slices.Equal(a.Roles, b.Roles)
}

// constantState is a SessionStateStore that returns one state for every session.
type constantState struct{ state SessionState }

func (s constantState) SessionState(context.Context, string, string) (*SessionState, error) {
	state := s.state
	return &state, nil
}

// A stale replica compares ranks by what the database says roles grant, as it does
// for what the caller has.
func TestRankWhileStale(t *testing.T) {
	accounts, _ := newAccounts(t, account(ada, "ada@example.com", "clerk"), account(bob, "bob@example.com", "support"))
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
				Revocations: accounts.Revocations, InSync: func() bool { return false }, Store: constantState{SessionState{Roles: []string{"clerk"}, Grants: grants}},
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

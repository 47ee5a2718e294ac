package auth

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

// names returns n names of so many bytes.
func names(prefix string, n, size int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%04d%s", prefix, i, strings.Repeat("x", size-len(prefix)-4))
	}
	return all
}

// Whatever is granted, a login and a refresh give a token that works and means the
// same, though it has fewer claims.
func TestTokenThatWouldBeTooLarge(t *testing.T) {
	many, more := names("read:", 220, 40), names("write:", 220, 40)
	tests := []struct {
		name    string
		roles   []string
		limit   *Limit
		scopes  []string // of the caller
		claims  int      // scopes in the token
		partial bool
		told    bool
	}{
		{"small", []string{"shop"}, nil, []string{"read:items", "write:items"}, 2, false, false},
		{"many scopes", []string{"many"}, nil, many, 0, false, true},
		{"of several roles", []string{"many", "more"}, nil, slices.Concat(many, more), 0, false, true},
		{"administrator", []string{RoleAdmin}, nil, slices.Concat(many, []string{"read:items", "read:users"}, more, []string{"write:items", "write:users"}), 0, false, true},
		{"limited, small", []string{"many"}, &Limit{Scopes: many[:3]}, many[:3], 3, false, false},
		{"limited to many", []string{"many"}, &Limit{Scopes: many}, many, 0, true, true},
		{"many roles", append(names("role", 300, 60), "shop"), nil, []string{"read:items", "write:items"}, 0, true, true},
		{"many roles, limited", append(names("role", 300, 60), "shop"), &Limit{Scopes: []string{"read:items"}}, []string{"read:items"}, 0, true, true},
	}
	for _, alg := range []token.Algorithm{token.ES256, token.RS256} {
		key := newKey(t, alg)
		for _, tt := range tests {
			s, _, c := newSessions(t)
			grants := map[string][]string{RoleAdmin: {}, "shop": {"read:items", "write:items"}, "many": many, "more": more, "support": {"read:users"}}
			s.Revocations.Load(revocation.Snapshot{Grants: grants})
			state := &fakeStateStore{state: SessionState{Roles: tt.roles, Limit: tt.limit, Grants: grants}}
			s.Issuer.Callers.Store = state
			told := 0
			s.Issuer.TooLarge = func(id string) {
				if told++; id != ada {
					t.Errorf("told of %q", id)
				}
			}
			session := &Session{ID: sessionOne, UserID: ada, Seed: newSeed(), Limit: tt.limit, AuthTime: c.at, CreatedAt: c.at}
			got, err := s.Issuer.tokens(t.Context(), key, session, &User{ID: ada, Roles: tt.roles})
			if err != nil {
				t.Errorf("%s, %s: %v", tt.name, alg, err)
				continue
			}
			verifier := token.Verifier{Issuer: issuer, Audience: issuer, Key: only(key), Now: c.now}
			claims, err := verifier.Verify(t.Context(), got.AccessToken)
			if err != nil || len(claims.Scopes) != tt.claims || claims.Private.Partial != tt.partial || (told > 0) != tt.told {
				t.Errorf("%s, %s: %d scopes, %v; told %d times", tt.name, alg, len(claims.Scopes), err, told)
				continue
			}
			roles := tt.roles
			if tt.limit != nil {
				roles = []string{}
			}
			p, err := s.Issuer.Callers.Principal(t.Context(), claims)
			if err != nil || !slices.Equal(p.Scopes, tt.scopes) || !slices.Equal(p.Roles, roles) || !slices.Equal(got.Scopes, tt.scopes) {
				t.Errorf("%s, %s: the token stands for %d scopes and %d roles, %v; want %d and %d",
					tt.name, alg, len(p.Scopes), len(p.Roles), err, len(tt.scopes), len(roles))
			}
			if asked := len(state.asked) > 0; asked != tt.partial {
				t.Errorf("%s, %s: the database was asked: %v", tt.name, alg, asked)
			}
			state.state.Ended = true
			s.Revocations.Apply(revocation.Change{Seq: 1, At: c.at, Session: sessionOne})
			if _, err := s.Issuer.Callers.Principal(t.Context(), claims); err == nil {
				t.Errorf("%s, %s: the token of an ended session is accepted", tt.name, alg)
			}
		}
	}
}

// An account has at most 50 roles, whichever way it gets them. One that has more may
// lose some.
func TestLimitOfRoles(t *testing.T) {
	many := func(n int) []string { return names("role", n, 10) }
	tests := []struct {
		name     string
		has, set []string
		refused  bool
	}{
		{"51", many(1), many(51), true},
		{"one more than too many", many(60), many(61), true},
		{"50", many(1), many(50), false},
		{"50, each twice", many(1), append(many(50), many(50)...), false},
		{"fewer of too many", many(60), many(55), false},
		{"none", many(60), nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, store := newPasswords(t, account(ada, "ada@example.com", tt.has...))
			a := &Accounts{Store: store, Passwords: p, Revocations: newRevocations(newClock())}
			_, err := a.SetRoles(WithOperator(t.Context()), ada, tt.set)
			if tt.refused {
				if field(t, err) != "roles" || len(store.byID[ada].User.Roles) != len(tt.has) {
					t.Errorf("error %v, and %d roles", err, len(store.byID[ada].User.Roles))
				}
			} else if err != nil {
				t.Errorf("error %v", err)
			}
			_, _, err = p.NewCredential(t.Context(), NewUser{Email: "bob@example.com", Password: newHorse, Roles: tt.set}, newClock().at)
			if (err != nil) != (len(set(tt.set)) > maxRoles) {
				t.Errorf("new account: %v", err)
			}
		})
	}
}

package auth

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/client"
)

func TestRegister(t *testing.T) {
	s, store, c := newSessions(t)
	in := RegisterInput{Email: "Eve@Example.com", Password: newHorse}
	s.Closed = true
	var begun int
	if _, err := s.Register(counted{t.Context(), &begun, 0}, in); !errors.Is(err, ErrRegistrationClosed) || begun+len(store.asked) > 0 {
		t.Errorf("closed: error %v, %d hashes, store asked %v; want ErrRegistrationClosed and no work", err, begun, store.asked)
	}
	s.Closed = false
	from := client.Client{IP: "192.0.2.1", UserAgent: "curl"}
	tokens, err := s.Register(client.With(t.Context(), from), in)
	if err != nil {
		t.Fatal(err)
	}
	u := store.created.User
	if tokens.User != u || !slices.Equal(u.Roles, []string{RoleUser}) || !u.LastLoginAt.Equal(c.at) {
		t.Errorf("account %+v; want one with the role user that has just logged in", u)
	}
	if o := store.opened; o.UserID != u.ID || o.Limit != nil || o.Client != from || o.Counter != 0 {
		t.Errorf("session %+v", o)
	}
	store.err = &ConflictError{Field: "email"}
	if tokens, err := s.Register(t.Context(), in); refusedField(err) != "email" || tokens != nil {
		t.Errorf("taken: %v, %v; want a conflict", tokens, err)
	}
}

func TestLoginAsksForScopes(t *testing.T) {
	tests := []struct {
		name   string
		scopes []string
		limit  []string // nil: none
		have   string
		field  string
	}{
		{"left out", nil, nil, "read:items write:items", ""},
		{"none", []string{}, []string{}, "", ""},
		{"one", []string{"read:items"}, []string{"read:items"}, "read:items", ""},
		{"a set", []string{"write:items", "read:items", "write:items"}, []string{"read:items", "write:items"}, "read:items write:items", ""},
		{"one that the roles do not grant", []string{"read:items", "read:users"}, nil, "", "scopes"},
		{"one that does not exist", []string{"fly:moon"}, nil, "", "scopes"},
		{"an empty one", []string{""}, nil, "", "scopes"},
		{"two in one", []string{"read:items write:items"}, nil, "", "scopes"},
		{"in other case", []string{"READ:items"}, nil, "", "scopes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, store, _ := newSessions(t)
			tokens, err := s.Login(t.Context(), LoginInput{Email: "ada@example.com", Password: horse, Scopes: tt.scopes})
			if got := field(t, err); got != tt.field {
				t.Fatalf("refused for %q; want %q", got, tt.field)
			}
			_, err = s.Login(t.Context(), LoginInput{Email: "ada@example.com", Password: newHorse, Scopes: tt.scopes})
			if !errors.Is(err, ErrInvalidCredentials) {
				t.Errorf("with a wrong password: %v; want ErrInvalidCredentials", err)
			}
			if tt.field != "" {
				if store.opened != nil {
					t.Error("a session was opened although the scopes were refused")
				}
				return
			}
			if l := store.opened.Limit; (l == nil) != (tt.limit == nil) || l != nil && (!slices.Equal(l.Scopes, tt.limit) || l.Scopes == nil) {
				t.Errorf("limit %#v; want %#v", l, tt.limit)
			}
			if got := strings.Join(tokens.Scopes, " "); got != tt.have || tokens.Scopes == nil {
				t.Errorf("scopes %q; want %q", got, tt.have)
			}
			if limited := len(tokens.Principal().Roles) == 0; limited != (tt.limit != nil) {
				t.Errorf("roles %v; a limited session has none", tokens.Principal().Roles)
			}
		})
	}
}

func TestLoginOpensWithTheStoredHash(t *testing.T) {
	s, store, _ := newSessions(t)
	if _, err := s.Login(t.Context(), LoginInput{Email: "ada@example.com", Password: horse}); err != nil {
		t.Fatal(err)
	}
	accounts := s.Passwords.Store.(*fakeUserStore)
	if len(accounts.upgraded) != 1 || store.hash != accounts.byID[ada].Hash {
		t.Error("opened with another hash than the upgraded one")
	}
	store.err = ErrInvalidCredentials // the account was disabled or got a new password a moment ago
	if tokens, err := s.Login(t.Context(), LoginInput{Email: "ada@example.com", Password: horse}); !errors.Is(err, ErrInvalidCredentials) || tokens != nil {
		t.Errorf("%v, %v; want ErrInvalidCredentials", tokens, err)
	}
}

func ptr[T any](v T) *T { return &v }

func TestChangePassword(t *testing.T) {
	session := sessionOne
	tests := []struct {
		name    string
		session *string
		age     time.Duration // since the caller proved who they are
		in      ChangePasswordInput
		store   error
		want    error
		field   string
		asked   bool
	}{
		{"wrong password", &session, 0, ChangePasswordInput{ptr(newHorse), newHorse}, nil, ErrInvalidCredentials, "", false},
		{"wrong password, and new one refused", &session, 0, ChangePasswordInput{ptr(""), ""}, nil, ErrInvalidCredentials, "", false},
		{"new password refused", &session, 0, ChangePasswordInput{ptr(horse), "short"}, nil, nil, "newPassword", false},
		{"without a session", nil, 0, ChangePasswordInput{ptr(horse), newHorse}, nil, ErrSessionEnded, "", false},
		{"session ended meanwhile", &session, 0, ChangePasswordInput{ptr(horse), newHorse}, ErrSessionEnded, ErrSessionEnded, "", true},
		{"changed meanwhile", &session, 0, ChangePasswordInput{ptr(horse), newHorse}, ErrInvalidCredentials, ErrInvalidCredentials, "", true},
		{"without a password, too late", &session, Recent + time.Second, ChangePasswordInput{nil, newHorse}, nil, ErrStepUp, "", false},
		{"without a password, changed meanwhile", &session, 0, ChangePasswordInput{nil, newHorse}, ErrInvalidCredentials, ErrInvalidCredentials, "", true},
		{"without a password", &session, Recent, ChangePasswordInput{nil, newHorse}, nil, nil, "", true},
		{"with the password, whenever that was", &session, time.Hour, ChangePasswordInput{ptr(horse), newHorse}, nil, nil, "", true},
		{"good", &session, 0, ChangePasswordInput{ptr(horse), newHorse}, nil, nil, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, store, c := newSessions(t)
			var told *User // by PasswordChanged
			s.PasswordChanged = func(u *User) { told = u }
			store.err, store.current.Limit = tt.store, &Limit{Scopes: []string{"read:items"}}
			ctx := WithCaller(t.Context(), &Principal{ID: ada, SessionID: tt.session, AuthTime: c.at.Add(-tt.age)})
			tokens, err := s.ChangePassword(ctx, tt.in)
			if tt.field != "" {
				if got := field(t, err); got != tt.field {
					t.Errorf("refused for %q; want %q", got, tt.field)
				}
			} else if !errors.Is(err, tt.want) {
				t.Errorf("error %v; want %v", err, tt.want)
			}
			if asked := len(store.asked) > 0; asked != tt.asked {
				t.Errorf("store asked %v", store.asked)
			}
			good := tt.want == nil && tt.field == ""
			if (tokens != nil) != good || (told != nil) != good {
				t.Fatalf("tokens %v, told %v; want them: %v", tokens, told, good)
			}
			if !good {
				return
			}
			if match, _, err := s.Passwords.Hasher.Verify(ctx, newHorse, store.hash); !match || err != nil {
				t.Errorf("the stored hash is not that of the new password: %v", err)
			}
			if given := tt.in.CurrentPassword != nil; (store.proved != nil) != given || given && !store.proved.Equal(c.at) {
				t.Errorf("the store was told that the password was given at %v", store.proved)
			}
			if !slices.Equal(tokens.Scopes, []string{"read:items"}) || tokens.RefreshToken == "" {
				t.Errorf("tokens %+v; want the limit to stay, and a refresh token", tokens)
			}
		})
	}
	s, _, _ := newSessions(t)
	if _, err := s.ChangePassword(t.Context(), ChangePasswordInput{ptr(horse), newHorse}); !errors.Is(err, ErrNoCredential) {
		t.Errorf("anonymous: error %v; want ErrNoCredential", err)
	}
}

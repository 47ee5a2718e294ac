package auth

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// refreshOf returns a refresh token of the session.
func refreshOf(t *testing.T, s *Sessions, session string) string {
	t.Helper()
	text, err := s.Issuer.Secrets.IssueRefresh(session, 0, newSeed())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRegister(t *testing.T) {
	s, store, c := newSessions(t)
	in := RegisterInput{Email: "Eve@Example.com", Password: newHorse}
	s.Closed = true
	var begun int
	if _, err := s.Register(counted{t.Context(), &begun, 0}, in); !errors.Is(err, ErrRegistrationClosed) || begun+len(store.asked) > 0 {
		t.Errorf("closed: error %v, %d hashes, store asked %v; want ErrRegistrationClosed and no work", err, begun, store.asked)
	}
	s.Closed = false
	x := &Exchange{Sender: Sender{IP: "192.0.2.1", UserAgent: "curl"}}
	tokens, err := s.Register(WithExchange(t.Context(), x), in)
	if err != nil {
		t.Fatal(err)
	}
	u := store.created.User
	if tokens.User != u || !slices.Equal(u.Roles, []string{RoleUser}) || !u.LastLoginAt.Equal(c.at) {
		t.Errorf("account %+v; want one with the role user that logged in just now", u)
	}
	if o := store.opened; o.UserID != u.ID || o.Limit != nil || o.IP != x.IP || o.UserAgent != x.UserAgent || o.Counter != 0 {
		t.Errorf("session %+v", o)
	}
	store.err = &ConflictError{Field: "input.email"}
	if tokens, err := s.Register(t.Context(), in); refusedField(err) != "input.email" || tokens != nil {
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
		{"not said", nil, nil, "read:items write:items", ""},
		{"none", []string{}, []string{}, "", ""},
		{"one", []string{"read:items"}, []string{"read:items"}, "read:items", ""},
		{"a set", []string{"write:items", "read:items", "write:items"}, []string{"read:items", "write:items"}, "read:items write:items", ""},
		{"one that the roles do not grant", []string{"read:items", "read:users"}, nil, "", "input.scopes"},
		{"one that there is not", []string{"fly:moon"}, nil, "", "input.scopes"},
		{"an empty one", []string{""}, nil, "", "input.scopes"},
		{"two in one", []string{"read:items write:items"}, nil, "", "input.scopes"},
		{"in other case", []string{"READ:items"}, nil, "", "input.scopes"},
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
					t.Error("refused, and yet a session was opened")
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
	people := s.Passwords.Store.(*people)
	if len(people.upgraded) != 1 || store.hash != people.byID[ada].Hash {
		t.Error("opened with another hash than the upgraded one")
	}
	store.err = ErrInvalidCredentials // disabled, or a new password, in this very moment
	if tokens, err := s.Login(t.Context(), LoginInput{Email: "ada@example.com", Password: horse}); !errors.Is(err, ErrInvalidCredentials) || tokens != nil {
		t.Errorf("%v, %v; want ErrInvalidCredentials", tokens, err)
	}
}

func TestRefreshTakesArgumentOrCookie(t *testing.T) {
	s, store, _ := newSessions(t)
	other, _, _ := newSessions(t)
	one, two, foreign := refreshOf(t, s, sessionOne), refreshOf(t, s, sessionTwo), refreshOf(t, other, sessionOne)
	empty, short, garbage := "", one[:len(one)-1], "garbage"
	tests := []struct {
		name   string
		given  *string
		cookie string
		asked  string
		want   error
	}{
		{"neither", nil, "", "", ErrRefreshInvalid},
		{"empty argument", &empty, "", "", ErrRefreshInvalid},
		{"garbage", &garbage, "", "", ErrRefreshInvalid},
		{"garbage in the cookie", nil, garbage, "", ErrRefreshInvalid},
		{"cut short", &short, "", "", ErrRefreshInvalid},
		{"of another deployment", &foreign, "", "", ErrRefreshInvalid},
		{"both", &one, two, "", ErrTwoRefreshTokens},
		{"both, the same", &one, one, "", ErrTwoRefreshTokens},
		{"empty argument beside a cookie", &empty, one, "", ErrTwoRefreshTokens},
		{"argument", &one, "", "refresh " + sessionOne, nil},
		{"cookie", nil, two, "refresh " + sessionTwo, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store.asked = nil
			x := &Exchange{Cookie: tt.cookie}
			tokens, err := s.Refresh(WithExchange(t.Context(), x), tt.given)
			if !errors.Is(err, tt.want) || strings.Join(store.asked, ",") != tt.asked {
				t.Fatalf("error %v, store asked %v; want %v, %q", err, store.asked, tt.want, tt.asked)
			}
			if err != nil {
				if tokens != nil || x.SetCookie != nil {
					t.Errorf("tokens %v, cookie %v beside an error", tokens, x.SetCookie)
				}
				return
			}
			if inCookie := x.SetCookie != nil && tokens.RefreshToken == nil; inCookie != (tt.cookie != "") {
				t.Errorf("token %v, cookie %v; want it to go where it came from", tokens.RefreshToken, x.SetCookie)
			}
		})
	}
}

func TestRefreshFailures(t *testing.T) {
	tests := []struct {
		name        string
		store, want error
		ended       bool // heard of in this very moment
	}{
		{"reused", ErrRefreshReused, ErrRefreshReused, false},
		{"invalid", ErrRefreshInvalid, ErrRefreshInvalid, false},
		{"store away", ErrUnavailable, ErrUnavailable, false},
		{"ended meanwhile", nil, ErrRefreshInvalid, true},
		{"good", nil, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, store, c := newSessions(t)
			if tt.ended {
				s.Live.Apply(Change{Seq: 1, At: c.at, Session: sessionOne})
			}
			store.err = tt.store
			text := refreshOf(t, s, sessionOne)
			tokens, err := s.Refresh(t.Context(), &text)
			if !errors.Is(err, tt.want) || (tokens == nil) != (tt.want != nil) {
				t.Errorf("%v, %v; want error %v", tokens, err, tt.want)
			}
		})
	}
}

func TestRefreshKeepsTheLimit(t *testing.T) {
	s, store, _ := newSessions(t)
	store.current.Limit = &Limit{Scopes: []string{"read:items"}}
	text := refreshOf(t, s, sessionOne)
	tokens, err := s.Refresh(t.Context(), &text)
	if err != nil || !slices.Equal(tokens.Scopes, []string{"read:items"}) || len(tokens.Principal().Roles) > 0 {
		t.Errorf("%+v, %v; want read:items and no role", tokens, err)
	}
}

func TestLogoutEndsOneSession(t *testing.T) {
	s, store, _ := newSessions(t)
	one, two, garbage := refreshOf(t, s, sessionOne), refreshOf(t, s, sessionTwo), "garbage"
	const third = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e03"
	bearer, keyed := third, (*string)(nil)
	tests := []struct {
		name   string
		caller **string // the session of the bearer
		given  *string
		cookie string
		asked  string
	}{
		{"nothing", nil, nil, "", ""},
		{"garbage", nil, &garbage, "", ""},
		{"garbage in the cookie", nil, nil, garbage, ""},
		{"bearer", ptr(&bearer), nil, "", "end " + third},
		{"bearer, argument and cookie", ptr(&bearer), &one, two, "end " + third},
		{"bearer and garbage", ptr(&bearer), &garbage, "", "end " + third},
		{"bearer without a session, argument", &keyed, &one, "", "end of " + sessionOne},
		{"argument and cookie", nil, &one, two, "end of " + sessionOne},
		{"argument", nil, &one, "", "end of " + sessionOne},
		{"cookie", nil, nil, two, "end of " + sessionTwo},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store.asked = nil
			x := &Exchange{Cookie: tt.cookie}
			ctx := WithExchange(t.Context(), x)
			if tt.caller != nil {
				ctx = WithCaller(ctx, &Principal{ID: ada, SessionID: *tt.caller})
			}
			if err := s.Logout(ctx, tt.given); err != nil || strings.Join(store.asked, ",") != tt.asked {
				t.Errorf("error %v, store asked %v; want %q", err, store.asked, tt.asked)
			}
			if cleared := x.SetCookie != nil && *x.SetCookie == ""; cleared != (tt.cookie != "") {
				t.Errorf("cookie cleared: %v", cleared)
			}
		})
	}
	store.err = ErrUnavailable
	if err := s.Logout(t.Context(), &one); !errors.Is(err, ErrUnavailable) {
		t.Errorf("store away: %v; want ErrUnavailable, for the session goes on", err)
	}
}

func ptr[T any](v T) *T { return &v }

func TestChangePassword(t *testing.T) {
	session := sessionOne
	tests := []struct {
		name    string
		session *string
		in      ChangePasswordInput
		store   error
		want    error
		field   string
		asked   bool
	}{
		{"wrong password", &session, ChangePasswordInput{newHorse, newHorse}, nil, ErrInvalidCredentials, "", false},
		{"wrong password, bad new one", &session, ChangePasswordInput{"", ""}, nil, ErrInvalidCredentials, "", false},
		{"bad new one", &session, ChangePasswordInput{horse, "short"}, nil, nil, "input.newPassword", false},
		{"without a session", nil, ChangePasswordInput{horse, newHorse}, nil, ErrSessionEnded, "", false},
		{"session ended meanwhile", &session, ChangePasswordInput{horse, newHorse}, ErrSessionEnded, ErrSessionEnded, "", true},
		{"changed meanwhile", &session, ChangePasswordInput{horse, newHorse}, ErrInvalidCredentials, ErrInvalidCredentials, "", true},
		{"good", &session, ChangePasswordInput{horse, newHorse}, nil, nil, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, store, _ := newSessions(t)
			var told *User
			s.Changed = func(u *User) { told = u }
			store.err, store.current.Limit = tt.store, &Limit{Scopes: []string{"read:items"}}
			x := &Exchange{Cookie: "what the browser sent"}
			ctx := WithExchange(WithCaller(t.Context(), &Principal{ID: ada, SessionID: tt.session}), x)
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
			if (tokens != nil) != good || (told != nil) != good || (x.SetCookie != nil) != good {
				t.Fatalf("tokens %v, told %v, cookie %v; want them: %v", tokens, told, x.SetCookie, good)
			}
			if !good {
				return
			}
			if match, _, err := s.Passwords.Hasher.Verify(ctx, newHorse, store.hash); !match || err != nil {
				t.Errorf("the hash kept is not that of the new password: %v", err)
			}
			if !slices.Equal(tokens.Scopes, []string{"read:items"}) || tokens.RefreshToken != nil {
				t.Errorf("tokens %+v; want the limit to stay and the refresh token in the cookie", tokens)
			}
		})
	}
	s, _, _ := newSessions(t)
	if _, err := s.ChangePassword(t.Context(), ChangePasswordInput{horse, newHorse}); !errors.Is(err, ErrNoCredential) {
		t.Errorf("nobody: error %v; want ErrNoCredential", err)
	}
}

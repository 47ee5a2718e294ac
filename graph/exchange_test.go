package graph

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

func TestClientOf(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
	r.RemoteAddr = "[2001:db8::1]:4711"
	r.Header.Set("User-Agent", "browser")
	if s := clientOf(r); s.IP != "2001:db8::1" || s.UserAgent != "browser" {
		t.Errorf("got %+v", s)
	}
	r.RemoteAddr = "@" // a unix socket
	if s := clientOf(r); s.IP != "@" {
		t.Errorf("IP = %q", s.IP)
	}
}

// A refresh token that came in a cookie, or was asked for in one, is never in the body of
// an answer.
func TestRefreshTokensInCookies(t *testing.T) {
	s := newService(t)
	const set, cleared = "__Host-gatehouse-refresh=", "__Host-gatehouse-refresh=;"
	login := `mutation { x: login(input: {email: "ann@example.com", password: "` + annsPassword + `"}) { refreshToken } }`
	cookie := "Cookie: __Host-gatehouse-refresh=" + s.refreshToken(t)
	tests := []struct {
		name, query string
		headers     []string
		code        string
		inAnswer    bool
		header      string // what Set-Cookie begins with
	}{
		{"login", login, nil, "", true, ""},
		{"login for a cookie", login, []string{"X-Auth-Mode: cookie"}, "", false, set},
		{"refresh by argument", `mutation { x: refresh(refreshToken: "` + s.refreshToken(t) + `") { refreshToken } }`, nil, "", true, ""},
		{"refresh by cookie", `mutation { x: refresh { refreshToken } }`, []string{cookie}, "", false, set},
		{"refresh by both", `mutation { x: refresh(refreshToken: "` + s.refreshToken(t) + `") { refreshToken } }`, []string{cookie}, "BAD_REQUEST", false, ""},
		{"refresh by two cookies", `mutation { x: refresh { refreshToken } }`, []string{cookie, cookie}, "REFRESH_TOKEN_INVALID", false, ""},
		{"refresh by nothing", `mutation { x: refresh { refreshToken } }`, nil, "REFRESH_TOKEN_INVALID", false, ""},
		{"logout by cookie", `mutation { x: logout }`, []string{cookie}, "", false, cleared},
		{"logout by nothing", `mutation { x: logout }`, nil, "", false, ""},
		{"a cookie is no credential", `{ x: viewer { id } }`, []string{cookie}, "UNAUTHENTICATED", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.ask(t, "", tt.query, nil, tt.headers...)
			header := got.Header().Get("Set-Cookie")
			if got.codes() != tt.code || strings.Contains(string(got.Data), `"refreshToken":"`) != tt.inAnswer {
				t.Errorf("got %s", got.Body)
			}
			if !strings.HasPrefix(header, tt.header) || (header == "") != (tt.header == "") || tt.header == set && strings.HasPrefix(header, cleared) {
				t.Errorf("Set-Cookie = %q", header)
			}
		})
	}
}

const ownSession = "0190b0a5-3c4f-7d2e-8a11-000000000011"

// What a request presents decides which token is used, and where the next one goes.
func TestPresentedRefreshToken(t *testing.T) {
	empty, argument := "", "argument"
	for _, tt := range []struct {
		name     string
		argument *string
		cookie   string
		want     string
		err      error
		inCookie bool
	}{
		{"neither", nil, "", "", nil, false},
		{"argument", &argument, "", argument, nil, false},
		{"empty argument", &empty, "", "", nil, false},
		{"cookie", nil, "cookie", "cookie", nil, true},
		{"both", &argument, "cookie", "", errTwoRefreshTokens, false},
		{"both, the same", &argument, argument, "", errTwoRefreshTokens, false},
		{"empty argument beside a cookie", &empty, "cookie", "", errTwoRefreshTokens, false},
	} {
		x := &exchange{cookie: tt.cookie}
		if got, err := x.presented(tt.argument); got != tt.want || !errors.Is(err, tt.err) || x.useCookie != tt.inCookie {
			t.Errorf("%s: %q, %v, in the cookie %t; want %q, %v, %t", tt.name, got, err, x.useCookie, tt.want, tt.err, tt.inCookie)
		}
	}
}

// Logout ends one session and removes the cookie that came with the request.
func TestLogoutAndTheCookie(t *testing.T) {
	const cookie = "Cookie: __Host-gatehouse-refresh="
	for _, tt := range []struct {
		name     string
		bearer   bool   // of ownSession
		argument string // "good" is a refresh token of ann's session; "" for none
		cookie   string
		ended    string // "" for none
		cleared  bool
	}{
		{"nothing", false, "", "", "", false},
		{"garbage", false, "garbage", "", "", false},
		{"garbage in the cookie", false, "", "garbage", "", true},
		{"bearer", true, "", "", ownSession, false},
		{"bearer, argument and cookie of another session", true, "good", "good", ownSession + "," + ann, true},
		{"bearer and cookie of another session", true, "", "good", ownSession + "," + ann, true},
		{"bearer and argument of another session", true, "good", "", ownSession + "," + ann, false},
		{"argument, and garbage in the cookie", false, "good", "x", ann, true},
		{"bearer and garbage", true, "garbage", "", ownSession, false},
		{"argument and cookie", false, "good", "garbage", ann, true},
		{"argument", false, "good", "", ann, false},
		{"cookie", false, "", "good", ann, true},
	} {
		s := newService(t)
		good := s.refreshToken(t)
		query, headers := `mutation { logout }`, []string(nil)
		if tt.argument != "" {
			query = `mutation { logout(refreshToken: "` + strings.ReplaceAll(tt.argument, "good", good) + `") }`
		}
		if tt.cookie != "" {
			headers = append(headers, cookie+strings.ReplaceAll(tt.cookie, "good", good))
		}
		if tt.bearer {
			headers = append(headers, "Authorization: Bearer "+s.token(t, ann, 0, func(c *token.Claims) { c.SessionID = ownSession }))
		}
		got := s.ask(t, "", query, nil, headers...)
		if strings.Join(s.store.ended, ",") != tt.ended || got.codes() != "" {
			t.Errorf("%s: ended %q, want %q: %s", tt.name, s.store.ended, tt.ended, got.Body)
		}
		if cleared := strings.HasPrefix(got.Header().Get("Set-Cookie"), "__Host-gatehouse-refresh=;"); cleared != tt.cleared {
			t.Errorf("%s: cookie removed: %t, want %t", tt.name, cleared, tt.cleared)
		}
	}
	s := newService(t)
	s.store.faults["EndSessionOf"] = func() error { return auth.ErrUnavailable }
	got := s.ask(t, "", `mutation { logout }`, nil, cookie+s.refreshToken(t))
	if got.codes() != "UNAVAILABLE" || got.Header().Get("Set-Cookie") != "" {
		t.Errorf("database away: %s, Set-Cookie %q; want the cookie to stay, for another try", got.Body, got.Header().Get("Set-Cookie"))
	}
}

// The tokens of a new password go where the request had its refresh token.
func TestChangePasswordAndTheCookie(t *testing.T) {
	query := `mutation { changePassword(input: {currentPassword: "` + annsPassword + `", newPassword: "four unrelated words, say"}) { refreshToken } }`
	for _, headers := range [][]string{nil, {"Cookie: __Host-gatehouse-refresh=what the browser sent"}} {
		s := newService(t)
		got := s.ask(t, ann, query, nil, headers...)
		inBody, inCookie := strings.Contains(string(got.Data), `"refreshToken":"`), got.Header().Get("Set-Cookie") != ""
		if got.codes() != "" || inBody == inCookie || inCookie != (headers != nil) {
			t.Errorf("%q: in the body %t, in the cookie %t: %s", headers, inBody, inCookie, got.Body)
		}
	}
}

// An error sets no cookie.
func TestNoCookieBesideAnError(t *testing.T) {
	s := newService(t)
	for _, query := range []string{
		`mutation { login(input: {email: "ann@example.com", password: "wrong"}) { refreshToken } }`,
		`mutation { refresh { refreshToken } }`,
	} {
		got := s.ask(t, "", query, nil, "X-Auth-Mode: cookie", "Cookie: __Host-gatehouse-refresh=garbage")
		if got.codes() == "" || got.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %s, Set-Cookie %q", query, got.Body, got.Header().Get("Set-Cookie"))
		}
	}
}

package graph

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestSender(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
	r.RemoteAddr = "[2001:db8::1]:4711"
	r.Header.Set("User-Agent", "browser")
	if s := sender(r); s.IP != "2001:db8::1" || s.UserAgent != "browser" {
		t.Errorf("got %+v", s)
	}
	r.RemoteAddr = "@" // of a unix socket
	if s := sender(r); s.IP != "@" {
		t.Errorf("IP = %q", s.IP)
	}
}

// A refresh token that came in a cookie, or was requested in one, is never in the
// body of an answer.
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
		header      string // prefix of Set-Cookie
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

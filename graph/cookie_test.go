package graph

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
)

func TestExchange(t *testing.T) {
	const name, secure = "gatehouse-refresh", "__Host-gatehouse-refresh"
	tests := []struct {
		name    string
		cookies Cookies
		headers []string
		cookie  string
		use     bool
	}{
		{"nothing", Cookies{Mode: CookieOnHeader}, nil, "", false},
		{"asked for", Cookies{Mode: CookieOnHeader}, []string{"X-Auth-Mode: cookie"}, "", true},
		{"asked for in capitals", Cookies{Mode: CookieOnHeader}, []string{"X-Auth-Mode: COOKIE"}, "", true},
		{"asked for otherwise", Cookies{Mode: CookieOnHeader}, []string{"X-Auth-Mode: cookies"}, "", false},
		{"always", Cookies{Mode: CookieAlways}, nil, "", true},
		{"never", Cookies{Mode: CookieNever}, []string{"X-Auth-Mode: cookie", "Cookie: " + name + "=t"}, "", false},
		{"sent", Cookies{Mode: CookieOnHeader}, []string{"Cookie: a=b; " + name + "=t; c=d"}, "t", false},
		{"sent to a secure service", Cookies{Mode: CookieOnHeader, Secure: true}, []string{"Cookie: " + secure + "=t"}, "t", false},
		{"the other name", Cookies{Mode: CookieOnHeader, Secure: true}, []string{"Cookie: " + name + "=t"}, "", false},
		{"the other name, without encryption", Cookies{Mode: CookieOnHeader}, []string{"Cookie: " + secure + "=t"}, "", false},
		{"in capitals", Cookies{Mode: CookieOnHeader}, []string{"Cookie: GATEHOUSE-REFRESH=t"}, "", false},
		{"two", Cookies{Mode: CookieOnHeader}, []string{"Cookie: " + name + "=t; " + name + "=u"}, "t,u", false},
		{"two headers", Cookies{Mode: CookieOnHeader}, []string{"Cookie: " + name + "=t", "Cookie: " + name + "=u"}, "t,u", false},
		{"empty", Cookies{Mode: CookieOnHeader}, []string{"Cookie: " + name + "="}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
			r.RemoteAddr = "[2001:db8::1]:4711"
			r.Header.Set("User-Agent", "browser")
			for _, h := range tt.headers {
				name, value, _ := strings.Cut(h, ": ")
				r.Header.Add(name, value)
			}
			x := tt.cookies.exchange(r)
			if x.Cookie != tt.cookie || x.UseCookie != tt.use || x.IP != "2001:db8::1" || x.UserAgent != "browser" || x.SetCookie != nil {
				t.Errorf("got %+v", x)
			}
		})
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
	r.RemoteAddr = "@" // a unix socket
	if x := (Cookies{}).exchange(r); x.IP != "@" {
		t.Errorf("IP = %q", x.IP)
	}
}

func TestSetCookie(t *testing.T) {
	value, none := "token", ""
	tests := []struct {
		cookies Cookies
		set     *string
		want    string
	}{
		{Cookies{Secure: true, MaxAge: time.Hour}, nil, ""},
		{Cookies{Secure: true, MaxAge: time.Hour}, &value, "__Host-gatehouse-refresh=token; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict"},
		{Cookies{MaxAge: time.Hour}, &value, "gatehouse-refresh=token; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict"},
		{Cookies{Secure: true, MaxAge: time.Hour}, &none, "__Host-gatehouse-refresh=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		tt.cookies.set(w, &auth.Exchange{SetCookie: tt.set})
		if got := w.Header().Get("Set-Cookie"); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// A refresh token that came in a cookie, or was asked for in one, never stands in an answer.
func TestRefreshTokensInCookies(t *testing.T) {
	s := newService(t)
	const set, cleared = "__Host-gatehouse-refresh=", "__Host-gatehouse-refresh=;"
	login := `mutation { x: login(input: {email: "ann@example.com", password: "` + annsWords + `"}) { refreshToken } }`
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

package transport

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestReadCookie(t *testing.T) {
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
			for _, h := range tt.headers {
				name, value, _ := strings.Cut(h, ": ")
				r.Header.Add(name, value)
			}
			if cookie, use := tt.cookies.Read(r); cookie != tt.cookie || use != tt.use {
				t.Errorf("got %q, %t", cookie, use)
			}
		})
	}
}

func TestSetCookie(t *testing.T) {
	tests := []struct {
		cookies Cookies
		token   string
		want    string
	}{
		{Cookies{Secure: true, MaxAge: time.Hour}, "token", "__Host-gatehouse-refresh=token; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict"},
		{Cookies{MaxAge: time.Hour}, "token", "gatehouse-refresh=token; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict"},
		{Cookies{Secure: true, MaxAge: time.Hour}, "", "__Host-gatehouse-refresh=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		tt.cookies.Set(w, tt.token)
		if got := w.Header().Get("Set-Cookie"); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

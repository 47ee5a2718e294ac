package transport

import (
	"net/http"
	"strings"
	"time"
)

// A CookieMode says when refresh tokens go into a cookie.
type CookieMode string

// The modes of the setting REFRESH_COOKIE.
const (
	CookieOnHeader CookieMode = "header" // when the request has X-Auth-Mode: cookie
	CookieAlways   CookieMode = "always"
	CookieNever    CookieMode = "never" // and none is read
)

// Cookies says how refresh tokens travel in cookies.
type Cookies struct {
	Mode   CookieMode
	Secure bool          // the service is reached by https
	MaxAge time.Duration // how long an unused refresh token works
}

// name is that of the cookie. A browser takes one with the prefix only over https, for this host, from this host (RFC 6265bis, 4.1.3.2).
func (c Cookies) name() string {
	if c.Secure {
		return "__Host-gatehouse-refresh"
	}
	return "gatehouse-refresh"
}

// Read returns the refresh token of the request's cookie, "" for none, and
// whether refresh tokens go into the cookie and stay out of the answer.
func (c Cookies) Read(r *http.Request) (token string, wanted bool) {
	if c.Mode == CookieNever {
		return "", false
	}
	var values []string
	for _, cookie := range r.CookiesNamed(c.name()) {
		values = append(values, cookie.Value)
	}
	return strings.Join(values, ","), // two of them are no token
		c.Mode == CookieAlways || strings.EqualFold(r.Header.Get("X-Auth-Mode"), "cookie")
}

// Set puts the refresh token into the cookie; "" removes the cookie.
func (c Cookies) Set(w http.ResponseWriter, token string) {
	cookie := &http.Cookie{
		Name: c.name(), Value: token, Path: "/", MaxAge: int(c.MaxAge.Seconds()),
		Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if cookie.Value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

package transport

import (
	"net/http"
	"strings"
	"time"
)

// A CookieMode says when refresh tokens go into a cookie.
type CookieMode string

// The values of the setting REFRESH_COOKIE.
const (
	CookieOnHeader CookieMode = "header" // if the request has X-Auth-Mode: cookie
	CookieAlways   CookieMode = "always"
	CookieNever    CookieMode = "never" // and none is read
)

// Cookies says how refresh tokens travel in cookies.
type Cookies struct {
	Mode   CookieMode
	Secure bool          // the service is reached over https
	MaxAge time.Duration // of an unused refresh token
}

// name returns the name of the cookie. A browser accepts the prefix __Host-
// only over https, from this host and for this host (RFC 6265bis, 4.1.3.2).
func (c Cookies) name() string {
	if c.Secure {
		return "__Host-gatehouse-refresh"
	}
	return "gatehouse-refresh"
}

// Read returns the refresh token in the request's cookie, "" if there is no
// cookie, and whether the answer's refresh token goes into a cookie.
func (c Cookies) Read(r *http.Request) (token string, wanted bool) {
	if c.Mode == CookieNever {
		return "", false
	}
	var values []string
	for _, cookie := range r.CookiesNamed(c.name()) {
		values = append(values, cookie.Value)
	}
	wanted = c.Mode == CookieAlways || strings.EqualFold(r.Header.Get("X-Auth-Mode"), "cookie")
	return strings.Join(values, ","), wanted // two cookies are not a token
}

// Set puts a refresh token into the cookie; "" removes the cookie.
func (c Cookies) Set(w http.ResponseWriter, token string) {
	cookie := &http.Cookie{
		Name: c.name(), Value: token, Path: "/", MaxAge: int(c.MaxAge.Seconds()),
		Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

package graph

import (
	"net"
	"net/http"
	"strings"
	"time"

	"gatehouse/auth"
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

// exchange reads what a request says of its sender.
func (c Cookies) exchange(r *http.Request) *auth.Exchange {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	x := &auth.Exchange{Sender: auth.Sender{IP: host, UserAgent: r.UserAgent()}}
	if c.Mode == CookieNever {
		return x
	}
	x.UseCookie = c.Mode == CookieAlways || strings.EqualFold(r.Header.Get("X-Auth-Mode"), "cookie")
	var values []string
	for _, cookie := range r.CookiesNamed(c.name()) {
		values = append(values, cookie.Value)
	}
	x.Cookie = strings.Join(values, ",") // two of them are no token
	return x
}

// set puts the refresh token into the cookie, or takes the cookie away.
func (c Cookies) set(w http.ResponseWriter, x *auth.Exchange) {
	if x.SetCookie == nil {
		return
	}
	cookie := &http.Cookie{
		Name: c.name(), Value: *x.SetCookie, Path: "/", MaxAge: int(c.MaxAge.Seconds()),
		Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if cookie.Value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

package pages

import (
	"net/http"
	"strings"
	"time"

	"gatehouse/auth/oauth/authorization"
)

// The cookies, without their prefix.
const (
	flowCookie   = "gatehouse-flow"   // binds requests to the browser that began them
	signInCookie = "gatehouse-signin" // the browser's session
)

// flowLife is how long a browser keeps the cookie of its requests after the last one.
const flowLife = 15 * time.Minute

// name returns the name of a cookie. A browser accepts the prefix __Host- only over
// https, from this host and for this host (RFC 6265bis, 4.1.3.2).
func (h *Handler) name(cookie string) string {
	if h.PublicURL.Scheme == "https" {
		return "__Host-" + cookie
	}
	return cookie
}

// cookie returns the value of a cookie, "" if there is none or several.
func cookie(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

// flowCookie returns the cookie of the browser's requests, "" if it is not one of ours.
func (h *Handler) flowCookie(r *http.Request) string {
	value := cookie(r, h.name(flowCookie))
	if len(value) != len(authorization.NewFlow()) || strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return ""
	}
	return value
}

// begin gives the browser a cookie for its requests. All of its tabs share it.
func (v *visit) begin() {
	if v.browser.Flow == "" {
		v.browser.Flow = authorization.NewFlow()
	}
	v.setCookie(flowCookie, v.browser.Flow, flowLife)
}

// setCookie sets a cookie; "" removes it. It is Lax: a person comes from the application's
// site, and browsers would not send a Strict one along.
func (v *visit) setCookie(name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: v.handler.name(name), Value: value, Path: "/", MaxAge: int(life.Seconds()),
		Secure: v.handler.PublicURL.Scheme == "https", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

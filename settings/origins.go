package settings

import (
	"net/netip"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/publicsuffix"

	"gatehouse/edge/origin"
	"gatehouse/graph/transport"
)

// publicURL parses PUBLIC_URL, the only setting that is a *url.URL. It keeps
// what is valid as it is written: it is the issuer, which others compare as text.
// Only a host in another script becomes ASCII, because no issuer can have one.
func publicURL(text string) (url.URL, error) {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return url.URL{}, form("an http or https URL, such as https://id.example.com")
	}
	o, err := origin.Of(u)
	if err != nil {
		return url.URL{}, form("an http or https URL with a valid host and port, such as https://id.example.com " +
			"or http://localhost:8080")
	}
	bare := url.URL{Path: strings.TrimSuffix(path.Clean("/"+u.Path), "/")}
	if u.User != nil || strings.ContainsAny(text, "?#") || bare.Path != u.Path {
		return url.URL{}, form("without a trailing slash, query, fragment or user name; write " + o.String() + bare.String())
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool { return r >= 0x80 }) {
		u.Host = strings.TrimPrefix(o.String(), o.Scheme+"://")
	}
	return *u, nil
}

// origin is the origin of PUBLIC_URL.
func (s *Settings) origin() origin.Origin {
	o, _ := origin.Of(s.PublicURL) // which has been parsed
	return o
}

// unusualPublicURL returns a warning if PUBLIC_URL is set, and not in the form in
// which browsers write it, else "".
func (s *Settings) unusualPublicURL() string {
	if s.from["PUBLIC_URL"] == "" {
		return ""
	}
	usual := s.origin().String() + s.PublicURL.EscapedPath()
	if usual == s.Issuer() {
		return ""
	}
	return "PUBLIC_URL, the issuer of tokens, has capitals in its host or a default port, and clients compare it as text; " +
		"a new deployment should write " + usual
}

func origins(text string) (origin.List, error) {
	l, err := origin.ParseList(text)
	if err != nil {
		return l, form("\"*\" or exact origins, such as https://app.example.com, separated by commas: " +
			strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return l, nil
}

// checkOrigins refuses origins whose pages could not use the refresh cookie, or
// should not.
func (c *checker) checkOrigins() {
	if c.failed["REFRESH_COOKIE"] || c.s.RefreshCookie == transport.CookieNever {
		return
	}
	if c.s.CORSOrigins.Any() {
		c.faults.add("CORS_ORIGINS: * needs REFRESH_COOKIE=never, because any site could use the cookie")
	}
	if c.s.PublicURL == nil || c.failed["PUBLIC_URL"] {
		return
	}
	for _, o := range c.s.CORSOrigins.Origins() {
		if !sameSite(o, c.s.origin()) {
			c.faults.add("CORS_ORIGINS: %v is not on the site of PUBLIC_URL, so browsers would not send it "+
				"the cookie; use one domain for both (localhost and 127.0.0.1 are two), or REFRESH_COOKIE=never", o)
		}
	}
}

// sameSite reports whether a browser counts two origins as the same site: they
// have the same scheme and registrable domain.
func sameSite(a, b origin.Origin) bool { return a.Scheme == b.Scheme && site(a.Host) == site(b.Host) }

func site(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host // localhost, an IPv6 address, or a public suffix itself
}

// headerNames are names of headers.
type headerNames []string

// String returns the names in the form in which they are set.
func (h headerNames) String() string { return strings.Join(h, ",") }

func headers(text string) (headerNames, error) {
	var names headerNames
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		if name == "*" || !httpguts.ValidHeaderFieldName(name) {
			return nil, form("names of headers, such as X-Tenant,X-Release, separated by commas")
		}
		names = append(names, name)
	}
	return names, nil
}

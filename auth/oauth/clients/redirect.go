package clients

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxRedirectURI is how long a redirect URI may be, in bytes.
const maxRedirectURI = 512

// loopbacks are how a URI begins that leads back to a program on the person's own device
// (RFC 8252, 7.3).
var loopbacks = []string{"http://127.0.0.1", "http://[::1]", "http://localhost"}

// RedirectsTo reports whether the client registered the redirect URI. Strings are
// compared (RFC 9700, 4.1.3), but on a loopback host the port is free: the operating
// system chooses it.
func (c *Client) RedirectsTo(uri string) bool { return registered(c.RedirectURIs, uri) }

// LogsOutTo reports whether the client registered the URI to be sent to after a logout.
func (c *Client) LogsOutTo(uri string) bool { return registered(c.PostLogoutRedirectURIs, uri) }

func registered(uris []string, uri string) bool {
	if slices.Contains(uris, uri) {
		return true
	}
	wanted, ok := withoutPort(uri)
	return ok && slices.ContainsFunc(uris, func(other string) bool {
		have, loopback := withoutPort(other)
		return loopback && have == wanted
	})
}

// withoutPort returns a loopback URI without its port. It returns false for any other.
func withoutPort(uri string) (string, bool) {
	for _, start := range loopbacks {
		rest, found := strings.CutPrefix(uri, start)
		if !found {
			continue
		}
		port := ""
		if after, colon := strings.CutPrefix(rest, ":"); colon {
			end := strings.IndexAny(after, "/?")
			if end < 0 {
				end = len(after)
			}
			port, rest = after[:end], after[end:]
			if !isPort(port) {
				return "", false
			}
		}
		if rest == "" || rest[0] == '/' || rest[0] == '?' {
			return start + rest, true
		}
	}
	return "", false
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0 && text[0] != '0' && text[0] != '+'
}

// Loopback reports whether the client is only sent back to programs on the person's own
// device, which any program there could imitate (RFC 8252, 8.6).
func (c *Client) Loopback() bool {
	return len(c.RedirectURIs) > 0 && !slices.ContainsFunc(c.RedirectURIs, func(uri string) bool {
		_, loopback := withoutPort(uri)
		return !loopback && !isPrivate(uri)
	})
}

// isPrivate reports whether a valid redirect URI has a scheme of the client's own.
func isPrivate(uri string) bool {
	return !strings.HasPrefix(uri, "https:") && !strings.HasPrefix(uri, "http:")
}

// Host returns the host of the client's page, or else of its first redirect URI. It is
// nil for a program on the person's own device.
func (c *Client) Host() *string {
	if c.URI != nil {
		if u, err := url.Parse(*c.URI); err == nil {
			return &u.Host
		}
	}
	for _, uri := range c.RedirectURIs {
		if u, err := url.Parse(uri); err == nil && u.Scheme == "https" {
			return &u.Host
		}
	}
	return nil
}

// answered are the parameters of an answer (RFC 6749, 4.1.2; RFC 9207), which a redirect
// URI can't have, too.
var answered = []string{"code", "state", "iss", "error", "error_description", "error_uri"}

// checkRedirectURI returns what is wrong with a redirect URI, "" for nothing.
func checkRedirectURI(uri string, kind Kind) string {
	u, err := url.Parse(uri)
	unescaped, escape := url.PathUnescape(uri)
	switch {
	case len(uri) > maxRedirectURI:
		return "is longer than 512 bytes"
	case !plain(uri):
		return "has spaces or characters that a URI can't have: write others as %20 and so on, and the host in its ASCII form"
	case err != nil, escape != nil:
		return "is not a URI: write it like https://app.example.com/callback"
	case strings.Contains(uri, "#"):
		return "has a fragment: leave out # and what follows it"
	case strings.Contains(uri, "*"):
		return "has a wildcard: register each URI as a whole"
	case strings.ContainsFunc(unescaped, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }):
		return "has an escaped control character or backslash: leave it out"
	case strings.Contains(u.Host, "%"):
		return "has a host with an escape: write the host as it is"
	case u.User != nil || strings.Contains(u.Host, "@"):
		return "has a user name: leave it out"
	case slices.ContainsFunc(strings.FieldsFunc(unescaped, func(r rune) bool { return r == '/' || r == '?' }), func(s string) bool { return s == ".." || s == "." }):
		return "has a path with . or ..: write the path that it leads to"
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "has a query that can't be read: separate parameters with &"
	}
	for _, name := range answered {
		if query.Has(name) {
			return "has the parameter " + name + ", which answers have: choose another name"
		}
	}
	return checkTarget(u, uri, kind)
}

// checkTarget returns what is wrong with where a well-formed redirect URI leads.
func checkTarget(u *url.URL, uri string, kind Kind) string {
	scheme, _, _ := strings.Cut(uri, ":")
	_, loopback := withoutPort(uri)
	switch {
	case u.Scheme == "":
		return "has no scheme: write it like https://app.example.com/callback"
	case u.Scheme != scheme:
		return "has a scheme in upper case: write it in lower case"
	case loopback:
		return ""
	case scheme == "https" && (u.Hostname() == "" || u.Opaque != ""):
		return "has no host: write it like https://app.example.com/callback"
	case scheme == "https" && u.Port() == "" && strings.HasSuffix(u.Host, ":"), scheme == "https" && u.Port() != "" && !isPort(u.Port()):
		return "has no port after the colon: leave out the colon, or write a port of 1 to 65535"
	case scheme == "https":
		return ""
	case scheme == "http":
		return "is http, which is only for 127.0.0.1, [::1] and localhost: use https"
	case !strings.Contains(scheme, "."):
		return "has a scheme that other programs may use, too: use https, or the reversed name of a domain of yours, such as com.example.app:/callback"
	case kind != Public:
		return "has a scheme of its own, which is for public clients: use https"
	case u.Opaque != "" || u.Host == "" && u.Path == "":
		return "has no slash after the scheme: write it like com.example.app:/callback"
	}
	return ""
}

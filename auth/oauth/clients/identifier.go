package clients

import (
	"net/url"
	"strings"
)

// maxIdentifier is how long the identifier of a resource may be, in bytes.
const maxIdentifier = 512

// SameResource reports whether two identifiers name the same resource. An empty path
// and / are the same, as are the spellings of scheme and host that every URL library
// treats alike (RFC 3986, 6.2): some clients send https://x/ for https://x. Other paths
// must be equal.
func SameResource(a, b string) bool { return canonical(a) == canonical(b) }

// canonical returns the one spelling of an identifier.
func canonical(identifier string) string {
	u, err := url.Parse(identifier)
	if err != nil || u.Host == "" {
		return identifier
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme { // which the parser has in lower case
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	_, rest, _ := strings.Cut(identifier, "://")
	if at := strings.IndexAny(rest, "/?#"); at >= 0 {
		rest = rest[at:]
	} else {
		rest = ""
	}
	if rest == "" || rest[0] != '/' {
		rest = "/" + rest
	}
	return u.Scheme + "://" + host + rest
}

// checkIdentifier returns what is wrong with the identifier of a resource, "" for
// nothing.
func checkIdentifier(identifier string) string {
	u, err := url.Parse(identifier)
	switch {
	case len(identifier) > maxIdentifier:
		return "The identifier is longer than 512 bytes."
	case !plain(identifier), err != nil:
		return "The identifier has spaces or characters that a URI can't have. Give one in ASCII, such as https://api.example.com."
	case !u.IsAbs():
		return "The identifier is not an absolute URI. Write it with its scheme, such as https://api.example.com."
	case strings.Contains(identifier, "#"):
		return "The identifier has a fragment. Leave out # and what follows it."
	case u.User != nil || strings.Contains(u.Opaque, "@"):
		return "The identifier has a user name. Leave it out."
	case (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() == "":
		return "The identifier has no host. Write it like https://api.example.com."
	case u.Host == "" && u.Opaque == "" && u.Path == "":
		return "The identifier is only a scheme. Write it like https://api.example.com."
	}
	return ""
}

// plain reports whether a URI has only characters that one can have (RFC 3986, 2).
func plain(uri string) bool {
	return uri != "" && !strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\\\"<>^`{|}", r) })
}

package settings

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"gatehouse/graph/transport"
)

// keySources are where requests may present API keys, besides their headers.
type keySources transport.KeySources

// String returns the sources in the form in which they are set.
func (k keySources) String() string {
	names := []string{"header"}
	if k.Query {
		names = append(names, "query")
	}
	if k.Cookie {
		names = append(names, "cookie")
	}
	return strings.Join(names, ",")
}

// sources parses a list of sources. The headers always count.
func sources(text string) (keySources, error) {
	names := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if slices.ContainsFunc(names, func(name string) bool { return !slices.Contains([]string{"header", "query", "cookie"}, name) }) {
		return keySources{}, form("a list of: header, query, cookie")
	}
	return keySources{Query: slices.Contains(names, "query"), Cookie: slices.Contains(names, "cookie")}, nil
}

// keyLifeLimit is the longest life of an API key that ends.
const keyLifeLimit = 3650 * day

// checkKeys checks the settings of API keys. A page of any site must not be able to use
// the key in a reader's cookie.
func (c *checker) checkKeys() {
	if c.s.KeyLife < 0 || c.s.KeyLife > keyLifeLimit || c.s.KeyLife > 0 && c.s.KeyLife < time.Minute {
		c.add("API_KEY_MAX_AGE", "must be 0, for keys without an end, or from 1m to 87600h")
	}
	if c.s.KeySources.Cookie && c.s.CORSOrigins.Any() {
		c.faults.add("CORS_ORIGINS: * and API_KEY_SOURCES with cookie exclude each other, because any site could use the cookie")
	}
	if c.s.KeySources.Query {
		c.warn("API_KEY_SOURCES: keys in URLs end up in the logs of proxies and in browsers' histories; send them in X-API-Key where you can")
	}
	if c.s.KeySources.Cookie {
		c.warn("API_KEY_SOURCES: a browser adds the cookie api_key to each request; send keys in X-API-Key where you can")
	}
}

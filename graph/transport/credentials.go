package transport

import (
	"net/http"
	"slices"

	"gatehouse/graph/fault"
)

// The names under which a request presents an API key.
const (
	keyHeader    = "X-Api-Key"
	keyParameter = "api_key" // of the URL, and the name of the cookie
)

// KeySources say where a request may present an API key, besides its headers.
type KeySources struct {
	Query  bool // the parameter api_key of the URL
	Cookie bool // the cookie api_key
}

// Credentials are what a request presents. None of them is verified.
type Credentials struct {
	Authorization []string // the values of the header
	Keys          []string // API keys from elsewhere
	InURL         bool     // one of the keys is in the URL
}

// Read returns the credentials of a request. A cookie counts only beside a header that
// forces a CORS preflight: a browser adds cookies by itself.
func (s KeySources) Read(r *http.Request) (Credentials, *fault.Fault) {
	c := Credentials{Authorization: r.Header["Authorization"], Keys: r.Header[keyHeader]}
	if r.URL.RawQuery != "" {
		if keys := r.URL.Query()[keyParameter]; len(keys) > 0 {
			if !s.Query {
				return c, fault.BadRequest(http.StatusBadRequest, "This service takes no API key from a URL. Send it in the header X-API-Key.")
			}
			c.Keys, c.InURL = append(slices.Clip(c.Keys), keys...), true
		}
	}
	if s.Cookie && forcesPreflight(r.Header) {
		for _, cookie := range r.CookiesNamed(keyParameter) {
			c.Keys = append(slices.Clip(c.Keys), cookie.Value)
		}
	}
	return c, nil
}

// OnlyQueries returns the fault of an operation with effects whose API key is in the URL.
func OnlyQueries() *fault.Fault {
	return fault.BadRequest(http.StatusBadRequest, "An API key in the URL is for queries only. Send it in the header X-API-Key.")
}

package authorization

import (
	"net/url"
	"strings"

	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
)

// A Response is what a browser brings to an application: a code, or an error.
type Response struct {
	RedirectURI string
	State       []byte
	Issuer      string // RFC 9207
	Code        string
	Error       *oauth.Error // nil with a code
	Fragment    bool         // for a client that looks for the answer there
}

// URL returns where the browser goes.
func (r *Response) URL() string {
	answer := url.Values{"iss": {r.Issuer}}
	if len(r.State) > 0 {
		answer.Set("state", string(r.State))
	}
	if r.Error == nil {
		answer.Set("code", r.Code)
	} else {
		answer.Set("error", string(r.Error.Code))
		answer.Set("error_description", r.Error.Description)
	}
	if r.Fragment {
		return r.RedirectURI + "#" + answer.Encode()
	}
	return join(r.RedirectURI, answer)
}

// join adds a query to a URI. The query that is registered stays (RFC 6749, 3.1.2).
func join(uri string, query url.Values) string {
	switch {
	case strings.HasSuffix(uri, "?"), strings.HasSuffix(uri, "&"):
		return uri + query.Encode()
	case strings.Contains(uri, "?"):
		return uri + "&" + query.Encode()
	}
	return uri + "?" + query.Encode()
}

// A Problem is why a person sees a page instead of going back to an application.
type Problem string

// The problems.
const (
	UnknownClient  Problem = "unknown_client"  // no enabled client has the id
	BadRedirect    Problem = "bad_redirect"    // the redirect URI is missing, repeated or not registered
	ExpiredRequest Problem = "expired_request" // or unknown
	OtherBrowser   Problem = "other_browser"   // the request belongs to another browser
	AnsweredBefore Problem = "answered_before" // and its answer has been used
	BadLogout      Problem = "bad_logout"      // a logout that names a client or an address wrongly
	BadForm        Problem = "bad_form"        // a form that no page of ours sends
)

// A PageError is a fault that can't be told to the application. Client is the one that
// asked; nil if it is not known.
type PageError struct {
	Problem Problem
	Client  *clients.Client
	Locales []string
}

// Error implements error.
func (e *PageError) Error() string { return "authorization: " + string(e.Problem) }

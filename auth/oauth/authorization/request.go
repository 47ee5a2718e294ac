package authorization

import (
	"slices"
	"time"
)

// A Request is what an application asks for, judged. It is stored, so that what a person
// sees is what is granted, and known by its id from then on.
type Request struct {
	ID          string    `json:"-"` // a random UUID
	ClientID    string    `json:"-"`
	RedirectURI string    `json:"redirect_uri"` // as sent, and registered
	State       []byte    `json:"state,omitempty"`
	Scopes      []string  `json:"scopes"`              // sorted
	Resources   []string  `json:"resources,omitempty"` // in the registered form; none: our own API
	Challenge   string    `json:"challenge,omitempty"` // of the method S256; "" for none
	Nonce       string    `json:"nonce,omitempty"`
	Prompt      []string  `json:"prompt,omitempty"`
	MaxAge      *int64    `json:"max_age,omitempty"` // seconds
	LoginHint   string    `json:"login_hint,omitempty"`
	Subject     string    `json:"subject,omitempty"` // the account of id_token_hint; "" for none
	Locales     []string  `json:"locales,omitempty"` // ui_locales, the preferred one first
	AskedAt     time.Time `json:"asked_at"`
}

// The values of the parameter prompt (OpenID Connect Core, 3.1.2.1).
const (
	promptNone    = "none"
	promptLogin   = "login"
	promptConsent = "consent"
	promptSelect  = "select_account"
)

// prompts reports whether the request asks for the prompt.
func (r *Request) prompts(name string) bool { return slices.Contains(r.Prompt, name) }

// accepts reports whether the session is recent enough for the request: one that began
// after it was made is.
func (r *Request) accepts(in *SignedIn, now time.Time) bool {
	if !in.AuthTime.Before(r.AskedAt) {
		return true
	}
	switch {
	case r.prompts(promptLogin):
		return false
	case r.Subject != "" && r.Subject != in.UserID:
		return false
	}
	return r.MaxAge == nil || *r.MaxAge > 0 && now.Sub(in.AuthTime) <= time.Duration(*r.MaxAge)*time.Second
}

// response returns the request's answer without its content.
func (r *Request) response(issuer string) *Response {
	return &Response{RedirectURI: r.RedirectURI, State: r.State, Issuer: issuer}
}

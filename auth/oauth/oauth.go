// Package oauth has the words that all of OAuth shares: errors, and codes.
package oauth

import "time"

// An ErrorCode is the value of the parameter error (RFC 6749, 4.1.2.1 and 5.2).
type ErrorCode string

// The error codes, and where they are registered.
const (
	InvalidRequest           ErrorCode = "invalid_request"            // RFC 6749
	UnauthorizedClient       ErrorCode = "unauthorized_client"        // RFC 6749
	AccessDenied             ErrorCode = "access_denied"              // RFC 6749
	UnsupportedResponseType  ErrorCode = "unsupported_response_type"  // RFC 6749
	InvalidScope             ErrorCode = "invalid_scope"              // RFC 6749
	ServerError              ErrorCode = "server_error"               // RFC 6749
	TemporarilyUnavailable   ErrorCode = "temporarily_unavailable"    // RFC 6749
	InvalidClient            ErrorCode = "invalid_client"             // RFC 6749
	InvalidGrant             ErrorCode = "invalid_grant"              // RFC 6749
	UnsupportedGrantType     ErrorCode = "unsupported_grant_type"     // RFC 6749
	InvalidToken             ErrorCode = "invalid_token"              // RFC 6750
	InsufficientScope        ErrorCode = "insufficient_scope"         // RFC 6750
	InvalidTarget            ErrorCode = "invalid_target"             // RFC 8707
	LoginRequired            ErrorCode = "login_required"             // OpenID Connect Core
	ConsentRequired          ErrorCode = "consent_required"           // OpenID Connect Core
	InteractionRequired      ErrorCode = "interaction_required"       // OpenID Connect Core
	AccountSelectionRequired ErrorCode = "account_selection_required" // OpenID Connect Core
	RequestNotSupported      ErrorCode = "request_not_supported"      // OpenID Connect Core
	RequestURINotSupported   ErrorCode = "request_uri_not_supported"  // OpenID Connect Core
)

// An Error is a refusal that a client sees. The description is one of a fixed set of
// sentences, and repeats nothing of the request.
type Error struct {
	Code        ErrorCode
	Description string
	Err         error // why, for the log; nil for no more than the description
}

// Error implements error.
func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Description
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// An AuthorizationCode is what a person's consent is exchanged for tokens with, once (RFC
// 6749, 4.1.2). The text that the client gets is made from the id, the seed and the secret
// of the deployment, as a refresh token is.
type AuthorizationCode struct {
	ID          string // UUIDv7
	Seed        []byte // random; the part that only the database has
	ClientID    string
	UserID      string
	Parent      string // the sign-in page's session
	RedirectURI string // as the request had it; the token request has to have the same
	Challenge   string // code_challenge of the method S256; "" for none
	Nonce       string
	Scopes      []string // what the person allowed of what was asked, sorted
	Resources   []string // identifiers
	AuthTime    time.Time
	AMR         []string
	ExpiresAt   time.Time
}

// CodeLifetime is how long a code works (RFC 6749, 4.1.2: ten minutes at most).
const CodeLifetime = 60 * time.Second

// The scopes of OpenID Connect (Core, 3.1.2.1, 5.4 and 11), and roles, which puts the
// person's roles into ID tokens. The schema gives them titles, except for offline_access,
// which opens no field.
const (
	OpenID        = "openid"
	Profile       = "profile"
	Email         = "email"
	Roles         = "roles"
	OfflineAccess = "offline_access"
)

package auth

import (
	"errors"
	"fmt"
	"time"
)

// The errors that a caller may test for. Clients see their texts, so they reveal
// nothing secret.
var (
	// ErrNotFound means that what was asked for does not exist. The errors below
	// that say what it was wrap it.
	ErrNotFound = errors.New("not found")
	// ErrUserNotFound means that no account has the id or email.
	ErrUserNotFound = fmt.Errorf("account %w", ErrNotFound)
	// ErrRoleNotFound means that no role has the name.
	ErrRoleNotFound = fmt.Errorf("role %w", ErrNotFound)
	// ErrSessionNotFound means that the account has no session with the id.
	ErrSessionNotFound = fmt.Errorf("session %w", ErrNotFound)

	// ErrInvalidCredentials is the one error of every failed login or confirmation.
	ErrInvalidCredentials = errors.New("email or password is wrong")
	// ErrStepUp means that the caller proved who they are too long ago.
	ErrStepUp = errors.New("you must prove again who you are")
	// ErrNoCredential means that a credential is required and missing.
	ErrNoCredential = errors.New("you are not logged in")
	// ErrTokenInvalid means that a credential is malformed, forged, or not one of
	// our access tokens.
	ErrTokenInvalid = errors.New("the access token is not valid")
	// ErrTokenExpired means that an access token was valid and has expired.
	ErrTokenExpired = errors.New("the access token has expired")
	// ErrSessionEnded means that an access token's session was logged out, revoked
	// or replaced.
	ErrSessionEnded = errors.New("the session has ended")
	// ErrKeyInvalid means that an API key is malformed, unknown, expired or revoked, or
	// that its owner is disabled. It does not say which.
	ErrKeyInvalid = errors.New("the API key is not valid")
	// ErrSeveralCredentials means that a request presents an API key and something else.
	ErrSeveralCredentials = errors.New("send one credential: an access token, or an API key in one place")
	// ErrRefreshInvalid means that a refresh token is missing, malformed, foreign,
	// expired, or belongs to an ended session.
	ErrRefreshInvalid = errors.New("the refresh token is not valid")
	// ErrRefreshReused means that a refresh token was used before. Its session has
	// been ended (RFC 9700, 4.14.2).
	ErrRefreshReused = errors.New("the refresh token was used before; the session has been ended")

	// ErrRank means that the roles of the account to change grant a scope that the
	// caller lacks.
	ErrRank = errors.New("this account's roles grant more than you have")
	// ErrRegistrationClosed means that the service registers no accounts.
	ErrRegistrationClosed = errors.New("registration is closed")
	// ErrNotOffered means that the service is set up without this.
	ErrNotOffered = errors.New("this service does not offer this; loginMethods says what it does")
	// ErrEmailUnproved means that the account's address has to be proved before its owner
	// can log in.
	ErrEmailUnproved = errors.New("open the link that we have sent to your email address, then log in")
	// ErrLastAdmin means that a change would leave no enabled administrator.
	ErrLastAdmin = errors.New("this is the last enabled administrator")

	// ErrUnavailable means that the database is away, or that too many passwords
	// wait to be hashed. The same request may work later.
	ErrUnavailable = errors.New("the service can't answer now, try again")
)

// A SubjectError is an error with the account or the session that it is about.
// Only the log tells them; a client sees the error alone.
type SubjectError struct {
	UserID    string // "" if it is not known
	SessionID string // "" if it is not known
	Err       error
}

// Error returns the text of the error alone.
func (e *SubjectError) Error() string { return e.Err.Error() }

// Unwrap returns the error alone.
func (e *SubjectError) Unwrap() error { return e.Err }

// An InputError is a value that can't be accepted.
type InputError struct {
	Field   string // the value's name, such as email; "" for none
	Message string // a sentence that says what is accepted; it never contains a secret
}

// Error returns the sentence.
func (e *InputError) Error() string { return e.Message }

// A ConflictError is a value that conflicts with the present state.
type ConflictError struct {
	Field   string // the value's name, such as email; "" for none
	Message string
}

// Error returns the sentence.
func (e *ConflictError) Error() string { return e.Message }

// A LimitError is an attempt that comes too soon after others.
type LimitError struct {
	After time.Duration // when to try again
}

// Error says when to try again.
func (e *LimitError) Error() string {
	if s := e.Seconds(); s > 1 {
		return fmt.Sprintf("too many attempts; try again in %d seconds", s)
	}
	return "too many attempts; try again in a second"
}

// Seconds is when to try again, in whole seconds, at least one.
func (e *LimitError) Seconds() int { return max(1, int((e.After+time.Second-1)/time.Second)) }

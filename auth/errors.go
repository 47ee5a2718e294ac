package auth

import (
	"errors"
	"fmt"
	"time"
)

// What a caller may test for. The texts are what a client sees, so they hold nothing that it must not.
var (
	// ErrNotFound is answered for a well-formed id that is nobody's.
	ErrNotFound = errors.New("there is no such account")
	// ErrNoSession is answered for a well-formed id that is no session of the caller's.
	ErrNoSession = errors.New("there is no such session")
	// ErrInvalidCredentials is the one answer to every login or confirmation that fails.
	ErrInvalidCredentials = errors.New("email or password is wrong")
	// ErrNoCredential is the lack of a credential where one is needed.
	ErrNoCredential = errors.New("you are not logged in")
	// ErrTokenInvalid is a credential that is malformed, forged, or not an access token of ours.
	ErrTokenInvalid = errors.New("the access token is not valid")
	// ErrTokenExpired is an access token that was good until it expired.
	ErrTokenExpired = errors.New("the access token has expired")
	// ErrSessionEnded is an access token of a session that was logged out, revoked or replaced.
	ErrSessionEnded = errors.New("the session has ended")
	// ErrRefreshInvalid is a refresh token that is missing, malformed, foreign, expired or of an ended session.
	ErrRefreshInvalid = errors.New("the refresh token is not valid")
	// ErrRefreshReused is a refresh token that was used before. Its session has been ended (RFC 9700, 4.14.2).
	ErrRefreshReused = errors.New("the refresh token was used before; the session has been ended")
	// ErrTwoRefreshTokens is a refresh token as an argument beside one in a cookie.
	ErrTwoRefreshTokens = errors.New("send the refresh token as an argument or as a cookie, not both")
	// ErrRank is a change to an account whose roles grant what the caller lacks.
	ErrRank = errors.New("this account's roles grant more than you have")
	// ErrRegistrationClosed is a register where the service takes none.
	ErrRegistrationClosed = errors.New("registration is closed")
	// ErrLastAdmin is a change that would leave nobody to administer the service.
	ErrLastAdmin = errors.New("this is the last enabled administrator")
	// ErrUnavailable is a dependency that can't answer now: the database is away, or too many passwords wait to be hashed.
	ErrUnavailable = errors.New("the service can't answer now, try again")
)

// An InputError is a value that can't be used.
type InputError struct {
	Field   string // the dotted path of the argument, such as input.email
	Message string // a sentence that says how to do it right; it never repeats the value of a secret
}

// Error returns the sentence.
func (e *InputError) Error() string { return e.Message }

// A ConflictError is a value that contradicts what is there.
type ConflictError struct {
	Field   string // the dotted path of the argument
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

// Seconds is when to try again in whole seconds, at least one.
func (e *LimitError) Seconds() int { return max(1, int((e.After+time.Second-1)/time.Second)) }

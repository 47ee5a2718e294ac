// Package factor names the ways in which a person shows who they are, and says what is asked
// for if one of them is not enough.
package factor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// The errors that a caller may test for.
var (
	// ErrMissing means that the account has a second factor, and the session that was to be
	// opened has none.
	ErrMissing = errors.New("the account's second factor is missing")
	// ErrNone means that the account has to set up a second factor first.
	ErrNone = errors.New("this account needs a second factor; log in on the page of your account, and set one up")
	// ErrOne means that the account has a second factor, and the caller's session was opened
	// without it.
	ErrOne = errors.New("log in with your second factor first")
)

// A Kind is a way in which a person shows who they are.
type Kind string

// The kinds of factors.
const (
	Password     Kind = "password"
	Passkey      Kind = "passkey"
	TOTP         Kind = "totp" // an authenticator app (RFC 6238)
	RecoveryCode Kind = "recovery_code"
	EmailCode    Kind = "email_code"
)

// A Rule says which accounts have to have a second factor. An account that has one is always
// asked for it.
type Rule string

// The rules.
const (
	Off      Rule = "off"      // no account can set one up
	Optional Rule = "optional" // each person decides
	Admins   Rule = "admins"   // administrators have to have one
	Required Rule = "required" // everyone has to have one
)

// Demands reports whether an account has to have a second factor.
func (r Rule) Demands(admin bool) bool { return r == Required || r == Admins && admin }

// A Challenge is stored in place of a session that lacks a factor.
type Challenge struct {
	ID        string // a UUID
	Seed      []byte // the part of its token that only the database has
	CreatedAt time.Time
	ExpiresAt time.Time
}

// A ChallengeError says that the first factor is right and another one is needed.
type ChallengeError struct {
	Token     string // with which the challenge is answered; a secret
	Methods   []Kind // that answer it
	ExpiresAt time.Time
}

// Error says what is missing. It does not have the token.
func (e *ChallengeError) Error() string { return "a second factor is needed; answer the challenge" }

// Passkeys are the passkeys of accounts.
type Passkeys interface {
	// Has reports whether the account has a passkey that works.
	Has(ctx context.Context, userID string) (bool, error)
	// Begin begins a ceremony in which the account's owner uses one of its passkeys. options
	// are for navigator.credentials.get.
	Begin(ctx context.Context, userID string) (ceremony string, options json.RawMessage, err error)
	// Verify ends the ceremony, and returns how the person was authenticated (RFC 8176).
	Verify(ctx context.Context, userID, ceremony string, credential json.RawMessage) (amr []string, err error)
}

// Combine returns how a person was authenticated who gave another factor after the first
// (RFC 8176): the values of both, and that there were several.
func Combine(first, second []string) []string {
	var all []string
	for _, value := range append(slices.Clone(first), second...) {
		if value != "user" && value != "mfa" && !slices.Contains(all, value) {
			all = append(all, value)
		}
	}
	return append(all, "mfa")
}

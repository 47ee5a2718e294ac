// Package token makes and reads what Gatehouse hands to its clients: access tokens (RFC 9068), which any service can
// verify through the published keys, and refresh tokens, which only the deployment that made them can read. It also
// holds the two kinds of secret behind them: the signing keys and the deployment's secret.
//
// It knows no users and no database, so that another service can import it for [Verifier] and [Remote] alone.
package token

import "errors"

var (
	// ErrInvalid is any token that is not ours or breaks a rule. What it wraps says which rule, for the log; it never
	// holds the token or a part of its payload.
	ErrInvalid = errors.New("token is invalid")

	// ErrExpired is an access token with which nothing is wrong but the time, its signature included.
	ErrExpired = errors.New("token has expired")

	// ErrKeysUnavailable is an issuer whose keys can't be had now, so that nothing is known about its tokens: the fault is
	// not the client's, and another try may do (503 rather than 401).
	ErrKeysUnavailable = errors.New("the issuer's keys are unavailable")

	// ErrOtherSecret is a sealed signing key, or an otherwise well-formed refresh token, that was made with a secret
	// which is neither the current nor the previous one.
	ErrOtherSecret = errors.New("made with another secret")
)

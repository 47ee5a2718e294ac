// Package token makes and verifies the tokens that Gatehouse gives its clients.
//
// Access tokens (RFC 9068) can be verified by any service that has the
// issuer's public keys: use [Verifier], with [Remote] to fetch the keys.
// Refresh tokens can be read only by the deployment that made them: see
// [Secrets]. The package also has the two kinds of secret behind the tokens:
// signing keys ([Key]) and the deployment's secret ([Secret]).
//
// It knows neither users nor a database, so that other services can import it.
package token

import "errors"

var (
	// ErrInvalid says that a token is not ours or breaks a rule. The error that
	// wraps it says which rule, for the log, and holds no part of the token.
	ErrInvalid = errors.New("token is invalid")

	// ErrExpired says that an access token has expired and is good otherwise,
	// signature included.
	ErrExpired = errors.New("token has expired")

	// ErrTooLarge says that an access token with these claims would be larger than
	// 8 kB, so that verifiers would refuse it.
	ErrTooLarge = errors.New("larger than 8192 bytes")

	// ErrKeysUnavailable says that the issuer's keys can't be had now, so that we
	// don't know whether a token is good. That is not the client's fault, and a
	// retry may succeed: answer 503, not 401.
	ErrKeysUnavailable = errors.New("the issuer's keys are unavailable")

	// ErrOtherSecret says that a sealed signing key, or a refresh token of the
	// right form, was made with a secret that is neither the current nor the
	// previous one.
	ErrOtherSecret = errors.New("made with another secret")

	// ErrInconsistent says that the halves or the numbers of a private key don't
	// belong to one key.
	ErrInconsistent = errors.New("the key is damaged: its numbers are truncated or do not belong together")
)

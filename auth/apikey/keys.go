// Package apikey makes, verifies and ends API keys.
//
// A key acts for the account that owns it, with the scopes that it was given and
// that its owner has at that moment. [Keys] makes and ends keys, and an
// [Authenticator] turns the text of one into a caller.
package apikey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/revocation"
)

// A Key is an API key, without its text.
type Key struct {
	ID         string // UUIDv7
	UserID     string // of the owner
	Name       string
	Hint       string   // how the text begins
	Scopes     []string // sorted
	CreatedAt  time.Time
	ExpiresAt  *time.Time // nil: never
	LastUsedAt *time.Time // to the minute
	LastUsedIP *string

	Digest  []byte // of the text's random part; nil in a list
	Rotated bool   // another key took its place
}

// A NewKey is a key that was just made. Its text is in no other answer.
type NewKey struct {
	Key    string
	APIKey *Key
}

// ErrNotFound means that the account has no key with the id that still works.
var ErrNotFound = fmt.Errorf("API key %w", auth.ErrNotFound)

// ErrByKey means that the caller of a change of keys is one. The schema refuses a
// person's key; a service account's key is met here alone.
var ErrByKey = errors.New("an API key can't end API keys; an administrator can, with revokeAnyApiKey")

// MaxPerUser is how many keys an account has at most, besides those that were rotated
// and still work. Of both together it has at most twice as many.
const MaxPerUser = 50

// Store persists keys. Each method that changes something is one atomic step.
type Store interface {
	// CreateAPIKey stores a key. It returns a [*auth.ConflictError] if the account has
	// too many, and [auth.ErrUserNotFound] if it does not exist or is disabled.
	CreateAPIKey(ctx context.Context, k *Key) error
	// RotateAPIKey stores the successor of the account's key, which successor returns,
	// and ends the key itself after that time. It returns [ErrNotFound], and a
	// [*auth.ConflictError] if the key has a successor already.
	RotateAPIKey(ctx context.Context, userID, id string, overlap time.Duration, successor func(old *Key) (*Key, error)) error
	// RevokeAPIKey ends a key of the account, or of any account of the kind if userID is
	// "". If it has ended already, nothing happens. It returns [ErrNotFound].
	RevokeAPIKey(ctx context.Context, userID, id string) error
	// RevokeAPIKeys ends all keys of the account, and returns how many. It returns
	// [auth.ErrUserNotFound].
	RevokeAPIKeys(ctx context.Context, userID string) (int, error)
	// APIKeys returns the account's keys that work, the newest first, at most limit.
	APIKeys(ctx context.Context, userID string, limit int) ([]*Key, error)
}

// Keys makes, lists and ends keys.
type Keys struct {
	Store    Store
	Accounts *auth.Accounts
	MaxAge   time.Duration // 0: keys may work for ever
	Now      func() time.Time
}

// maxPage is how many keys a list holds at most: all that an account can have.
const maxPage = 2 * MaxPerUser

// Of returns the account's keys that work, the newest first, at most first. It
// returns an [*auth.InputError] if first is out of range.
func (k *Keys) Of(ctx context.Context, u *auth.User, first *int) ([]*Key, error) {
	limit := maxPage
	if first != nil {
		limit = *first
	}
	if limit < 0 || limit > maxPage {
		return nil, &auth.InputError{Field: "first", Message: "The list holds 0 to 100 API keys."}
	}
	return k.Store.APIKeys(ctx, u.ID, limit)
}

// Revoke ends one of the caller's own keys at once and returns its id. It returns
// [ErrNotFound], [ErrByKey], and an [*auth.InputError] if the id is not a UUID.
func (k *Keys) Revoke(ctx context.Context, id string) (string, error) {
	p := auth.Caller(ctx)
	switch {
	case p == nil:
		return "", auth.ErrNoCredential
	case p.KeyID != "":
		return "", ErrByKey
	}
	return k.revoke(ctx, p.ID, id)
}

// RevokeAny ends a key of any account at once and returns its id. It returns
// [ErrNotFound], and an [*auth.InputError] if the id is not a UUID.
func (k *Keys) RevokeAny(ctx context.Context, id string) (string, error) {
	return k.revoke(ctx, "", id)
}

func (k *Keys) revoke(ctx context.Context, userID, id string) (string, error) {
	id, err := parseID("id", id)
	if err != nil {
		return "", err
	}
	if err := k.Store.RevokeAPIKey(ctx, userID, id); err != nil {
		return "", err
	}
	// This replica refuses the key at once, also if another one ended it a moment ago.
	k.Accounts.Revocations.Apply(revocation.Change{Session: id, At: k.Now()})
	return id, nil
}

// RevokeAll ends all keys of an account and returns how many. It returns
// [auth.ErrUserNotFound], and an [*auth.InputError] if the id is not a UUID.
func (k *Keys) RevokeAll(ctx context.Context, userID string) (int, error) {
	id, err := parseID("userId", userID)
	if err != nil {
		return 0, err
	}
	return k.Store.RevokeAPIKeys(ctx, id)
}

// parseID returns a UUID in its canonical form, or an [*auth.InputError] for the field.
func parseID(field, id string) (string, error) {
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != 36 {
		return "", &auth.InputError{Field: field, Message: "An id is a UUID, such as 0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63."}
	}
	return parsed.String(), nil
}

package clients

import (
	"context"

	"gatehouse/auth"
)

// GrantStore persists grants.
type GrantStore interface {
	// Grants returns what the account allowed, the newest first, at most limit.
	Grants(ctx context.Context, userID string, limit int) ([]*Grant, error)
	// RevokeGrant deletes a grant, and ends the sessions that it made and the codes. It
	// returns [ErrGrantNotFound].
	RevokeGrant(ctx context.Context, userID, clientID string) error
}

// Grants lists and takes back what people allowed applications.
type Grants struct {
	Store GrantStore
}

// Of returns what the account allowed, the newest first, at most first. It returns an
// [*auth.InputError] if first is out of range.
func (g *Grants) Of(ctx context.Context, u *auth.User, first *int) ([]*Grant, error) {
	limit := maxPage
	if first != nil {
		limit = *first
	}
	if limit < 0 || limit > maxPage {
		return nil, &auth.InputError{Field: "first", Message: "The list holds 0 to 100 grants."}
	}
	return g.Store.Grants(ctx, u.ID, limit)
}

// Revoke takes back what the caller allowed the client, and returns its id. It returns
// [ErrGrantNotFound].
func (g *Grants) Revoke(ctx context.Context, clientID string) (string, error) {
	p := auth.Caller(ctx)
	if p == nil {
		return "", auth.ErrNoCredential
	}
	if !isID(clientID) {
		return "", ErrGrantNotFound
	}
	return clientID, g.Store.RevokeGrant(ctx, p.ID, clientID)
}

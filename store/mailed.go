package store

import (
	"context"

	"gatehouse/auth"
	"gatehouse/store/apikeys"
	"gatehouse/store/changes"
	"gatehouse/store/factors"
	"gatehouse/store/sessions"
)

// accounts changes accounts and sessions in the transactions of [proofs.Proofs].
type accounts struct{}

// Change implements proofs.Accounts.
func (accounts) Change(ctx context.Context, c *changes.Tx, id string, change func(*auth.User) error) error {
	return within(c, func(t *tx) error {
		_, err := t.changeUser(ctx, id, change)
		return err
	})
}

// Share implements proofs.Accounts.
func (accounts) Share(ctx context.Context, c *changes.Tx, id string) (*auth.User, error) {
	const query = `SELECT ` + userColumns + ` FROM users u WHERE u.id = $1 FOR SHARE`

	var row userRow
	if err := c.GetContext(ctx, &row, query, id); err != nil {
		return nil, missing(err, auth.ErrUserNotFound)
	}
	return row.user(), nil
}

// Insert implements proofs.Accounts.
func (accounts) Insert(ctx context.Context, c *changes.Tx, credential *auth.Credential, key string, s *auth.Session) error {
	return within(c, func(t *tx) error { return t.insertUser(ctx, credential, key, s) })
}

// OpenSession implements proofs.Accounts.
func (accounts) OpenSession(ctx context.Context, c *changes.Tx, s *auth.Session, life auth.Lifetimes) error {
	return sessions.Open(ctx, c, s, life)
}

// EndSessions implements proofs.Accounts.
func (accounts) EndSessions(ctx context.Context, c *changes.Tx, userID, reason string) error {
	return within(c, func(t *tx) error { return t.endSessions(ctx, userID, "", reason) })
}

// ClearFactors implements proofs.Accounts.
func (accounts) ClearFactors(ctx context.Context, c *changes.Tx, userID string) error {
	return factors.Clear(ctx, c, userID)
}

// EndKeys implements proofs.Accounts.
func (accounts) EndKeys(ctx context.Context, c *changes.Tx, userID string) error {
	return apikeys.End(ctx, c, userID)
}

// within runs work in a transaction that another package began, which gets the changes
// that work makes.
func within(c *changes.Tx, work func(*tx) error) error {
	t := &tx{*c}
	err := work(t)
	c.Made = t.Made
	return err
}

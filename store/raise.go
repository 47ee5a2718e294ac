package store

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/proof"
	"gatehouse/auth/reauth"
	"gatehouse/store/proofs"
)

// RaiseSession notes in a person's own session that they have just shown who they are, and returns
// it as it is then. Nothing that a refresh reads changes: its refresh token stays the same, and
// works as long. RaiseSession returns [auth.ErrInvalidCredentials] if the hash is not the stored
// one or the account has a second factor that was not used, [proof.ErrInvalid] if the claim can't be used up or is another account's, and
// [auth.ErrSessionEnded] if the session has ended or begun another generation.
func (s *Store) RaiseSession(ctx context.Context, r reauth.Raise, life auth.Lifetimes) (*auth.Session, *auth.User, error) {
	const query = `
		UPDATE sessions s
		SET auth_time = $7, amr = $4
		FROM users u
		WHERE s.id = $1 AND s.user_id = $2 AND s.generation = $3 AND s.kind = 'own' AND s.ended_at IS NULL
			AND s.refreshed_at > now() - make_interval(secs => $5) AND s.created_at > now() - make_interval(secs => $6)
			AND u.id = s.user_id AND NOT u.disabled
		RETURNING ` + sessionColumns + `, ` + userColumns

	var row sessionRow
	err := s.transact(ctx, func(t *tx) error {
		if err := t.authenticated(ctx, r); err != nil {
			return err
		}
		return missing(t.GetContext(ctx, &row, query, r.SessionID, r.UserID, r.Generation, pq.Array(r.AMR), life.Idle.Seconds(),
			life.Absolute.Seconds(), r.AuthTime), auth.ErrSessionEnded)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("raise session %q: %w", r.SessionID, err)
	}
	return row.session(), row.user(), nil
}

// authenticated holds what shows who the person is until the transaction ends. If the account has
// got a second factor meanwhile, one is not enough.
func (t *tx) authenticated(ctx context.Context, r reauth.Raise) error {
	const held = `
		SELECT id
		FROM users
		WHERE id = $1 AND ($2 = '' OR password_hash = $2) AND (factors = 0 OR $3) AND NOT disabled
		FOR SHARE`

	if r.Claim != nil {
		subject, err := proofs.Use(ctx, &t.Tx, r.Claim)
		switch {
		case err != nil:
			return err
		case subject.UserID != r.UserID:
			return proof.ErrInvalid
		}
	}
	var id string
	err := t.GetContext(ctx, &id, held, r.UserID, r.Hash, auth.FactorsOf(r.AMR) > 1)
	return missing(err, auth.ErrInvalidCredentials)
}

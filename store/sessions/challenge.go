package sessions

import (
	"context"
	"encoding/json"

	"gatehouse/auth"
	"gatehouse/store/changes"
)

// Stamp is a digest of what the account u is like. A new password or address gives another
// one, also if a release before made the change.
const Stamp = `substr(sha256(convert_to(u.stamp || ' ' || u.email_key || ' ' || u.password_hash, 'UTF8')), 1, 16)`

// A Challenged is what the database keeps of a session that lacks a factor.
type Challenged struct {
	Kind     auth.SessionKind `json:"kind"`
	AMR      []string         `json:"amr"`
	Limited  bool             `json:"limited"`
	Scopes   []string         `json:"scopes"`
	Ceremony string           `json:"ceremony,omitempty"` // of the passkey that may answer it
}

// insertChallenge stores the challenge of a session that lacks a factor.
func insertChallenge(ctx context.Context, t *changes.Tx, s *auth.Session) error {
	const query = `
		INSERT INTO proofs (id, purpose, subject_key, user_id, stamp, seed, data, created_at, sent_at, expires_at)
		SELECT $1, 'challenge', u.id::text, u.id, ` + Stamp + `, $3, $4, $5::timestamptz, $5, $6
		FROM users u
		WHERE u.id = $2`

	kept := Challenged{Kind: s.Kind, AMR: s.AMR, Limited: s.Limit != nil}
	if s.Limit != nil {
		kept.Scopes = s.Limit.Scopes
	}
	data, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	c := s.Challenge
	_, err = t.ExecContext(ctx, query, c.ID, s.UserID, c.Seed, data, c.CreatedAt, c.ExpiresAt)
	return err
}

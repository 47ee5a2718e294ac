package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"gatehouse/auth"
)

// SessionState returns the state of a session or an API key, its account, and what roles
// grant. It returns [auth.ErrUnavailable].
func (s *Store) SessionState(ctx context.Context, sessionID, userID string) (*auth.SessionState, error) {
	const query = `
		SELECT s.ended_at IS NOT NULL OR u.disabled AS ended, s.generation, u.roles, s.scope_limit IS NOT NULL AS limited, s.scope_limit
		FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.id = $1 AND u.id = $2
		UNION ALL
		SELECT k.ended_at IS NOT NULL OR coalesce(k.expires_at <= now(), false) OR u.disabled, k.generation, u.roles, true, k.scopes
		FROM api_keys k JOIN users u ON u.id = k.user_id
		WHERE k.id = $1 AND u.id = $2`

	var row struct {
		Ended      bool           `db:"ended"`
		Generation int            `db:"generation"`
		Roles      pq.StringArray `db:"roles"`
		Limited    bool           `db:"limited"`
		ScopeLimit pq.StringArray `db:"scope_limit"`
	}
	err := s.get(ctx, &row, query, sessionID, userID)
	if errors.Is(err, sql.ErrNoRows) {
		return &auth.SessionState{Ended: true}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state of session %q: %w", sessionID, known(ctx, err))
	}
	roles, err := s.Roles(ctx)
	if err != nil {
		return nil, err
	}
	grants := make(map[string][]string, len(roles))
	for _, r := range roles {
		grants[r.Name] = r.Scopes
	}
	state := &auth.SessionState{Ended: row.Ended, Generation: row.Generation, Roles: row.Roles, Grants: grants}
	if row.Limited {
		state.Limit = &auth.Limit{Scopes: row.ScopeLimit}
	}
	return state, nil
}

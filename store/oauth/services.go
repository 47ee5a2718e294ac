package oauth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/store/changes"
	clientstore "gatehouse/store/clients"
	"gatehouse/store/postgres"
	"gatehouse/store/sessions"
)

// ServiceSession returns the session in which the client acts for itself, and its account, and notes
// that it was used. If the client has none that lasts, s becomes it: one that will have expired before
// the absolute lifetime's second half ends is replaced in time. It returns [auth.ErrNotFound] if the
// account or the client does not exist or is disabled.
func (t *Tables) ServiceSession(
	ctx context.Context, s *auth.Session, life auth.Lifetimes,
) (session *auth.Session, user *auth.User, err error) {
	err = t.Transact(ctx, func(tx *changes.Tx) error {
		session, user, err = serviceSession(ctx, tx, s, life)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("session of service account %q: %w", s.UserID, err)
	}
	return session, user, nil
}

func serviceSession(
	ctx context.Context, tx *changes.Tx, s *auth.Session, life auth.Lifetimes,
) (*auth.Session, *auth.User, error) {
	const use = `
		UPDATE sessions
		SET refreshed_at = now()
		WHERE id = $1 AND user_id = $2 AND client_id = $3 AND kind = 'service' AND ended_at IS NULL
			AND created_at > now() - make_interval(secs => $4)
		RETURNING generation, auth_time, created_at`
	const point = `UPDATE clients SET service_session_id = $2 WHERE id = $1`

	user, err := lockedUser(ctx, tx, s.UserID)
	if err != nil {
		return nil, nil, err
	}
	if user.Disabled || user.Kind != auth.Service {
		return nil, nil, auth.ErrUserNotFound
	}
	client, err := clientstore.Hold(ctx, tx, s.ClientID)
	if errors.Is(err, clients.ErrNotFound) {
		return nil, nil, auth.ErrNotFound
	}
	if err != nil {
		return nil, nil, err
	}
	if client.ServiceSessionID != nil {
		var row struct {
			Generation int          `db:"generation"`
			AuthTime   postgres.UTC `db:"auth_time"`
			CreatedAt  postgres.UTC `db:"created_at"`
		}
		err := tx.GetContext(ctx, &row, use, *client.ServiceSessionID, s.UserID, s.ClientID, life.Absolute.Seconds()/2)
		if err == nil {
			known := *s
			known.ID, known.Generation = *client.ServiceSessionID, row.Generation
			known.AuthTime, known.CreatedAt = row.AuthTime.Time, row.CreatedAt.Time
			return &known, user, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return nil, nil, err
		}
	}
	if err := sessions.Insert(ctx, tx, s); err != nil {
		return nil, nil, err
	}
	_, err = tx.ExecContext(ctx, point, s.ClientID, s.ID)
	return s, user, err
}

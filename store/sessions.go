package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

// sessionColumns are the columns of sessionRow beside the user's.
const sessionColumns = `
	s.id AS session_id, s.user_id, s.seed, s.counter, s.generation, s.scope_limit IS NOT NULL AS limited, s.scope_limit,
	s.auth_time, s.amr, s.created_at AS opened_at, s.refreshed_at, s.ip, s.user_agent`

type sessionRow struct {
	userRow
	SessionID  string         `db:"session_id"`
	UserID     string         `db:"user_id"`
	Seed       []byte         `db:"seed"`
	Counter    int64          `db:"counter"`
	Generation int            `db:"generation"`
	Limited    bool           `db:"limited"`
	ScopeLimit pq.StringArray `db:"scope_limit"`
	AuthTime   time.Time      `db:"auth_time"`
	AMR        pq.StringArray `db:"amr"`
	OpenedAt   time.Time      `db:"opened_at"`
	Refreshed  time.Time      `db:"refreshed_at"`
	IP         string         `db:"ip"`
	UserAgent  string         `db:"user_agent"`
}

func (r *sessionRow) session() *auth.Session {
	s := &auth.Session{
		ID: r.SessionID, UserID: r.UserID, Seed: r.Seed, Counter: r.Counter, Generation: r.Generation,
		AuthTime: r.AuthTime, AMR: r.AMR, CreatedAt: r.OpenedAt, LastUsedAt: r.Refreshed,
		Sender: auth.Sender{IP: r.IP, UserAgent: r.UserAgent},
	}
	if r.Limited {
		s.Limit = &auth.Limit{Scopes: r.ScopeLimit}
	}
	return s
}

// CreateUser keeps a new account whose canonical address is key, and a first session of it if s is not nil.
// A taken address is a *auth.ConflictError.
func (s *Store) CreateUser(ctx context.Context, c *auth.Credential, key string, session *auth.Session) error {
	const query = `
		INSERT INTO users (id, email, email_key, email_folded, name, name_folded, password_hash, roles, created_at, updated_at, last_login_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)`

	err := s.transact(ctx, func(t *tx) error {
		u := c.User
		if err := t.haveRoles(ctx, u.Roles); err != nil {
			return err
		}
		var login *time.Time
		if session != nil {
			login = &u.CreatedAt
		}
		_, err := t.ExecContext(ctx, query, u.ID, u.Email, key, auth.Fold(u.Email), u.Name, folded(u.Name), c.Hash,
			pq.Array(u.Roles), u.CreatedAt, login)
		if err != nil {
			return conflict(err)
		}
		if session == nil {
			return nil
		}
		return t.insertSession(ctx, session)
	})
	if err != nil {
		return fmt.Errorf("create user: %w", err)
	}
	return nil
}

// OpenSession logs the account in: it keeps the session, ends the oldest ones over the limit, and returns the account.
// auth.ErrInvalidCredentials unless the account is enabled and its password still has that hash. The account's row stays locked until the
// session is there, so that whoever disables the account finds it.
func (s *Store) OpenSession(ctx context.Context, session *auth.Session, hash string, life auth.Lifetimes) (*auth.User, error) {
	const query = `
		UPDATE users u
		SET last_login_at = now()
		WHERE u.id = $1 AND u.password_hash = $2 AND NOT u.disabled
		RETURNING ` + userColumns

	var row userRow
	err := s.transact(ctx, func(t *tx) error {
		err := t.GetContext(ctx, &row, query, session.UserID, hash)
		if errors.Is(known(err), auth.ErrNotFound) {
			return auth.ErrInvalidCredentials
		}
		if err != nil {
			return err
		}
		if err := t.insertSession(ctx, session); err != nil {
			return err
		}
		return t.endOldest(ctx, session.UserID, life)
	})
	if err != nil {
		return nil, fmt.Errorf("open a session of user %q: %w", session.UserID, err)
	}
	return row.user(), nil
}

func (t *tx) insertSession(ctx context.Context, s *auth.Session) error {
	const query = `
		INSERT INTO sessions (id, user_id, seed, scope_limit, auth_time, amr, ip, user_agent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

	var limit any
	if s.Limit != nil {
		limit = pq.Array(s.Limit.Scopes)
	}
	_, err := t.ExecContext(ctx, query, s.ID, s.UserID, s.Seed, limit, s.AuthTime, pq.Array(append([]string{}, s.AMR...)), text(s.IP), text(s.UserAgent))
	return err
}

// text is what of a header can be kept: valid UTF-8 without NUL, of bounded length.
func text(s string) string {
	const limit = 512
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// endOldest ends the account's oldest sessions over the limit. One that nobody refreshed in time is over already, and takes no place.
func (t *tx) endOldest(ctx context.Context, userID string, life auth.Lifetimes) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'too_many_sessions'
		WHERE id IN (
			SELECT id
			FROM sessions
			WHERE user_id = $1 AND ended_at IS NULL
				AND refreshed_at > now() - make_interval(secs => $3) AND created_at > now() - make_interval(secs => $4)
			ORDER BY created_at DESC, id DESC
			OFFSET $2)
		RETURNING id`

	return t.ended(ctx, query, userID, life.PerUser, life.Idle.Seconds(), life.Absolute.Seconds())
}

// endSessions ends the account's sessions, all but the one with the id except. They are locked in the order of their ids, as by
// RevokeEverySession, so that neither waits for the other for ever.
func (t *tx) endSessions(ctx context.Context, userID, except, reason string) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = $3
		WHERE id = ANY (ARRAY(
			SELECT id
			FROM sessions
			WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM nullif($2, '')::uuid
			ORDER BY id
			FOR UPDATE))
		RETURNING id`

	return t.ended(ctx, query, userID, except, reason)
}

// ended runs a query that ends sessions and returns their ids, and notes each.
func (t *tx) ended(ctx context.Context, query string, args ...any) error {
	var ids []string
	if err := t.SelectContext(ctx, &ids, query, args...); err != nil {
		return err
	}
	return t.noteEnded(ctx, ids)
}

// EndSession ends a session, if it is one that goes on.
func (s *Store) EndSession(ctx context.Context, id string) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'logout'
		WHERE id = $1 AND ended_at IS NULL
		RETURNING id`

	err := s.transact(ctx, func(t *tx) error { return t.ended(ctx, query, id) })
	if err != nil {
		return fmt.Errorf("end session %q: %w", id, err)
	}
	return nil
}

// EndSessionOf ends the session that the refresh token belongs to, if the token was ever one of it.
func (s *Store) EndSessionOf(ctx context.Context, r *token.Refresh) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'logout'
		WHERE id = $1 AND counter >= $2 AND ended_at IS NULL AND substr(sha256($3 || seed), 1, 16) = $4
		RETURNING id`

	err := s.transact(ctx, func(t *tx) error {
		return t.ended(ctx, query, r.SessionID, r.Counter, r.ProofKey(), r.Proof())
	})
	if err != nil {
		return fmt.Errorf("end session %q: %w", r.SessionID, err)
	}
	return nil
}

// ReplacePassword sets the new hash where the old one still stands, ends all sessions of the account but the one given, and begins a new
// generation of that one with the seed given, so that none of its earlier tokens works.
// auth.ErrInvalidCredentials if the old hash does not stand; auth.ErrSessionEnded if the session has ended.
func (s *Store) ReplacePassword(ctx context.Context, userID, old, hash, sessionID string, seed []byte) (*auth.Session, *auth.User, error) {
	const replace = `
		UPDATE users
		SET password_hash = $3, updated_at = now()
		WHERE id = $1 AND password_hash = $2 AND NOT disabled
		RETURNING id`
	const renew = `
		UPDATE sessions s
		SET seed = $3, counter = s.counter + 1, generation = s.generation + 1, refreshed_at = now(), auth_time = now()
		FROM users u
		WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND u.id = s.user_id
		RETURNING ` + sessionColumns + `, ` + userColumns

	var row sessionRow
	err := s.transact(ctx, func(t *tx) error {
		var id string
		if err := missing(t.GetContext(ctx, &id, replace, userID, old, hash), auth.ErrInvalidCredentials); err != nil {
			return err
		}
		if err := missing(t.GetContext(ctx, &row, renew, sessionID, userID, seed), auth.ErrSessionEnded); err != nil {
			return err
		}
		if err := t.note(ctx, auth.Change{Session: sessionID, Generation: row.Generation}); err != nil {
			return err
		}
		return t.endSessions(ctx, userID, sessionID, "password_changed")
	})
	if err != nil {
		return nil, nil, fmt.Errorf("replace the password of user %q: %w", userID, err)
	}
	return row.session(), row.user(), nil
}

// missing says what it means that no row was found.
func missing(err, means error) error {
	if errors.Is(known(err), auth.ErrNotFound) {
		return means
	}
	return err
}

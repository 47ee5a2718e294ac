// Package proofs persists what links and codes in mails prove, and the mails themselves.
package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth"
	"gatehouse/auth/proof"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
	"gatehouse/store/sessions"
)

// Accounts changes accounts and sessions within a transaction.
type Accounts interface {
	// Change locks the account, lets change modify it, and stores the result. It returns
	// the errors of [auth.UserStore].
	Change(ctx context.Context, tx *changes.Tx, id string, change func(*auth.User) error) error
	// Share returns the account, which nothing changes until the transaction ends. It
	// returns [auth.ErrUserNotFound].
	Share(ctx context.Context, tx *changes.Tx, id string) (*auth.User, error)
	// Insert stores an account, and its first session if s is not nil.
	Insert(ctx context.Context, tx *changes.Tx, c *auth.Credential, key string, s *auth.Session) error
	// OpenSession logs the account in: it stores a session, or its challenge, and ends the
	// oldest sessions over the limit. It returns [factor.ErrMissing].
	OpenSession(ctx context.Context, tx *changes.Tx, s *auth.Session, life auth.Lifetimes) error
	// EndSessions ends the account's sessions.
	EndSessions(ctx context.Context, tx *changes.Tx, userID, reason string) error
	// ClearFactors removes the account's second factors.
	ClearFactors(ctx context.Context, tx *changes.Tx, userID string) error
	// EndKeys ends the account's API keys.
	EndKeys(ctx context.Context, tx *changes.Tx, userID string) error
}

// Proofs are the tables of proofs and mails in a database.
type Proofs struct {
	Statements *postgres.Statements
	Accounts   Accounts
	// Transact runs work in a transaction whose changes are announced.
	Transact func(ctx context.Context, work func(*changes.Tx) error) error
	// Known maps a database error to the auth error it stands for.
	Known func(ctx context.Context, err error) error
}

// stamp is a digest of what an account is like.
const stamp = sessions.Stamp

// sends is the condition that a mail is sent: the last one was long enough ago, or went
// elsewhere, and there were not too many. $14 is how long, in seconds, $15 how many.
const sends = `((SELECT n FROM recent) < $15 AND (p.sent_at <= excluded.sent_at - make_interval(secs => $14) OR p.subject_key <> excluded.subject_key))`

// renews is the condition that an open proof becomes another one, whose link is new: its
// end comes too soon for a mail that is sent now. Without a mail, the link of the last one
// goes on working. $12 is how long a link works, $13 how long at most, in seconds.
const renews = `(` + sends + ` AND (p.subject_key <> excluded.subject_key OR p.stamp <> excluded.stamp OR p.expires_at <= excluded.created_at
	OR p.created_at + make_interval(secs => $13::double precision - $12::double precision / 2) <= excluded.created_at))`

// open are the purposes of which an address has one open proof.
const open = `used_at IS NULL AND purpose IN ('verify_email', 'reset_password', 'login', 'registration', 'invitation')`

// The statements that make a proof, or find the open one that conflicts, and queue its mail
// unless one was sent a moment ago or too many were: for an address, and for the change of
// an account's.
const (
	asks       = beginsAsking + `(purpose, subject_key) WHERE ` + open + endsAsking
	asksChange = beginsAsking + `(user_id) WHERE used_at IS NULL AND purpose = 'change_email'` + endsAsking

	beginsAsking = `
		WITH recent AS MATERIALIZED (
			SELECT count(*) AS n FROM mails m WHERE m.address_key = $3 AND m.kind = $2 AND m.created_at > $8::timestamptz - interval '1 hour'
		), asked AS (
			INSERT INTO proofs AS p (id, purpose, subject_key, user_id, stamp, session_id, seed, data, created_at, sent_at, mail_id, expires_at)
			VALUES ($1, $2, $3, nullif($4, '')::uuid, (SELECT ` + stamp + ` FROM users u WHERE u.id = nullif($4, '')::uuid), nullif($5, '')::uuid,
				$6, $7, $8::timestamptz, $8::timestamptz, $9::uuid, $8::timestamptz + make_interval(secs => $12::double precision))
			ON CONFLICT `
	endsAsking = ` DO UPDATE
			SET seed = CASE WHEN ` + renews + ` THEN excluded.seed ELSE p.seed END,
				tries = CASE WHEN ` + renews + ` THEN 0 ELSE p.tries END,
				created_at = CASE WHEN ` + renews + ` THEN excluded.created_at ELSE p.created_at END,
				user_id = CASE WHEN ` + renews + ` THEN excluded.user_id ELSE p.user_id END,
				stamp = CASE WHEN ` + renews + ` THEN excluded.stamp ELSE p.stamp END,
				expires_at = CASE WHEN ` + renews + ` THEN excluded.expires_at
					WHEN ` + sends + ` THEN least(excluded.expires_at, p.created_at + make_interval(secs => $13::double precision))
					ELSE p.expires_at END,
				sent_at = CASE WHEN ` + sends + ` THEN excluded.sent_at ELSE p.sent_at END,
				mail_id = CASE WHEN ` + sends + ` THEN excluded.mail_id ELSE p.mail_id END,
				subject_key = excluded.subject_key, session_id = excluded.session_id, data = excluded.data
			RETURNING p.id, p.created_at, p.expires_at, p.mail_id = $9::uuid AS due
		), mailed AS (
			INSERT INTO mails (id, kind, address, address_key, proof_id, data, created_at, due_at)
			SELECT $9::uuid, $2, $10::text, $3, asked.id, $11::jsonb, $8::timestamptz, $8::timestamptz
			FROM asked, recent
			WHERE due AND n < $15
		)
		SELECT id, created_at, expires_at FROM asked`
)

// Ask makes a proof, or finds the one that is open, and queues its mail unless one was
// sent a moment ago or too many were. It runs one statement, the same for each address,
// and reads no account but the one given.
func (t *Proofs) Ask(ctx context.Context, a *proof.Ask) (*proof.Open, error) {
	row, err := ask(a, func(query string, args []any) (row openRow, err error) {
		err = t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &row, args...) })
		return row, t.Known(ctx, err)
	})
	if err != nil {
		return nil, fmt.Errorf("ask for a proof (%s): %w", a.Purpose, err)
	}
	return row, nil
}

// openRow is a row of the statement that asks.
type openRow struct {
	ID        string       `db:"id"`
	CreatedAt postgres.UTC `db:"created_at"`
	ExpiresAt postgres.UTC `db:"expires_at"`
}

// ask runs the statement that asks.
func ask(a *proof.Ask, run func(query string, args []any) (openRow, error)) (*proof.Open, error) {
	query := asks
	if a.Purpose == proof.ChangeEmail {
		query = asksChange
	}
	data, err := json.Marshal(a.Data)
	if err != nil {
		return nil, err
	}
	letter, err := json.Marshal(map[string]any{"locale": a.Locale})
	if err != nil {
		return nil, err
	}
	row, err := run(query, []any{
		a.ID, string(a.Purpose), a.Key, a.UserID, a.SessionID, a.Seed, object(data), a.Now, a.MailID, a.Address, letter,
		a.Life.Seconds(), a.Most.Seconds(), proof.Spacing.Seconds(), proof.PerHour,
	})
	return &proof.Open{ID: row.ID, CreatedAt: row.CreatedAt.Time, ExpiresAt: row.ExpiresAt.Time}, err
}

// object returns JSON of an object, which is null for a nil map.
func object(data []byte) []byte {
	if string(data) == "null" {
		return []byte("{}")
	}
	return data
}

// AskChange is Ask for the change of an account's address, which it notes, and queues a
// notice to the present one.
func (t *Proofs) AskChange(ctx context.Context, a *proof.Ask, notice *auth.User) error {
	const note = `UPDATE users SET pending_email = $2 WHERE id = $1 AND NOT disabled`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		if err := lock(ctx, tx, a.UserID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, note, a.UserID, a.Address); err != nil {
			return err
		}
		_, err := ask(a, func(query string, args []any) (row openRow, err error) {
			return row, tx.GetContext(ctx, &row, query, args...)
		})
		if err != nil {
			return err
		}
		return notify(ctx, tx, notification{kind: "change_requested", user: notice, at: a.Now, data: map[string]any{"new": a.Address, "locale": a.Locale}})
	})
	if err != nil {
		return fmt.Errorf("ask for a change of the address of user %q: %w", a.UserID, err)
	}
	return nil
}

// Try counts a code that is tried, and returns the seed of the proof. It returns
// [proof.ErrInvalid] if it does not exist or most were tried already.
func (t *Proofs) Try(ctx context.Context, purpose proof.Purpose, id string, most int, now time.Time) (seed []byte, err error) {
	const query = `
		UPDATE proofs
		SET tries = tries + 1
		WHERE id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 AND tries < $4
		RETURNING seed`

	err = t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &seed, id, string(purpose), now, most) })
	if err != nil {
		return nil, fmt.Errorf("try a code of proof %q: %w", id, t.Known(ctx, postgres.Missing(err, proof.ErrInvalid)))
	}
	return seed, nil
}

// lock locks an account until the transaction ends. It returns [proof.ErrInvalid] if it
// does not exist.
func lock(ctx context.Context, tx *changes.Tx, userID string) error {
	const query = `SELECT id FROM users WHERE id = $1 FOR UPDATE`

	var id string
	return postgres.Missing(tx.GetContext(ctx, &id, query, userID), proof.ErrInvalid)
}

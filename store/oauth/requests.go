package oauth

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/authorization"
)

// requestColumns are the columns of requestRow.
const requestColumns = `
	r.id, r.client_id, r.parameters, r.flow, r.expires_at < now() AS expired, r.answered_at IS NOT NULL AS answered,
	coalesce(r.answered_at < now() - make_interval(secs => 60), false) AS old, r.code_id, c.seed, c.used_at IS NOT NULL OR r.code_id IS NOT NULL AND c.id IS NULL AS used`

type requestRow struct {
	ID         string         `db:"id"`
	ClientID   string         `db:"client_id"`
	Parameters []byte         `db:"parameters"`
	Flow       []byte         `db:"flow"`
	Expired    bool           `db:"expired"`
	Answered   bool           `db:"answered"`
	Old        bool           `db:"old"`
	CodeID     sql.NullString `db:"code_id"`
	Seed       []byte         `db:"seed"`
	Used       bool           `db:"used"` // or deleted since
}

func (r *requestRow) stored() (*authorization.Stored, error) {
	request := &authorization.Request{ID: r.ID, ClientID: r.ClientID}
	if err := json.Unmarshal(r.Parameters, request); err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	s := &authorization.Stored{Request: request, Flow: r.Flow, Expired: r.Expired}
	if r.Answered {
		s.Answered = &authorization.Answered{Old: r.Old}
	}
	if r.Answered && r.CodeID.Valid {
		s.Answered.Used = r.Used
		s.Answered.Code = &oauth.AuthorizationCode{ID: r.CodeID.String, Seed: r.Seed}
	}
	return s, nil
}

// StoreRequest stores a new request of the browser with the flow's digest; nil: it is
// pushed, and belongs to the browser that brings it first.
func (t *Tables) StoreRequest(ctx context.Context, r *authorization.Request, flow []byte, life time.Duration) error {
	const query = `
		INSERT INTO authorization_requests (id, client_id, parameters, flow, expires_at)
		VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))`

	parameters, err := json.Marshal(r)
	if err == nil {
		err = t.exec(ctx, query, r.ID, r.ClientID, parameters, flow, life.Seconds())
	}
	if err != nil {
		return fmt.Errorf("store authorization request %q: %w", r.ID, err)
	}
	return nil
}

// BindRequest gives a pushed request to the browser and returns it, also if the same
// browser brings it again. It returns [auth.ErrNotFound] if the client pushed no such
// request, if it has expired, or if another browser has brought it.
func (t *Tables) BindRequest(
	ctx context.Context, id, clientID string, flow []byte, life time.Duration,
) (*authorization.Stored, error) {
	const query = `
		WITH r AS (
			UPDATE authorization_requests
			SET flow = $3, expires_at = CASE WHEN flow IS NULL THEN now() + make_interval(secs => $4) ELSE expires_at END
			WHERE id = $1 AND client_id = $2 AND (flow IS NULL OR flow = $3) AND expires_at > now()
			RETURNING id, client_id, parameters, flow, expires_at, answered_at, code_id
		)
		SELECT ` + requestColumns + `
		FROM r LEFT JOIN authorization_codes c ON c.id = r.code_id`

	return t.request(ctx, id, query, id, clientID, flow, life.Seconds())
}

// Request returns the request, also if it has expired, or [auth.ErrNotFound].
func (t *Tables) Request(ctx context.Context, id string) (*authorization.Stored, error) {
	const query = `
		SELECT ` + requestColumns + `
		FROM authorization_requests r LEFT JOIN authorization_codes c ON c.id = r.code_id
		WHERE r.id = $1`

	return t.request(ctx, id, query, id)
}

func (t *Tables) request(ctx context.Context, id, query string, args ...any) (*authorization.Stored, error) {
	var row requestRow
	err := t.get(ctx, &row, query, args...)
	if err == nil {
		var stored *authorization.Stored
		if stored, err = row.stored(); err == nil {
			return stored, nil
		}
	}
	return nil, fmt.Errorf("authorization request %q: %w", id, err)
}

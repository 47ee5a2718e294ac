package clients

import (
	"context"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/revocation"
	"gatehouse/store/changes"
)

// ofClient selects sessions of a client.
type ofClient struct {
	id   string
	user string           // of this account; "": of any
	kind auth.SessionKind // of this kind; "": of any
}

// endSessions ends sessions of a client, and deletes the codes that could open others.
// Sessions are locked in the order of their ids, as everywhere.
func endSessions(ctx context.Context, tx *changes.Tx, of ofClient, reason string) error {
	const codes = `DELETE FROM authorization_codes WHERE client_id = $1 AND ($2 = '' OR user_id = nullif($2, '')::uuid) AND session_id IS NULL`
	const end = `
		UPDATE sessions
		SET ended_at = now(), end_reason = $4
		WHERE id = ANY (ARRAY(
			SELECT id
			FROM sessions
			WHERE client_id = $1 AND ($2 = '' OR user_id = nullif($2, '')::uuid) AND ($3 = '' OR kind = $3) AND ended_at IS NULL
			ORDER BY id
			FOR UPDATE))
		RETURNING id`

	if of.kind != auth.ServiceSession {
		if _, err := tx.ExecContext(ctx, codes, of.id, of.user); err != nil {
			return err
		}
	}
	var ids []string
	if err := tx.SelectContext(ctx, &ids, end, of.id, of.user, string(of.kind), reason); err != nil {
		return err
	}
	return tx.NoteEnded(ctx, ids)
}

// takeScopes leaves the client's grants, codes and sessions only those of their scopes
// that are in left. Access tokens that have others end; the next ones have fewer.
func takeScopes(ctx context.Context, tx *changes.Tx, clientID string, left []string) error {
	const grants = `
		UPDATE grants
		SET scopes = ARRAY(SELECT s FROM unnest(scopes) AS s WHERE s = ANY ($2))
		WHERE client_id = $1 AND NOT scopes <@ $2`
	const codes = `
		UPDATE authorization_codes
		SET scopes = ARRAY(SELECT s FROM unnest(scopes) AS s WHERE s = ANY ($2))
		WHERE client_id = $1 AND NOT scopes <@ $2`
	const sessions = `
		UPDATE sessions
		SET scope_limit = ARRAY(SELECT s FROM unnest(scope_limit) AS s WHERE s = ANY ($2)), generation = generation + 1
		WHERE id = ANY (ARRAY(
			SELECT id
			FROM sessions
			WHERE client_id = $1 AND ended_at IS NULL AND NOT scope_limit <@ $2
			ORDER BY id
			FOR UPDATE))
		RETURNING id, generation`

	for _, query := range []string{grants, codes} {
		if _, err := tx.ExecContext(ctx, query, clientID, pq.Array(left)); err != nil {
			return err
		}
	}
	return renew(ctx, tx, sessions, clientID, pq.Array(left))
}

// takeResource takes a resource from the client's grants, codes and sessions. What is for
// nothing else ends: without a resource it would be for this service.
func takeResource(ctx context.Context, tx *changes.Tx, clientID, identifier string) error {
	const ended = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'resource_taken'
		WHERE id = ANY (ARRAY(
			SELECT id FROM sessions WHERE client_id = $1 AND ended_at IS NULL AND resources = ARRAY[$2::text] ORDER BY id FOR UPDATE))
		RETURNING id`
	const sessions = `
		UPDATE sessions
		SET resources = array_remove(resources, $2), generation = generation + 1
		WHERE id = ANY (ARRAY(
			SELECT id FROM sessions WHERE client_id = $1 AND ended_at IS NULL AND $2 = ANY (resources) ORDER BY id FOR UPDATE))
		RETURNING id, generation`

	for _, query := range []string{
		`DELETE FROM grants WHERE client_id = $1 AND resources = ARRAY[$2::text]`,
		`UPDATE grants SET resources = array_remove(resources, $2) WHERE client_id = $1 AND $2 = ANY (resources)`,
		`DELETE FROM authorization_codes WHERE client_id = $1 AND $2 = ANY (resources) AND session_id IS NULL`,
	} {
		if _, err := tx.ExecContext(ctx, query, clientID, identifier); err != nil {
			return err
		}
	}
	var ids []string
	if err := tx.SelectContext(ctx, &ids, ended, clientID, identifier); err != nil {
		return err
	}
	if err := tx.NoteEnded(ctx, ids); err != nil {
		return err
	}
	return renew(ctx, tx, sessions, clientID, identifier)
}

// renew runs a statement that gives sessions another generation, and records it, so that
// their earlier access tokens end.
func renew(ctx context.Context, tx *changes.Tx, query string, args ...any) error {
	var renewed []struct {
		ID         string `db:"id"`
		Generation int    `db:"generation"`
	}
	if err := tx.SelectContext(ctx, &renewed, query, args...); err != nil {
		return err
	}
	for _, s := range renewed {
		if err := tx.Note(ctx, revocation.Change{Session: s.ID, Generation: s.Generation}); err != nil {
			return err
		}
	}
	return nil
}

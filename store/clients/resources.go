package clients

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

type resourceRow struct {
	ID         string       `db:"id"`
	Identifier string       `db:"identifier"`
	Name       string       `db:"name"`
	Scopes     []byte       `db:"scopes"`
	CreatedAt  postgres.UTC `db:"created_at"`
}

// Resources returns all resources.
func (t *Tables) Resources(ctx context.Context) ([]*clients.Resource, error) {
	const query = `SELECT id, identifier, name, scopes, created_at FROM resources`

	var rows []resourceRow
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		rows = nil // those of an attempt that failed
		return s.SelectContext(ctx, &rows)
	})
	if err != nil {
		return nil, fmt.Errorf("resources: %w", t.Known(ctx, err))
	}
	all := make([]*clients.Resource, len(rows))
	for i, r := range rows {
		all[i] = &clients.Resource{ID: r.ID, Identifier: r.Identifier, Name: r.Name, CreatedAt: r.CreatedAt.Time}
		if err := json.Unmarshal(r.Scopes, &all[i].Scopes); err != nil {
			return nil, fmt.Errorf("scopes of resource %q: %w", r.ID, err)
		}
	}
	return all, nil
}

// CreateResource stores a resource. It returns a [*auth.ConflictError] if another one has
// the identifier, also in another spelling, or if there are too many.
func (t *Tables) CreateResource(ctx context.Context, r *clients.Resource) error {
	const insert = `INSERT INTO resources (id, identifier, name, scopes, created_at) VALUES ($1, $2, $3, $4, $5)`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		var count int
		if err := countLocked(ctx, tx, &count, `SELECT count(*) FROM resources`); err != nil {
			return err
		}
		if count >= clients.MaxResources {
			return &auth.ConflictError{Message: fmt.Sprintf("There are %d resources already. Delete some that are not used any more.", count)}
		}
		var taken []string
		if err := tx.SelectContext(ctx, &taken, `SELECT identifier FROM resources`); err != nil {
			return err
		}
		for _, other := range taken {
			if clients.SameResource(other, r.Identifier) {
				return &auth.ConflictError{Field: "identifier", Message: "A resource with this identifier exists already."}
			}
		}
		scopes, err := json.Marshal(r.Scopes)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insert, r.ID, r.Identifier, r.Name, string(scopes), r.CreatedAt); err != nil {
			return err
		}
		return note(ctx, tx, "")
	})
	if err != nil {
		return fmt.Errorf("create resource %q: %w", r.ID, err)
	}
	return nil
}

// DeleteResource deletes a resource, takes it from clients, grants and sessions, and ends
// sessions that are for nothing else. It returns [clients.ErrResourceNotFound].
func (t *Tables) DeleteResource(ctx context.Context, id string) error {
	const remove = `DELETE FROM resources WHERE id = $1 RETURNING identifier`
	const holders = `SELECT id FROM clients WHERE $1 = ANY (resources) ORDER BY id FOR NO KEY UPDATE`
	const take = `UPDATE clients SET resources = array_remove(resources, $2), updated_at = now() WHERE id = $1`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		var identifier string
		if err := postgres.Missing(tx.GetContext(ctx, &identifier, remove, id), clients.ErrResourceNotFound); err != nil {
			return err
		}
		var ids []string
		if err := tx.SelectContext(ctx, &ids, holders, identifier); err != nil {
			return err
		}
		for _, holder := range ids {
			if _, err := tx.ExecContext(ctx, take, holder, identifier); err != nil {
				return err
			}
			if err := takeResource(ctx, tx, holder, identifier); err != nil {
				return err
			}
			if err := note(ctx, tx, holder); err != nil {
				return err
			}
		}
		return note(ctx, tx, "")
	})
	if err != nil {
		return fmt.Errorf("delete resource %q: %w", id, err)
	}
	return nil
}

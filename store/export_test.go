package store

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"
)

// OnEachConnection runs a statement on n connections for requests, as something
// between the service and the server might.
func (s *Store) OnEachConnection(ctx context.Context, n int, statement string) error {
	var all []*sqlx.Conn
	var errs []error
	for range n {
		c, err := s.db.Connx(ctx)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, c)
		_, err = c.ExecContext(ctx, statement)
		errs = append(errs, err)
	}
	for _, c := range all {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

package postgres

import (
	"database/sql"
	"errors"
)

// Missing replaces the error of a query that found no row with meaning. Other errors are
// returned unchanged.
func Missing(err, meaning error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return meaning
	}
	return err
}

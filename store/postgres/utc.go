package postgres

import (
	"fmt"
	"time"
)

// UTC is how rows have their times: in UTC, whatever time zone the server, the role or
// the DSN sets for a connection. A row with another type of time has the zone of its
// connection.
type UTC struct{ time.Time }

// Scan implements [database/sql.Scanner].
func (u *UTC) Scan(value any) error {
	at, ok := value.(time.Time)
	if !ok {
		return fmt.Errorf("a time of the database is a %T", value)
	}
	u.Time = at.UTC()
	return nil
}

// Pointer returns the time, or nil for a NULL.
func (u *UTC) Pointer() *time.Time {
	if u == nil {
		return nil
	}
	return &u.Time
}

package storetest

import (
	"database/sql"
	"testing"
	"time"
)

// A Clock is that of a test's database, for all SQL that calls now or clock_timestamp.
type Clock struct {
	t  testing.TB
	db *sql.DB
}

// Clocked returns the DSN of a new, empty database, and its clock, which shows the
// right time until it is set. The functions of PostgreSQL's that tell the time are
// hidden by others, which are found first.
func Clocked(t testing.TB) (dsn string, clock *Clock) {
	t.Helper()
	dsn = EmptyDSN(t)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	clock = &Clock{t, db}
	clock.Exec(`
		CREATE SCHEMA clock;
		CREATE TABLE clock.setting (ahead interval NOT NULL, stopped timestamptz);
		INSERT INTO clock.setting VALUES ('0', NULL);
		CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS
			'SELECT coalesce(stopped, pg_catalog.now() + ahead) FROM clock.setting';
		CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
			'SELECT coalesce(stopped, pg_catalog.clock_timestamp() + ahead) FROM clock.setting';
		DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, clock, pg_catalog', current_database()); END $$`)
	return dsn, clock
}

// Exec runs a statement on the database.
func (c *Clock) Exec(query string, args ...any) {
	c.t.Helper()
	if _, err := c.db.ExecContext(c.t.Context(), query, args...); err != nil {
		c.t.Fatal(err)
	}
}

// Set makes the clock show a time that is that far ahead of the right one.
func (c *Clock) Set(ahead time.Duration) {
	c.t.Helper()
	c.Exec(`UPDATE clock.setting SET ahead = make_interval(secs => $1), stopped = NULL`, ahead.Seconds())
}

// Now returns what the clock shows.
func (c *Clock) Now() (now time.Time) {
	c.t.Helper()
	if err := c.db.QueryRowContext(c.t.Context(), `SELECT clock.clock_timestamp()`).Scan(&now); err != nil {
		c.t.Fatal(err)
	}
	return now
}

// Stop makes the clock stand still.
func (c *Clock) Stop() {
	c.t.Helper()
	c.Exec(`UPDATE clock.setting SET stopped = pg_catalog.clock_timestamp() + ahead`)
}

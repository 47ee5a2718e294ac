package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"gatehouse/auth/password"
	"gatehouse/auth/token"
	"gatehouse/store"
	"gatehouse/store/embedded"
	"gatehouse/test/harness/process"
)

// userPassword is the password of every account.
const userPassword = "seven quiet herons"

// A database is a temporary PostgreSQL with accounts, and one session for each account.
type database struct {
	postgres *embedded.Postgres
	dsn      string
	db       *sql.DB
	version  string
	people   int    // the number of accounts, without the administrator
	prefix   string // of the ids of accounts and sessions, before the number as twelve hex digits
	hash     string // of userPassword
}

// newDatabase starts a server and creates the tables of both contestants in a database.
func newDatabase(ctx context.Context) (_ *database, err error) {
	d := &database{}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.postgres, err = embedded.Temporary(ctx, embedded.Seed{}); err != nil {
		return nil, err
	}
	d.dsn = d.postgres.DSN()
	if err := store.Migrate(ctx, d.dsn); err != nil {
		return nil, err
	}
	if d.db, err = sql.Open("postgres", d.dsn); err != nil {
		return nil, err
	}
	if err := d.db.QueryRowContext(ctx, "SHOW server_version").Scan(&d.version); err != nil {
		return nil, err
	}
	// UUIDv7 of now, like those of real sessions: the service deletes sessions with old ids.
	moment := fmt.Sprintf("%012x", time.Now().UnixMilli())
	d.prefix = moment[:8] + "-" + moment[8:] + "-7000-8000-"
	hasher, err := password.NewHasher(password.Argon2id, 1, 1)
	if err != nil {
		return nil, err
	}
	d.hash, err = hasher.Hash(ctx, userPassword)
	return d, err
}

// close stops the server and deletes its files.
func (d *database) close() {
	if d.db != nil {
		_ = d.db.Close()
	}
	if d.postgres == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), process.Patience)
	defer cancel()
	_ = d.postgres.Stop(ctx)
}

// id returns the id of an account and of its session.
func (d *database) id(i int) string { return fmt.Sprintf("%s%012x", d.prefix, i) }

// email returns the email address of an account.
func email(i int) string { return fmt.Sprintf("user%07d@example.com", i) }

// seed returns the random value of a session. Here it isn't random, so that its first refresh token
// can be computed.
func seed(i int) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "seed %d", i))
	return sum[:token.RefreshSeedSize]
}

// yardstickSecret returns the secret of a session of the hand-written server.
func yardstickSecret(i int) string { return fmt.Sprintf("secret %d", i) }

// grow creates accounts up to the given number, with a session each, and updates the planner's
// statistics. It calls added for each thousand rows.
func (d *database) grow(ctx context.Context, people int, added func(int)) error {
	if people <= d.people {
		return nil
	}
	from := d.people
	tables := []struct {
		name    string
		columns []string
		row     func(i int) []any
	}{
		{"users", []string{"id", "email", "email_key", "email_folded", "name", "name_folded", "password_hash", "roles", "created_at", "updated_at"}, d.userRow},
		{"sessions", []string{"id", "user_id", "seed", "ip", "user_agent", "auth_time"}, d.sessionRow},
		{"yardstick_sessions", []string{"id", "user_id", "secret_hash"}, d.yardstickRow},
	}
	for _, table := range tables {
		query := fmt.Sprintf("COPY %s (%s) FROM STDIN", table.name, strings.Join(table.columns, ", "))
		if err := d.copyIn(ctx, query, from, people, table.row, added); err != nil {
			return fmt.Errorf("rows of %s: %w", table.name, err)
		}
		if _, err := d.db.ExecContext(ctx, "VACUUM ANALYZE "+table.name); err != nil {
			return err
		}
	}
	d.people = people
	return nil
}

// copyIn inserts rows with COPY.
func (d *database) copyIn(ctx context.Context, query string, from, to int, row func(int) []any, added func(int)) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	statement, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer statement.Close()
	const batch = 1000
	for i := from; i < to; i++ {
		if _, err := statement.ExecContext(ctx, row(i)...); err != nil {
			return err
		}
		if done := i + 1 - from; done%batch == 0 {
			added(batch)
		} else if i+1 == to {
			added(done % batch)
		}
	}
	if _, err := statement.ExecContext(ctx); err != nil { // sends the remaining rows
		return err
	}
	return tx.Commit()
}

func (d *database) userRow(i int) []any {
	now, name := time.Now(), fmt.Sprintf("User %07d", i)
	folded := fmt.Sprintf("user %07d", i)
	return []any{d.id(i), email(i), email(i), email(i), name, folded, d.hash, pq.Array([]string{"user"}), now, now}
}

func (d *database) sessionRow(i int) []any {
	return []any{d.id(i), d.id(i), seed(i), "127.0.0.1", "bench", time.Now()}
}

func (d *database) yardstickRow(i int) []any {
	sum := sha256.Sum256([]byte(yardstickSecret(i)))
	return []any{d.id(i), d.id(i), sum[:]}
}

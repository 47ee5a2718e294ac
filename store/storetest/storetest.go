// Package storetest gives each test a database of its own, on a temporary server that
// starts with the first test and stops after the last.
package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"gatehouse/store"
	"gatehouse/store/embedded"
)

// template is the migrated database that tests get copies of.
const template = "gatehouse_template"

// A cluster is the temporary server of one test binary.
type cluster struct {
	removed  bool // Run removes it after the tests
	once     sync.Once
	postgres *embedded.Postgres
	admin    *sql.DB
	version  int
	err      error
}

var shared cluster //nolint:gochecknoglobals // one server for all tests of a binary

// Run runs the tests and removes their server:
//
//	func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }
func Run(m *testing.M) int {
	shared.removed = true
	status := m.Run()
	if shared.postgres == nil {
		return status
	}
	if shared.admin != nil {
		_ = shared.admin.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := shared.postgres.Stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "storetest:", err)
	}
	return status
}

// DSN returns the DSN of a new, migrated database, which is dropped after the test.
func DSN(t testing.TB) string {
	t.Helper()
	return shared.database(t, " TEMPLATE "+template+shared.strategy(t))
}

// EmptyDSN is DSN for an empty database.
func EmptyDSN(t testing.TB) string {
	t.Helper()
	return shared.database(t, shared.strategy(t))
}

// Copy returns the DSN of a copy of a database that DSN or EmptyDSN returned: a restored
// backup. No client may be connected to the original.
func Copy(t testing.TB, dsn string) string {
	t.Helper()
	name := dsn[strings.LastIndex(dsn, "=")+1:]
	return shared.database(t, " TEMPLATE "+pq.QuoteIdentifier(name)+shared.strategy(t))
}

// strategy makes copying a small template fast (PostgreSQL 15 and newer).
func (c *cluster) strategy(t testing.TB) string {
	t.Helper()
	c.start(t)
	if c.version >= 150000 {
		return " STRATEGY file_copy"
	}
	return ""
}

func (c *cluster) database(t testing.TB, how string) string {
	t.Helper()
	c.start(t)
	name := "test_" + strings.ToLower(rand.Text())
	if _, err := c.admin.Exec("CREATE DATABASE " + pq.QuoteIdentifier(name) + how); err != nil {
		t.Fatalf("a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if _, err := c.admin.Exec("DROP DATABASE IF EXISTS " + pq.QuoteIdentifier(name) + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return c.dsn(name)
}

func (c *cluster) dsn(name string) string { return dsn(c.postgres, name) }

// dsn returns the DSN of another database on the server.
func dsn(p *embedded.Postgres, name string) string { return p.DSN() + " dbname=" + name }

func (c *cluster) start(t testing.TB) {
	t.Helper()
	if !c.removed {
		t.Fatal("TestMain does not call storetest.Run, so the server would not be removed")
	}
	c.once.Do(func() { c.err = c.up() })
	if c.err != nil {
		t.Fatalf("a server for the tests: %v", c.err)
	}
}

func (c *cluster) up() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var err error
	if c.postgres, err = start(ctx); err != nil {
		return err
	}
	if c.admin, err = sql.Open("postgres", c.dsn("postgres")); err != nil {
		return err
	}
	return c.admin.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&c.version)
}

// start starts a server that has the template. The template is kept for other test binaries
// until the source of the store changes.
func start(ctx context.Context) (*embedded.Postgres, error) {
	if key := sourceKey(); key != "" {
		return embedded.Temporary(ctx, embedded.Seed{Key: key, Fill: createTemplate})
	}
	p, err := embedded.Temporary(ctx, embedded.Seed{})
	if err != nil {
		return nil, err
	}
	return p, createTemplate(ctx, p)
}

func createTemplate(ctx context.Context, p *embedded.Postgres) error {
	admin, err := sql.Open("postgres", dsn(p, "postgres"))
	if err != nil {
		return err
	}
	defer admin.Close()
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+template); err != nil {
		return err
	}
	if err := store.Migrate(ctx, dsn(p, template)); err != nil {
		return fmt.Errorf("the template database: %w", err)
	}
	return nil
}

// sourceKey is a sum of the store's source, on which the template depends. It is empty if the
// source is not there (go test -trimpath).
func sourceKey() string {
	_, here, _, _ := runtime.Caller(0)
	sum := sha256.New()
	for _, pattern := range []string{"*.go", "migrations/*.sql"} {
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(here), "..", pattern)) // a bad pattern is the only error
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return ""
			}
			fmt.Fprintf(sum, "%s %d\n%s", filepath.Base(path), len(text), text)
		}
		if len(files) == 0 {
			return ""
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

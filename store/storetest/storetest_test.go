package storetest_test

import (
	"database/sql"
	"os"
	"os/exec"
	"strings"
	"testing"

	_ "github.com/lib/pq"

	"gatehouse/store/storetest"
)

// withoutRun makes the TestMain of this binary skip Run.
const withoutRun = "STORETEST_WITHOUT_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(withoutRun) != "" {
		os.Exit(m.Run())
	}
	os.Exit(storetest.Run(m))
}

// query returns the one value of a statement.
func query[T any](t testing.TB, dsn, statement string) (value T, err error) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRow(statement).Scan(&value)
	return value, err
}

const tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"

func TestDSNIsMigrated(t *testing.T) {
	if n, err := query[int](t, storetest.DSN(t), tables); err != nil || n == 0 {
		t.Errorf("it has %d tables, %v", n, err)
	}
	if n, err := query[int](t, storetest.EmptyDSN(t), tables); err != nil || n != 0 {
		t.Errorf("an empty one has %d tables, %v", n, err)
	}
}

// TestEachItsOwn lets many tests write the same thing at once.
func TestEachItsOwn(t *testing.T) {
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			if _, err := query[int](t, storetest.DSN(t), "WITH t AS (INSERT INTO roles (name) VALUES ('own') RETURNING 1) SELECT 1"); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestDropped also leaves a connection open, which must not keep the database.
func TestDropped(t *testing.T) {
	var dsn string
	t.Run("uses one", func(t *testing.T) {
		dsn = storetest.DSN(t)
		db, err := sql.Open("postgres", dsn)
		if err != nil || db.Ping() != nil {
			t.Fatal(err)
		}
	})
	if _, err := query[int](t, dsn, "SELECT 1"); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("the database of a test that has ended: %v", err)
	}
}

// TestFailures runs this package's tests in a second process that can't have a server.
// They fail and say why.
func TestFailures(t *testing.T) {
	tests := []struct{ name, env, want string }{
		{"no programs", "PG_BINDIR=/nowhere", "no PostgreSQL programs"},
		{"no Run", withoutRun + "=1", "storetest.Run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "TestDSNIsMigrated")
			cmd.Env = append(os.Environ(), tt.env)
			if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), tt.want) {
				t.Errorf("%v, it says\n%s", err, out)
			}
		})
	}
}

func BenchmarkDSN(b *testing.B) {
	storetest.DSN(b) // starts the server
	for b.Loop() {
		storetest.DSN(b)
	}
}

package process_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/lib/pq"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// run runs a command of the program to its end, and returns its exit status and
// output.
func run(t *testing.T, environ []string, args ...string) (status int, output string) {
	t.Helper()
	c := harness.Config(t, t.TempDir(), environ, args...).Command()
	text, _ := c.CombinedOutput() // the status says whether it failed
	return c.ProcessState.ExitCode(), string(text)
}

// manifest writes trusted documents to a file and returns its path.
func manifest(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifest.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tables counts the tables of a database.
func tables(t *testing.T, dsn string) (n int) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

const goodManifest = `{"me-1":"query Me { me { email } }"}`

// TestManifestIsChecked finds the faults of a manifest with config check, and at
// the start, which then leaves the database as it is.
func TestManifestIsChecked(t *testing.T) {
	tests := []struct {
		name, path string
		want       []string
	}{
		{"good", manifest(t, goodManifest), nil},
		{"missing", filepath.Join(t.TempDir(), "none.json"), []string{"TRUSTED_DOCUMENTS can't be read"}},
		{"not a manifest", manifest(t, "[]"), []string{"TRUSTED_DOCUMENTS: it is "}},
		{"two faults", manifest(t, `{"a":"{ we }","b":"{ you }","c":"{ me { id } }"}`), []string{
			`  TRUSTED_DOCUMENTS: "a": Cannot query field "we" on type "Query"`,
			`  TRUSTED_DOCUMENTS: "b": Cannot query field "you" on type "Query"`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dsn := storetest.EmptyDSN(t)
			environ := harness.Environ(dsn, "TRUSTED_DOCUMENTS="+tt.path)
			status, output := run(t, environ, "config", "check")
			if tt.want == nil {
				if status != statusDone {
					t.Errorf("config check: status %d: %s", status, output)
				}
				return
			}
			q := harness.Begin(t, harness.Config(t, t.TempDir(), environ))
			if err := q.Wait(); err == nil || status != statusRefused {
				t.Errorf("config check ended with status %d, the start with %v", status, err)
			}
			if n := tables(t, dsn); n != 0 {
				t.Errorf("the start created %d tables", n)
			}
			for _, want := range tt.want {
				if !strings.Contains(output, want) || !strings.Contains(q.Output(), want) {
					t.Errorf("%q is missing in the output of config check: %s\nor of the start: %s", want, output, q.Output())
				}
			}
		})
	}
}

// TestConfigCheck checks settings. The explorer is of little use if it can't send
// documents of its own.
func TestConfigCheck(t *testing.T) {
	const warning = "PLAYGROUND=on"
	documents, collector := "TRUSTED_DOCUMENTS="+manifest(t, goodManifest), "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"
	tests := []struct {
		name    string
		environ []string
		status  int
		want    string // in the output, "" for no warning
	}{
		{"log", []string{documents, "TRUSTED_DOCUMENTS_MODE=log", "PLAYGROUND=on"}, statusDone, ""},
		{"log, no explorer", []string{documents, "TRUSTED_DOCUMENTS_MODE=log", "PLAYGROUND=off"}, statusDone, ""},
		{"allow-list", []string{documents, "TRUSTED_DOCUMENTS_MODE=allow-list", "PLAYGROUND=on"}, statusDone, warning},
		{"allow-list, no explorer", []string{documents, "TRUSTED_DOCUMENTS_MODE=allow-list", "PLAYGROUND=off"}, statusDone, ""},
		{"only", []string{documents, "TRUSTED_DOCUMENTS_MODE=only", "PLAYGROUND=on"}, statusDone, warning},
		{"only, no explorer", []string{documents, "TRUSTED_DOCUMENTS_MODE=only", "PLAYGROUND=off"}, statusDone, ""},
		{"a collector", []string{collector, "OTEL_RESOURCE_ATTRIBUTES=team=a"}, statusDone, ""},
		{"malformed attributes", []string{collector, "OTEL_RESOURCE_ATTRIBUTES=nonsense"}, statusRefused, "OTEL_RESOURCE_ATTRIBUTES must be"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, output := run(t, tt.environ, "config", "check")
			if status != tt.status || !strings.Contains(output, tt.want) || tt.want == "" && strings.Contains(output, warning) {
				t.Errorf("status %d, want %d with %q: %s", status, tt.status, tt.want, output)
			}
		})
	}
}

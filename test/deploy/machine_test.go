package deploy

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"gatehouse/settings"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// The role and the database of the page are enough for the service.
func TestSQL(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	admin := dsn + " user=postgres dbname=postgres"
	db, err := sql.Open("postgres", admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const name = "deployed"
	for statement := range strings.SplitSeq(replaced(t, block(t, "sql", "CREATE ROLE"), "gatehouse", name), ";") {
		if _, err := db.ExecContext(t.Context(), statement); strings.TrimSpace(statement) != "" && err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	t.Cleanup(func() {
		for _, statement := range []string{"DROP DATABASE " + name + " WITH (FORCE)", "DROP ROLE " + name} {
			db, err := sql.Open("postgres", admin)
			if err == nil {
				_, _ = db.Exec(statement)
				_ = db.Close()
			}
		}
	})
	s := harness.StartOn(t, fmt.Sprintf("%s dbname=%s user=%[2]s password=PASSWORD", dsn, name))
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	s.Close()
}

// known are the names of all settings, and of the files that they may be in.
func known(t *testing.T) []string {
	t.Helper()
	s, err := settings.Read(nil, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, setting := range s.List() {
		names = append(names, setting.Name, setting.Name+"_FILE")
	}
	return append(names, "GOMEMLIMIT")
}

// The settings of the page are valid, and so are those of the package once they are
// filled in.
func TestSettings(t *testing.T) {
	page := replaced(t, block(t, "sh", "DATABASE_URL=postgres"), "RANDOM", harness.SecretKey)
	packaged := replaced(t, read(t, "deploy/package/gatehouse.env"),
		"PUBLIC_URL=\n", "PUBLIC_URL=https://id.example.com\n", "SECRET_KEY=\n", "SECRET_KEY="+harness.SecretKey+"\n",
		"#METRICS_ADDR", "METRICS_ADDR")
	var read []map[string]string
	for _, text := range []string{page, packaged} {
		s, err := settings.Read(nil, write(t, filepath.Join(t.TempDir(), ".env"), text))
		if err != nil {
			t.Fatal(err)
		}
		if warnings := s.Warnings(); len(warnings) > 0 {
			t.Error(warnings)
		}
		values := map[string]string{}
		for _, setting := range s.List() {
			values[setting.Name] = setting.Value
		}
		read = append(read, values)
	}
	for name, value := range read[0] {
		if read[1][name] != value {
			t.Errorf("%s is %s on the page and %s in the package", name, value, read[1][name])
		}
	}
	unfilled := strings.ReplaceAll(page, harness.SecretKey, "")
	if _, err := settings.Read(nil, write(t, filepath.Join(t.TempDir(), ".env"), unfilled)); err == nil || !strings.Contains(err.Error(), "SECRET_KEY") {
		t.Errorf("without SECRET_KEY: %v", err)
	}
}

// A composition has services with settings and secrets.
type composition struct {
	Services map[string]struct {
		Environment map[string]string
		Secrets     []string
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		Healthcheck struct{ Test []string }
	}
	Secrets map[string]struct{ File string }
}

// The commands of the page make the secrets that the composition reads, and its
// settings are valid with them.
func TestCompose(t *testing.T) {
	needs(t, "openssl")
	dir := t.TempDir()
	shell(t, dir, block(t, "sh", "secrets/POSTGRES_PASSWORD"))
	var c composition
	if err := yaml.Unmarshal([]byte(read(t, "deploy/compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	gatehouse := c.Services["gatehouse"]
	var environ []string
	for name, value := range gatehouse.Environment {
		if !slices.Contains(known(t), name) {
			t.Errorf("%s is not a setting", name)
		}
		for secret, at := range c.Secrets {
			if value == "/run/secrets/"+secret && slices.Contains(gatehouse.Secrets, secret) {
				value = filepath.Join(dir, at.File)
			}
		}
		value = strings.NewReplacer("${PUBLIC_URL:?set it to the URL that clients use, such as https://id.example.com}", "https://id.example.com",
			"${TRUSTED_PROXIES:-172.16.0.0/12}", "172.16.0.0/12").Replace(value)
		environ = append(environ, name+"="+value)
	}
	s, err := settings.Read(environ, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	password, err := os.ReadFile(filepath.Join(dir, "secrets/POSTGRES_PASSWORD"))
	if err != nil || !strings.Contains(s.DatabaseURL, strings.TrimSpace(string(password))) || s.SecretKey == nil {
		t.Errorf("the service has another password than the database, %v", err)
	}
	if !gatehouse.ReadOnly || !slices.Equal(gatehouse.CapDrop, []string{"ALL"}) ||
		!slices.Equal(gatehouse.Healthcheck.Test, []string{"CMD", "/gatehouse", "ready"}) {
		t.Errorf("the service runs as %+v", gatehouse)
	}
}

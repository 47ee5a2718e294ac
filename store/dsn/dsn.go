// Package dsn reads the DSNs that people are given, by providers and for other
// programs, and translates them for our driver. It opens no connection.
package dsn

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// example is the end of errors that say how to write a DSN.
const example = "write postgres://user:password@host:5432/database?sslmode=verify-full, " +
	"with special characters of the password percent-encoded"

// Errors repeat no part of a DSN but names of parameters: any other may be part
// of a password with unescaped characters.
var (
	errForm   = errors.New("invalid DSN: " + example)
	errEncode = errors.New("invalid DSN: percent-encode special characters of the user name and the password: " +
		"@ as %40, / as %2F, : as %3A, # as %23, ? as %3F, % as %25, a blank as %20")
	errShell   = errors.New("invalid DSN: this is a command line; leave psql and the quotes out, and start with postgres://")
	errADO     = errors.New("invalid DSN: this is the form for .NET, with semicolons; " + example)
	errScheme  = errors.New("invalid DSN: this is not the URL of a PostgreSQL database; " + example)
	errPrisma  = errors.New("invalid DSN: this URL leads to Prisma's own service; give that of the database behind it")
	errService = errors.New("no such service is defined: define it in ~/.pg_service.conf or in the file that PGSERVICEFILE names, " +
		"or write host, user, password and dbname instead")
	errName      = errors.New("invalid DSN: leave the name of the variable and its equals sign out, and start with postgres://")
	errCockroach = errors.New("CockroachDB has no NOTIFY, which replicas need; use PostgreSQL 14 or newer")
)

// schemes are the schemes of URLs that lead to PostgreSQL, some for programs
// that choose their driver by the scheme.
var schemes = []string{"postgres", "postgresql", "postgis", "pgsql", "psql", "pg"}

var (
	leadingScheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9.+-]*)://`)
	leadingName   = regexp.MustCompile(`^(export |set )?[A-Z][A-Z0-9_]*=["']?[A-Za-z][A-Za-z0-9.+-]*:`)
	adoForm       = regexp.MustCompile(`(?i)^\s*(host|server|data source|user id|username|uid|database|port)\s*=[^;]*;`)
)

// Translate translates a DSN into name=value pairs that the driver reads. A
// warning says what is left out or added. What would change the meaning of the
// DSN is an error that says what to write instead.
func Translate(text string) (conninfo string, warnings []string, err error) {
	t := &translation{values: map[string]string{}}
	if err := t.read(text); err != nil {
		return "", nil, err
	}
	if err := t.checkHosts(); err != nil {
		return "", nil, err
	}
	t.complete()
	conninfo = t.conninfo()
	if _, err := pq.NewConfig(conninfo); err != nil {
		return "", nil, t.refused()
	}
	return conninfo, t.allWarnings(), nil
}

// refused is the error for what the driver refuses. The driver's own message
// repeats values, so each parameter is tried alone to name it.
func (t *translation) refused() error {
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		alone := translation{values: map[string]string{name: t.values[name]}}
		if _, err := pq.NewConfig(alone.conninfo()); err == nil {
			continue
		}
		if name == "service" {
			return errService
		}
		return fmt.Errorf("the driver does not take this value of %s; correct it, or remove %s", name, name)
	}
	return errForm
}

// A translation is a DSN on the way to the driver's form.
type translation struct {
	values   map[string]string // for the driver, by name
	hosts    []host
	ignored  []string // names of parameters
	warnings []string
}

func (t *translation) read(text string) error {
	text = strings.TrimSpace(text)
	if n := len(text); n > 1 && strings.ContainsRune("\"'`", rune(text[0])) && text[n-1] == text[0] {
		text = text[1 : n-1]
		t.warn("the quotes around the DSN are part of the value; remove them")
	}
	switch {
	case strings.HasPrefix(text, "psql "):
		return errShell
	case leadingName.MatchString(text):
		return errName
	}
	if n := len("jdbc:"); len(text) > n && strings.EqualFold(text[:n], "jdbc:") {
		return t.readJDBC(text[n:])
	}
	if scheme := leadingScheme.FindStringSubmatch(text); scheme != nil {
		return t.readURL(scheme[1], text[len(scheme[0]):])
	}
	switch {
	case adoForm.MatchString(text):
		return errADO
	case strings.Contains(text, "="):
		return t.readPairs(text)
	}
	return errForm
}

// readJDBC reads what follows jdbc: in a URL, where host and port may be missing.
func (t *translation) readJDBC(text string) error {
	scheme, rest, found := strings.Cut(text, ":")
	if !found {
		return errForm
	}
	if after, isURL := strings.CutPrefix(rest, "//"); isURL {
		return t.readURL(scheme, after)
	}
	return t.readURL(scheme, "/"+strings.TrimPrefix(rest, "/"))
}

func (t *translation) warn(warning string) { t.warnings = append(t.warnings, warning) }

// complete adds what the service needs if the DSN doesn't say otherwise.
func (t *translation) complete() {
	if len(t.hosts) > 1 && t.values["target_session_attrs"] == "" {
		t.values["target_session_attrs"] = "read-write" // by default a standby would do
	}
	if least := t.values["min_protocol_version"]; least != "" && least != "3.0" && t.values["max_protocol_version"] == "" {
		t.values["max_protocol_version"] = "latest" // as libpq does; the driver's default is 3.0
	}
	for _, name := range []string{"ssl_min_protocol_version", "ssl_max_protocol_version"} {
		if t.values[name] == "TLSv1" { // libpq's name
			t.values[name] = "TLSv1.0"
		}
	}
	if len(t.hosts) == 0 {
		return
	}
	var names, ports []string
	for _, h := range t.hosts {
		names, ports = append(names, h.name), append(ports, h.port)
	}
	t.values["host"], t.values["port"] = strings.Join(names, ","), strings.Join(ports, ",")
}

// conninfo returns the pairs, sorted.
func (t *translation) conninfo() string {
	escape := strings.NewReplacer(`'`, `\'`, `\`, `\\`)
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		pairs = append(pairs, name+"='"+escape.Replace(t.values[name])+"'")
	}
	return strings.Join(pairs, " ")
}

func (t *translation) allWarnings() []string {
	if len(t.ignored) == 0 {
		return t.warnings
	}
	slices.Sort(t.ignored)
	warning := "ignored, because they are for other programs or do nothing here: " +
		strings.Join(slices.Compact(t.ignored), ", ")
	if slices.ContainsFunc(t.ignored, func(name string) bool { return slices.Contains(poolSizes, name) }) {
		warning += "; DATABASE_POOL_SIZE says how many connections are opened"
	}
	return append(t.warnings, warning)
}

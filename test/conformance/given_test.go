package conformance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// TestGivenIsChecked: where @fresh lets an argument prove who the caller is (orGiven), a wrong one, and
// an empty one, of a caller who proved it too long ago is INVALID_CREDENTIALS and changes nothing; and
// the right one works. The policy only sees that there is a value, so a field that forgets to look at it
// is open to whoever steals a session. All such fields of the schema are tried.
func TestGivenIsChecked(t *testing.T) {
	s, w := startService(t)
	g := serviceGenerator(w.schema)
	stale := class{name: "stale", roles: []string{"admin", "user"}, ago: 24 * time.Hour}
	tried := 0
	for _, root := range []*ast.Definition{w.schema.Query, w.schema.Mutation} {
		for _, field := range fieldsOf(root) {
			for _, n := range requirementsOf(field.Directives) {
				if n.given == "" {
					continue
				}
				tried++
				for _, value := range []string{"wrong-horse-12", ""} {
					s.tryGiven(t, g, stale, root, field, n.given, value, "INVALID_CREDENTIALS")
				}
				s.tryGiven(t, g, stale, root, field, n.given, nil, "STEP_UP_REQUIRED")
				s.tryGiven(t, g, stale, root, field, n.given, g.samples[coordinateOf(w.schema, root, field, n.given)], "")
			}
		}
	}
	if tried < 3 {
		t.Errorf("only %d fields were tried", tried)
	}
}

// coordinateOf is that of what a path leads to from the arguments of a field.
func coordinateOf(schema *ast.Schema, root *ast.Definition, field *ast.FieldDefinition, path string) string {
	first, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return fmt.Sprintf("%s.%s(%s:)", root.Name, field.Name, first)
	}
	return schema.Types[field.Arguments.ForName(first).Type.Name()].Name + "." + rest
}

// tryGiven sends a field with a value at the path of its orGiven, from a new account.
func (s *service) tryGiven(t *testing.T, g *generator, c class, root *ast.Definition, field *ast.FieldDefinition, at string, value any, want string) {
	t.Helper()
	first, rest, deeper := strings.Cut(at, ".")
	given := map[string]any{first: value}
	if deeper {
		members := g.object(g.schema.Types[field.Arguments.ForName(first).Type.Name()])
		members[rest] = value
		given[first] = members
	}
	e := g.experiment(path{operation: operationOf(g.schema, root), to: root}, g.selected(root, field, given), nil, nil, nil)
	f := s.prepare(t, c, e, true)
	text, _ := f.fill(t, e)
	before := s.content(t)
	r := serve(t, s.Handler(), f.token, text, nil)
	if r.Code() != want {
		t.Errorf("%s: %s, want %q", text, r.Body, want)
	}
	if after := s.content(t); (after == before) != (want != "") {
		t.Errorf("%s: %s; changed %t", text, r.Body, after != before)
	}
}

// content is a digest of all rows of the database, without those that say what this replica is doing.
func (s *service) content(t *testing.T) string {
	t.Helper()
	rows, err := s.database.QueryContext(t.Context(), `
		SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
		WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename NOT IN ('replicas', 'deployment') ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table)
	}
	if err := rows.Err(); err != nil || len(tables) < 5 {
		t.Fatalf("%q, %v", tables, err)
	}
	var all strings.Builder
	for _, table := range tables {
		var digest string
		query := `SELECT md5(coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '')) FROM ` + table + ` t`
		if err := s.database.QueryRowContext(t.Context(), query).Scan(&digest); err != nil {
			t.Fatal(err)
		}
		all.WriteString(table + " " + digest + "\n")
	}
	return all.String()
}

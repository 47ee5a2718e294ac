package house_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A rule finds files that break it, by their paths.
type rule struct {
	name   string
	broken func([]file) map[string][]string
}

const (
	longestFile    = 300  // lines a file has before it needs a reason
	largestPackage = 1800 // lines of code in a package
)

func rules() []rule {
	databases := []string{"database/sql/...", "github.com/jmoiron/sqlx/...", "github.com/lib/pq/...", "github.com/pressly/goose/v3/..."}
	const gqlgen = "github.com/99designs/gqlgen/..."
	return []rule{
		{"the root has one Go file", each(atRoot)},
		{"packages import only what is below them", each(crossesLayers)},
		{"auth does not know the GraphQL server", each(imports("auth/...", gqlgen))},
		{"store does not know the GraphQL server", each(imports("store/...", gqlgen))},
		{"auth/policy does not know HTTP", each(imports("auth/policy/...", "net/http/..."))},
		{"only store uses a database", each(except("store/...", inProduct(imports("...", databases...))))},
		{"only store has SQL", each(except("store/...", inProduct(sqlText)))},
		{"only settings reads the environment", each(inProduct(environment))},
		{"a long file gives a reason", each(tooLong)},
		{"a package has at most 1,800 lines of code", tooLarge},
		{"a package has a name of its own", each(vagueName)},
	}
}

// repository reads the files of this repository.
func repository(t *testing.T) []file {
	t.Helper()
	files := readFiles(t, os.DirFS("../.."))
	if len(files) < 100 || !slices.ContainsFunc(files, func(f file) bool { return f.folder == "auth/policy" }) {
		t.Fatalf("only %d files were read", len(files))
	}
	return files
}

func TestHouse(t *testing.T) {
	files := repository(t)
	for _, rule := range rules() {
		t.Run(rule.name, func(t *testing.T) {
			for where, faults := range rule.broken(files) {
				t.Errorf("%s: %s", where, strings.Join(faults, ", "))
			}
		})
	}
}

// each makes a rule of one that looks at one file.
func each(broken func(file) []string) func([]file) map[string][]string {
	return func(files []file) map[string][]string {
		all := map[string][]string{}
		for _, f := range files {
			if faults := broken(f); len(faults) > 0 {
				all[f.path] = faults
			}
		}
		return all
	}
}

// except exempts the files of a place from a rule.
func except(place string, broken func(file) []string) func(file) []string {
	return func(f file) []string {
		if within(f.folder, place) {
			return nil
		}
		return broken(f)
	}
}

// inProduct exempts tests and the packages below test/ from a rule.
func inProduct(broken func(file) []string) func(file) []string {
	return except("test/...", func(f file) []string {
		if f.test {
			return nil
		}
		return broken(f)
	})
}

// atRoot finds Go files at the root other than server.go.
func atRoot(f file) []string {
	if f.folder == "." && f.path != "server.go" {
		return []string{"belongs in a package: the root has server.go alone"}
	}
	return nil
}

// imports finds imports that the files of a place, tests included, may not have.
func imports(place string, forbidden ...string) func(file) []string {
	return func(f file) (faults []string) {
		if !within(f.folder, place) {
			return nil
		}
		for _, spec := range f.syntax.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if slices.ContainsFunc(forbidden, func(pattern string) bool { return within(imported, pattern) }) {
				faults = append(faults, "imports "+imported)
			}
		}
		return faults
	}
}

var sqlStatement = regexp.MustCompile(`(?is)\b(SELECT\s.+?\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s+\w+\s*=|DELETE\s+FROM\s)`)

// sqlText finds SQL in string literals.
func sqlText(f file) (faults []string) {
	for n := range ast.Preorder(f.syntax) {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			continue
		}
		text, _ := strconv.Unquote(literal.Value)
		if found := sqlStatement.FindString(text); found != "" {
			faults = append(faults, fmt.Sprintf("has SQL: %q", found))
		}
	}
	return faults
}

// environment finds where the environment is read. main passes it on, settings
// parses it, an example is a program of its own, and store/embedded passes some of
// it to programs it starts.
func environment(f file) (faults []string) {
	parsers := imports("...", "github.com/caarlos0/env/...", "gatehouse/settings/dotenv")
	faults = except("settings", except("examples/...", parsers))(f)
	for _, place := range []string{".", "examples/...", "store/embedded/..."} {
		if within(f.folder, place) {
			return faults
		}
	}
	readers := []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}
	for n := range ast.Preorder(f.syntax) {
		call, ok := n.(*ast.SelectorExpr)
		if !ok {
			continue
		}
		pkg, ok := call.X.(*ast.Ident)
		if ok && (pkg.Name == "os" || pkg.Name == "syscall") && slices.Contains(readers, call.Sel.Name) {
			faults = append(faults, "reads the environment")
		}
	}
	return faults
}

// tooLong finds files of more than longestFile lines without a comment that begins
// with "Long because".
func tooLong(f file) []string {
	reason := func(group *ast.CommentGroup) bool {
		return slices.ContainsFunc(group.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "// Long because ") })
	}
	if f.lines <= longestFile || slices.ContainsFunc(f.syntax.Comments, reason) {
		return nil
	}
	return []string{fmt.Sprintf("has %d lines: split it by concept, or give the reason in a comment that begins with: Long because", f.lines)}
}

// tooLarge finds packages with more code than largestPackage. auth/policy stays
// whole: its parts use too much of each other.
func tooLarge(files []file) map[string][]string {
	code := map[string]int{}
	for _, f := range files {
		if !f.test && !within(f.folder, "test/...") && f.folder != "auth/policy" {
			code[f.folder] += f.code
		}
	}
	all := map[string][]string{}
	for folder, lines := range code {
		if lines > largestPackage {
			all[folder] = []string{fmt.Sprintf("has %d lines of code: split it by concept", lines)}
		}
	}
	return all
}

// vagueName finds packages named after nothing in particular.
func vagueName(f file) []string {
	name := strings.TrimSuffix(f.syntax.Name.Name, "_test")
	vague := []string{"util", "utils", "helper", "helpers", "types", "common", "manager", "managers", "provider", "model", "models"}
	for _, n := range []string{name, path.Base(f.folder)} {
		if slices.Contains(vague, n) {
			return []string{"is of a package named " + n}
		}
	}
	return nil
}

package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A houseFile is a Go file that a person wrote.
type houseFile struct {
	path   string // from the root of the module, with slashes
	folder string // "." is the root
	test   bool
	lines  int
	syntax *ast.File
}

// A houseRule finds what breaks one of the rules that carry the house.
type houseRule struct {
	name   string
	broken func(houseFile) []string
}

// longestFile is how many lines a file has before it needs a reason.
const longestFile = 300

func houseRules() []houseRule {
	databases := []string{"database/sql/...", "github.com/jmoiron/sqlx/...", "github.com/lib/pq/...", "github.com/pressly/goose/v3/..."}
	const gqlgen = "github.com/99designs/gqlgen/..."
	return []houseRule{
		{"auth decides: it knows neither what speaks nor what remembers", imports("auth/...", "gatehouse/graph/...", "gatehouse/store/...", "gatehouse/web/...")},
		{"auth knows no GraphQL server", imports("auth/...", gqlgen)},
		{"auth/policy knows no HTTP and no users", imports("auth/policy/...", "net/http/...", "gatehouse/...")},
		{"auth/token stands alone", imports("auth/token", "gatehouse/...")}, // what is below it is in its module
		{"auth/password stands alone", imports("auth/password/...", "gatehouse/...")},
		{"store remembers: it doesn't know what speaks", imports("store/...", "gatehouse/graph/...", "gatehouse/web/...", gqlgen)},
		{"graph speaks: it doesn't know what remembers", imports("graph/...", "gatehouse/store/...", "gatehouse/web/...")},
		{"web knows nobody", imports("web/...", "gatehouse/...")},
		{"only store knows a database", except(inProduct(imports("...", databases...)), "store/...")},
		{"SQL stands in store only", except(inProduct(sqlText), "store/...")},
		{"settings are read once, by package main", except(except(inProduct(environment), "."), "examples/...")},
		{"a long file says why", tooLong},
		{"a package is named by what it is", vaguePackage},
	}
}

func TestHouse(t *testing.T) {
	files := readHouse(t, os.DirFS("."))
	if len(files) < 100 || !slices.ContainsFunc(files, func(f houseFile) bool { return f.folder == "auth/policy" }) {
		t.Fatalf("only %d files were read", len(files))
	}
	for _, rule := range houseRules() {
		t.Run(rule.name, func(t *testing.T) {
			for _, f := range files {
				for _, fault := range rule.broken(f) {
					t.Errorf("%s: %s", f.path, fault)
				}
			}
		})
	}
}

// readHouse reads the Go files below root that a person wrote.
func readHouse(t *testing.T, root fs.FS) []houseFile {
	t.Helper()
	var files []houseFile
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (name != "." && strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"data", "node_modules", "testdata"}, entry.Name())) {
			return fs.SkipDir
		}
		if entry.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if f := readHouseFile(t, name, string(text)); !ast.IsGenerated(f.syntax) {
			files = append(files, f)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readHouseFile(t *testing.T, name, text string) houseFile {
	t.Helper()
	syntax, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return houseFile{path: name, folder: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), lines: strings.Count(text, "\n"), syntax: syntax}
}

// within reports whether a path is what a pattern names: itself, or with /... also what lies below it. ... is everything.
func within(name, pattern string) bool {
	above, below := strings.CutSuffix(pattern, "...")
	above = strings.TrimSuffix(above, "/")
	return name == above || below && (above == "" || strings.HasPrefix(name, above+"/"))
}

// except frees what lies in one place from a rule.
func except(broken func(houseFile) []string, place string) func(houseFile) []string {
	return func(f houseFile) []string {
		if within(f.folder, place) {
			return nil
		}
		return broken(f)
	}
}

// inProduct frees the tests from a rule: the files of tests, and the packages under test/, such as a server to measure against.
func inProduct(broken func(houseFile) []string) func(houseFile) []string {
	return except(func(f houseFile) []string {
		if f.test {
			return nil
		}
		return broken(f)
	}, "test/...")
}

// imports finds imports that the files of a place, tests included, may not have. A package may always import what lies below it.
func imports(place string, forbidden ...string) func(houseFile) []string {
	return func(f houseFile) (faults []string) {
		if !within(f.folder, place) {
			return nil
		}
		own := "gatehouse/" + f.folder
		for _, spec := range f.syntax.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			bad := func(pattern string) bool { return !within(imported, own+"/...") && within(imported, pattern) }
			if slices.ContainsFunc(forbidden, bad) {
				faults = append(faults, "imports "+imported)
			}
		}
		return faults
	}
}

var sqlStatement = regexp.MustCompile(`(?is)\b(SELECT\s.+?\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s+\w+\s*=|DELETE\s+FROM\s)`)

// sqlText finds SQL in string literals.
func sqlText(f houseFile) (faults []string) {
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

// environment finds where the environment is read. A program that is started needs some of it, which is no setting.
func environment(f houseFile) (faults []string) {
	faults = imports("...", "github.com/caarlos0/env/...", "github.com/joho/godotenv/...")(f)
	if within(f.folder, "store/embedded/...") {
		return faults
	}
	for n := range ast.Preorder(f.syntax) {
		call, ok := n.(*ast.SelectorExpr)
		if !ok {
			continue
		}
		pkg, ok := call.X.(*ast.Ident)
		if ok && (pkg.Name == "os" || pkg.Name == "syscall") && slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, call.Sel.Name) {
			faults = append(faults, "reads the environment")
		}
	}
	return faults
}

// tooLong finds a file of more than longestFile lines without a line of comment that begins with "Long because".
func tooLong(f houseFile) []string {
	reason := func(group *ast.CommentGroup) bool {
		return slices.ContainsFunc(group.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "// Long because ") })
	}
	if f.lines <= longestFile || slices.ContainsFunc(f.syntax.Comments, reason) {
		return nil
	}
	return []string{fmt.Sprintf("has %d lines: split it by concept, or say why not in a comment that begins with: Long because", f.lines)}
}

// vaguePackage finds packages that are named by what doesn't fit elsewhere.
func vaguePackage(f houseFile) []string {
	name := strings.TrimSuffix(f.syntax.Name.Name, "_test")
	vague := []string{"util", "utils", "helper", "helpers", "types", "common", "manager", "managers", "provider", "model", "models"}
	for _, n := range []string{name, path.Base(f.folder)} {
		if slices.Contains(vague, n) {
			return []string{"is of a package named " + n}
		}
	}
	return nil
}

// Package docs tests the documentation: its links, its width, and that its reference is complete.
package docs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"gatehouse/settings"
)

const root = "../.."

// pages returns the text of every Markdown page by its path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == "node_modules" || name == ".git" || name == "data") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		found[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Fatalf("only %d pages found", len(found))
	}
	return found
}

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// TestLinks checks that every relative link has a target, with the heading that it names.
func TestLinks(t *testing.T) {
	all := pages(t)
	seen := 0
	for name, text := range all {
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target := match[1] + match[2]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			seen++
			if err := check(all, name, target); err != nil {
				t.Errorf("%s: %s: %v", name, target, err)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d links found", seen)
	}
}

func TestLinksAreChecked(t *testing.T) {
	all := map[string]string{"docs/a.md": "# One `TWO`\n\n## Three: four!\n"}
	tests := []struct {
		target string
		ok     bool
	}{
		{"b.md", false},
		{"#two", false},
		{"#one-two", true},
		{"a.md#three-four", true},
		{"../schema.graphqls", true},
	}
	for _, tt := range tests {
		if err := check(all, "docs/a.md", tt.target); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.target, err)
		}
	}
}

// check returns an error unless the target of a link on a page exists.
func check(all map[string]string, page, target string) error {
	file, anchor, _ := strings.Cut(target, "#")
	path := page
	if file != "" {
		path = filepath.ToSlash(filepath.Join(filepath.Dir(page), file))
	}
	text, isPage := all[path]
	if !isPage {
		_, err := os.Stat(filepath.Join(root, path))
		return err
	}
	if anchor == "" {
		return nil
	}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		if slug(match[1]) == anchor {
			return nil
		}
	}
	return fmt.Errorf("%s has no heading %q", path, anchor)
}

var notInSlug = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)

// slug returns the anchor that GitHub gives a heading.
func slug(title string) string {
	return strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

// TestLineLength checks that no line of a page has more than 100 columns. Rows of tables can't be
// broken, so they may be longer.
func TestLineLength(t *testing.T) {
	for name, text := range pages(t) {
		number := 0
		for line := range strings.Lines(text) {
			number++
			n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))
			if n > 100 && !strings.HasPrefix(line, "|") {
				t.Errorf("%s:%d has %d columns", name, number, n)
			}
		}
	}
}

// TestReferenceHasEveryCode compares the error codes in docs/reference.md with
// the enum in the schema.
func TestReferenceHasEveryCode(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(root, "schema.graphqls"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := parser.ParseSchema(&ast.Source{Name: "schema.graphqls", Input: string(source)})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, value := range schema.Definitions.ForName("ErrorCode").EnumValues {
		want = append(want, value.Name)
	}
	_, section, _ := strings.Cut(pages(t)["docs/reference.md"], "## Error codes\n")
	table, _, _ := strings.Cut(section, "| code | `reason` |")
	var got []string
	for _, match := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		got = append(got, match[1])
	}
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("docs/reference.md has the codes %q, the schema %q", got, want)
	}
}

// TestReferenceHasEverySetting compares the tables of settings in docs/reference.md with
// the settings: their names and, where there is one, the default.
func TestReferenceHasEverySetting(t *testing.T) {
	_, section, _ := strings.Cut(pages(t)["docs/reference.md"], "## Settings\n")
	section, _, _ = strings.Cut(section, "\n## ")
	documented := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[A-Z_`, ]+`) \\| (.*?) \\| ").FindAllStringSubmatch(section, -1) {
		for name := range strings.SplitSeq(strings.ReplaceAll(row[1], "`", ""), ", ") {
			if _, twice := documented[name]; twice {
				t.Errorf("%s has two rows", name)
			}
			documented[name] = row[2]
		}
	}
	s, err := settings.Read(nil, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	derived := []string{"PUBLIC_URL", "AUDIENCE", "SHUTDOWN_DELAY", "MAIL_FROM", "ACCOUNT_URL"} // their defaults depend on other settings
	for _, setting := range s.List() {
		cell, found := documented[setting.Name]
		delete(documented, setting.Name)
		literal := cell == "`"+setting.Value+"`"
		if !found || !literal && setting.Value != "-" && !slices.Contains(derived, setting.Name) {
			t.Errorf("%s has the default %s, documented (%v) as %s", setting.Name, setting.Value, found, cell)
		}
	}
	for name := range documented {
		t.Errorf("%s is documented, and is not a setting", name)
	}
}

// TestPictures checks that the pictures are small enough to load quickly.
func TestPictures(t *testing.T) {
	found, err := filepath.Glob(filepath.Join(root, "docs/*.png"))
	if err != nil || len(found) < 4 {
		t.Fatalf("pictures %q, %v", found, err)
	}
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 200_000 {
			t.Errorf("%s has %d bytes", path, info.Size())
		}
	}
}

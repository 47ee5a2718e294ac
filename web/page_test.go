package web

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// own answers our own files, by name: all but those of vendor/.
func own(t *testing.T) map[string]string {
	t.Helper()
	contents := make(map[string]string)
	for name, a := range explorerAssets() {
		if path.Dir(name) == "." {
			contents[name] = string(a.content)
		}
	}
	if len(contents) < 9 {
		t.Fatalf("only %d files of our own", len(contents))
	}
	return contents
}

func TestReferencesAreServed(t *testing.T) {
	reference := regexp.MustCompile(`(?:src|href)="([^"]+)"|from '([^']+)'`)
	seen := 0
	for name, content := range own(t) {
		for _, match := range reference.FindAllStringSubmatch(content, -1) {
			target := strings.Replace(match[1]+match[2], "./", "/playground/", 1)
			if target == "/schema.graphqls" { // served by the API
				continue
			}
			seen++
			if got := ask(t, "GET", target); got.StatusCode != 200 {
				t.Errorf("%s: %s is answered %d", name, target, got.StatusCode)
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d references found", seen)
	}
}

func TestNoOtherOrigin(t *testing.T) {
	origin := regexp.MustCompile(`(?i)(?:https?:|wss?:)?//[a-z0-9-]+\.[^\s"')]+|@import`)
	namespace := `xmlns="http://www.w3.org/2000/svg"` // a name, not an address
	for name, content := range own(t) {
		if found := origin.FindString(strings.ReplaceAll(content, namespace, "")); found != "" {
			t.Errorf("%s names %s", name, found)
		}
	}
	if origin.FindString(`<script src="https://cdn.example/x.js">`) == "" {
		t.Error("the pattern finds nothing")
	}
}

// What GraphiQL's style needs is in it. (That its script asks nobody else is for the browser test to see.)
func TestVendorStyleLoadsNothing(t *testing.T) {
	seen := 0
	for name, a := range explorerAssets() {
		if path.Ext(name) != ".css" {
			continue
		}
		for _, match := range regexp.MustCompile(`url\(\s*["']?([^)]{0,40})`).FindAllStringSubmatch(string(a.content), -1) {
			seen++
			if !strings.HasPrefix(match[1], "data:") {
				t.Errorf("%s loads %s", name, match[1])
			}
		}
	}
	if seen == 0 {
		t.Error("no url() found at all")
	}
}

func TestPageHasNoInlineScript(t *testing.T) {
	html := own(t)[page]
	if found := regexp.MustCompile(`(?i)\son[a-z]+="|javascript:|<script(?:[^>]*)>[^<]|style="`).FindString(html); found != "" {
		t.Errorf("the page has %q", found)
	}
	if !strings.Contains(html, "<script") {
		t.Error("the page has no script at all")
	}
}

// The ready-made tabs are the first thing a person runs.
func TestExamplesFitTheSchema(t *testing.T) {
	source, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(source)})
	example := regexp.MustCompile("(?s)name: '(\\w+)',\\s+query: `([^`]+)`")
	matches := example.FindAllStringSubmatch(own(t)["examples.mjs"], -1)
	for _, match := range matches {
		name, query := match[1], match[2]
		document, faults := gqlparser.LoadQueryWithRules(schema, query, nil)
		if faults != nil {
			t.Errorf("%s: %v", name, faults)
			continue
		}
		if got := document.Operations[0].Name; got != name {
			t.Errorf("the operation of %s is called %s", name, got)
		}
	}
	if len(matches) != 9 {
		t.Errorf("%d examples, want 9", len(matches))
	}
}

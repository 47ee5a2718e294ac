package web

import (
	"maps"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// own returns our own files by name: all except those in vendor/.
func own(t *testing.T) map[string]string {
	t.Helper()
	contents := make(map[string]string)
	for name, a := range assetsOf("explorer", "") {
		if path.Dir(name) == "." {
			contents[name] = string(a.content)
		}
	}
	if len(contents) < 9 {
		t.Fatalf("only %d files", len(contents))
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
				t.Errorf("%s: %s returned status %d", name, target, got.StatusCode)
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d references found", seen)
	}
}

func TestNoOtherOrigin(t *testing.T) {
	origin := regexp.MustCompile(`(?i)(?:https?:|wss?:)?//[a-z0-9-]+\.[^\s"')]+|@import`)
	namespace := `xmlns="http://www.w3.org/2000/svg"` // a name, not a URL to load
	for name, content := range own(t) {
		if found := origin.FindString(strings.ReplaceAll(content, namespace, "")); found != "" {
			t.Errorf("%s refers to %s", name, found)
		}
	}
	if origin.FindString(`<script src="https://cdn.example/x.js">`) == "" {
		t.Error("the pattern matches nothing")
	}
}

// GraphiQL's style sheet loads nothing. (The browser test checks the requests
// that its script sends.)
func TestVendorStyleLoadsNothing(t *testing.T) {
	seen := 0
	for name, a := range assetsOf("explorer", "") {
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
		t.Error("no url() found")
	}
}

func TestPageHasNoInlineScript(t *testing.T) {
	html := own(t)[page]
	if found := regexp.MustCompile(`(?i)\son[a-z]+="|javascript:|<script(?:[^>]*)>[^<]|style="`).FindString(html); found != "" {
		t.Errorf("the page contains %q", found)
	}
	if !strings.Contains(html, "<script") {
		t.Error("the page has no script")
	}
}

// The example tabs are the first operations that a user runs.
func TestExamplesMatchTheSchema(t *testing.T) {
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
			t.Errorf("the operation of the tab %s is named %s", name, got)
		}
	}
	if len(matches) != 9 {
		t.Errorf("%d examples, want 9", len(matches))
	}
}

// The README registers a user with curl. The explorer's tabs must log in the same user.
func TestExamplesUseTheUserOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	credentials := regexp.MustCompile(`\b(email|password)\\?"?(?::| =) ?\\?["']([^"'\\]+)\\?["']`)
	inReadme := make(map[string]string)
	for _, match := range credentials.FindAllStringSubmatch(string(readme), -1) {
		if other, seen := inReadme[match[1]]; seen && other != match[2] {
			t.Errorf("the README has the %ss %q and %q", match[1], other, match[2])
		}
		inReadme[match[1]] = match[2]
	}
	inExamples := make(map[string]string)
	for _, match := range credentials.FindAllStringSubmatch(own(t)["examples.mjs"], -1) {
		inExamples[match[1]] = match[2]
	}
	if len(inReadme) != 2 || !maps.Equal(inReadme, inExamples) {
		t.Errorf("README %v, examples %v", inReadme, inExamples)
	}
}

// The explorer and the example app have the same icon.
func TestOneIcon(t *testing.T) {
	icon, err := os.ReadFile("../test/clients/spa/public/icon.svg")
	if err != nil {
		t.Fatal(err)
	}
	if own(t)["icon.svg"] != string(icon) {
		t.Error("test/clients/spa/public/icon.svg is not explorer/icon.svg")
	}
}

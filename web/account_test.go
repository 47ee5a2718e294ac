package web

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func TestAccountPaths(t *testing.T) {
	tests := []struct {
		name, method, path string
		status             int
		contentType        string
	}{
		{"method", "POST", "/account", 405, "text/plain; charset=utf-8"},
		{"no such file", "GET", "/account/nothing.js", 404, "text/plain; charset=utf-8"},
		{"the source", "GET", "/account/src/main.tsx", 404, "text/plain; charset=utf-8"},
		{"above the folder", "GET", "/account/../package.json", 404, "text/plain; charset=utf-8"},
		{"another folder", "GET", "/accounts", 404, "text/plain; charset=utf-8"},

		{"the page", "GET", "/account", 200, "text/html; charset=utf-8"},
		{"with a slash", "GET", "/account/", 200, "text/html; charset=utf-8"},
		{"head", "HEAD", "/account", 200, "text/html; charset=utf-8"},
		{"the script", "GET", "/account/account.js", 200, "text/javascript; charset=utf-8"},
		{"the style", "GET", "/account/account.css", 200, "text/css; charset=utf-8"},
		{"the documents", "GET", "/account/documents.json", 200, "application/json"},
		{"licences", "GET", "/account/licenses.txt", 200, "text/plain; charset=utf-8"},
		{"the icon", "GET", "/account/icon.svg", 200, "image/svg+xml; charset=utf-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			Account("").ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
			if w.Code != tt.status {
				t.Errorf("status = %d, want %d", w.Code, tt.status)
			}
			if h := w.Header().Get("Content-Type"); h != tt.contentType {
				t.Errorf("Content-Type = %q, want %q", h, tt.contentType)
			}
			if h := w.Header().Get("Content-Security-Policy"); h != accountPolicy {
				t.Errorf("Content-Security-Policy = %q", h)
			}
		})
	}
}

func TestAccountPolicyIsStrict(t *testing.T) {
	for _, lax := range []string{"unsafe", "data:", "*", "http"} {
		if strings.Contains(accountPolicy, lax) {
			t.Errorf("the policy has %s", lax)
		}
	}
	for _, strict := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} {
		if !strings.Contains(accountPolicy, strict) {
			t.Errorf("the policy lacks %s", strict)
		}
	}
}

func TestAccountBelowAPath(t *testing.T) {
	w := httptest.NewRecorder()
	Account("/id").ServeHTTP(w, httptest.NewRequest("GET", "/account", nil))
	for _, link := range []string{`src="/id/account/account.js"`, `href="/id/account/account.css"`, `href="/id/account/icon.svg"`} {
		if !strings.Contains(w.Body.String(), link) {
			t.Errorf("the page lacks %s", link)
		}
	}
}

// maxAccount is how many bytes a browser loads for the pages, compressed.
const maxAccount = 60_000

func TestAccountIsSmall(t *testing.T) {
	size := 0
	for _, a := range assetsOf("account/dist", "") {
		size += len(a.gzipped())
	}
	if size > maxAccount {
		t.Errorf("the pages have %d bytes, more than %d", size, maxAccount)
	}
	t.Logf("%d bytes", size)
}

// TestAccountDocumentsFitTheSchema: a change of the schema that breaks the pages is found without Node.
func TestAccountDocumentsFitTheSchema(t *testing.T) {
	source, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(source)})
	documents := AccountDocuments()
	for _, text := range documents {
		if _, faults := gqlparser.LoadQueryWithRules(schema, text, nil); faults != nil {
			t.Errorf("%s: %v", text, faults)
		}
	}
	if len(documents) < 40 {
		t.Errorf("only %d documents", len(documents))
	}
	if _, faults := gqlparser.LoadQueryWithRules(schema, "{ nothing }", nil); faults == nil {
		t.Error("an unknown field is not found")
	}
}

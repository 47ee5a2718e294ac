package api_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/test/harness"
	"gatehouse/web"
)

const mePersisted = `{"me-1":"query Me { me { email } }"}`

// writtenFile writes text to a file and returns its path.
func writtenFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifest.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTrustedDocuments runs documents from a manifest and others. The metrics
// count them by source.
func TestTrustedDocuments(t *testing.T) {
	address := harness.FreeAddress(t)
	s := harness.Start(t, "METRICS_ADDR="+address, "TRUSTED_DOCUMENTS="+writtenFile(t, mePersisted), "TRUSTED_DOCUMENTS_MODE=allow-list")
	if !strings.Contains(s.Log.String(), "PLAYGROUND=on") {
		t.Error("the log does not warn that the explorer is of little use")
	}
	s.Ask(t, "", `query Me{me{email}}`, nil).Want(t, "UNAUTHENTICATED")
	s.Ask(t, "", `query Me{me{id}}`, nil).Want(t, "FORBIDDEN")
	s.Post(t, http.Header{}, []byte(`{"documentId":"me-1"}`)).Want(t, "UNAUTHENTICATED")
	s.Post(t, http.Header{}, []byte(`{"documentId":"me-2"}`)).Want(t, "PERSISTED_QUERY_NOT_FOUND")
	got := harness.Scrape(t, address)
	for source, n := range map[string]string{"text": "1", "unlisted": "1", "manifest": "1", "unknown": "1", "cache": ""} {
		if sample := `gatehouse_documents_total{source="` + source + `"}`; got[sample] != n {
			t.Errorf("%s = %q; want %q", sample, got[sample], n)
		}
	}
}

// TestPagesOfAccountsAreTrusted sends what the pages at /account send, next to a manifest that does
// not have it. Our own ACCOUNT_URL serves them; with another, they are as unknown as any document.
func TestPagesOfAccountsAreTrusted(t *testing.T) {
	byID := func(text string) []byte {
		return fmt.Appendf(nil, `{"documentId":"sha256:%x"}`, sha256.Sum256([]byte(text)))
	}
	methods := func(text string) bool { return strings.Contains(text, "query LoginMethods") }
	for _, tt := range []struct {
		mode, page         string
		text, id, stranger string // the codes of the answers
	}{
		{"allow-list", "", "", "", "FORBIDDEN"},
		{"only", "", "FORBIDDEN", "", "FORBIDDEN"},
		{"allow-list", "https://app.example.com/me", "FORBIDDEN", "PERSISTED_QUERY_NOT_FOUND", "FORBIDDEN"},
	} {
		arguments := []string{"TRUSTED_DOCUMENTS=" + writtenFile(t, mePersisted), "TRUSTED_DOCUMENTS_MODE=" + tt.mode}
		if tt.page != "" {
			arguments = append(arguments, "ACCOUNT_URL="+tt.page)
		}
		s := harness.Start(t, arguments...)
		found := 0
		for _, text := range web.AccountDocuments() {
			if !methods(text) {
				continue
			}
			found++
			s.Ask(t, "", text, nil).Want(t, tt.text)
			s.Post(t, http.Header{}, byID(text)).Want(t, tt.id)
		}
		if found != 2 { // as it is sent, and as its id was made
			t.Errorf("%d texts of the query", found)
		}
		s.Ask(t, "", `query LoginMethods { loginMethods { password } }`, nil).Want(t, tt.stranger)
	}
}

func TestAutomaticPersistedQueries(t *testing.T) {
	const hash = `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}`
	for value, code := range map[string]string{"off": "PERSISTED_QUERY_NOT_SUPPORTED", "on": ""} {
		s := harness.Start(t, "AUTOMATIC_PERSISTED_QUERIES="+value)
		s.Post(t, http.Header{}, []byte(`{"query":"{__typename}",`+hash+`}`)).Want(t, "")
		s.Post(t, http.Header{}, []byte(`{`+hash+`}`)).Want(t, code)
	}
}

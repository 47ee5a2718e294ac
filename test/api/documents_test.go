package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const mePersisted = `{"me-1":"query Me { me { email } }"}`

// writtenFile is the path of a file with a text.
func writtenFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifest.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDocumentSettingsRefused(t *testing.T) {
	tests := []struct {
		environ []string
		want    string // part of the fault; "" for none
	}{
		{[]string{"TRUSTED_DOCUMENTS=x.json"}, ""},
		{[]string{"TRUSTED_DOCUMENTS=x.json", "TRUSTED_DOCUMENTS_MODE=allow-list"}, ""},
		{[]string{"TRUSTED_DOCUMENTS=x.json", "TRUSTED_DOCUMENTS_MODE=only"}, ""},
		{[]string{"TRUSTED_DOCUMENTS=x.json", "TRUSTED_DOCUMENTS_MODE=strict"}, "TRUSTED_DOCUMENTS_MODE must be one of: log, allow-list, only"},
		{[]string{"TRUSTED_DOCUMENTS_MODE=only"}, "TRUSTED_DOCUMENTS_MODE=only needs TRUSTED_DOCUMENTS"},
		{[]string{"TRUSTED_DOCUMENTS_MODE=log"}, ""},
		{[]string{"TRUSTED_DOCUMENTS_MODES=log"}, "TRUSTED_DOCUMENTS_MODES is no setting; did you mean TRUSTED_DOCUMENTS"},
		{[]string{"AUTOMATIC_PERSISTED_QUERIES=on"}, ""},
		{[]string{"AUTOMATIC_PERSISTED_QUERIES=yes"}, "AUTOMATIC_PERSISTED_QUERIES must be one of: off, on"},
		{[]string{"AUTOMATIC_PERSISTED_QUERIES=on", "TRUSTED_DOCUMENTS=x.json"}, ""},
		{[]string{"AUTOMATIC_PERSISTED_QUERIES=on", "TRUSTED_DOCUMENTS=x.json", "TRUSTED_DOCUMENTS_MODE=allow-list"}, "of which TRUSTED_DOCUMENTS_MODE=allow-list lets none run"},
	}
	for _, tt := range tests {
		_, err := readSettings(tt.environ, os.DevNull)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.environ, err, tt.want)
		}
	}
}

// A manifest with faults stops the start before anything is changed, and each of them is told.
func TestManifestIsChecked(t *testing.T) {
	tests := []struct {
		name, path string
		want       []string
	}{
		{"good", writtenFile(t, mePersisted), nil},
		{"missing", filepath.Join(t.TempDir(), "none.json"), []string{"TRUSTED_DOCUMENTS can't be read"}},
		{"no manifest", writtenFile(t, "[]"), []string{"TRUSTED_DOCUMENTS: it is no object of JSON"}},
		{"two faults", writtenFile(t, `{"a":"{ we }","b":"{ you }","c":"{ me { id } }"}`), []string{
			`  TRUSTED_DOCUMENTS: "a": Cannot query field "we" on type "Query"`, `  TRUSTED_DOCUMENTS: "b": Cannot query field "you" on type "Query"`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := consoleWith(t, "TRUSTED_DOCUMENTS="+tt.path)
			o := c.run(t, "", "config", "check")
			if tt.want == nil {
				o.ends(t, exitDone)
				return
			}
			d := &deployment{settings: settingsOf(t, "SECRET_KEY="+testSecret, "TRUSTED_DOCUMENTS="+tt.path)}
			_, err := d.prepare(t.Context()) // without a database, which it does not come to
			o.ends(t, exitRefused)
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(o.stderr, want) {
					t.Errorf("%q lacks %q, or the start: %v", o.stderr, want, err)
				}
			}
		})
	}
}

func TestUselessExplorer(t *testing.T) {
	path := writtenFile(t, mePersisted)
	for mode, useless := range map[string]bool{"log": false, "allow-list": true, "only": true} {
		for _, explorer := range []string{"on", "off"} {
			c := consoleWith(t, "TRUSTED_DOCUMENTS="+path, "TRUSTED_DOCUMENTS_MODE="+mode, "PLAYGROUND="+explorer)
			o := c.run(t, "", "config", "check")
			o.ends(t, exitDone)
			if warned := strings.Contains(o.stderr, "PLAYGROUND=on"); warned != (useless && explorer == "on") {
				t.Errorf("%s, %s: %q", mode, explorer, o.stderr)
			}
		}
	}
}

// The settings reach the service, and the metrics say where documents came from.
func TestTrustedDocuments(t *testing.T) {
	address := "127.0.0.1:" + freePort(t)
	s := start(t, "METRICS_ADDR="+address, "TRUSTED_DOCUMENTS="+writtenFile(t, mePersisted), "TRUSTED_DOCUMENTS_MODE=allow-list")
	if !strings.Contains(s.log.String(), "PLAYGROUND=on") {
		t.Error("nothing says that the explorer is of little use")
	}
	want(t, s.ask(t, "", `query Me{me{email}}`, nil), "UNAUTHENTICATED")
	want(t, s.ask(t, "", `query Me{me{id}}`, nil), "FORBIDDEN")
	want(t, s.post(t, http.Header{}, []byte(`{"documentId":"me-1"}`)), "UNAUTHENTICATED")
	want(t, s.post(t, http.Header{}, []byte(`{"documentId":"me-2"}`)), "PERSISTED_QUERY_NOT_FOUND")
	got := scrape(t, address)
	for source, n := range map[string]string{"text": "1", "unlisted": "1", "manifest": "1", "unknown": "1", "cache": ""} {
		if sample := `gatehouse_documents_total{source="` + source + `"}`; got[sample] != n {
			t.Errorf("%s = %q; want %q", sample, got[sample], n)
		}
	}
}

func TestAutomaticPersistedQueries(t *testing.T) {
	const hash = `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}`
	for value, code := range map[string]string{"off": "PERSISTED_QUERY_NOT_SUPPORTED", "on": ""} {
		s := start(t, "AUTOMATIC_PERSISTED_QUERIES="+value)
		want(t, s.post(t, http.Header{}, []byte(`{"query":"{__typename}",`+hash+`}`)), "")
		want(t, s.post(t, http.Header{}, []byte(`{`+hash+`}`)), code)
	}
}

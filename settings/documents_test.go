package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/graph"
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
		{[]string{"TRUSTED_DOCUMENTS_MODES=log"}, "TRUSTED_DOCUMENTS_MODES is not a setting; did you mean TRUSTED_DOCUMENTS"},
		{[]string{"AUTOMATIC_PERSISTED_QUERIES=on"}, ""},
		{[]string{"AUTOMATIC_PERSISTED_QUERIES=yes"}, "AUTOMATIC_PERSISTED_QUERIES must be one of: on, off"},
		{[]string{"AUTOMATIC_PERSISTED_QUERIES=on", "TRUSTED_DOCUMENTS=x.json"}, ""},
		{[]string{"AUTOMATIC_PERSISTED_QUERIES=on", "TRUSTED_DOCUMENTS=x.json", "TRUSTED_DOCUMENTS_MODE=allow-list"}, "TRUSTED_DOCUMENTS_MODE=allow-list lets none of them run"},
	}
	for _, tt := range tests {
		_, err := Read(tt.environ, os.DevNull)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.environ, err, tt.want)
		}
	}
}

// TestManifest: every fault of a manifest is reported at once.
func TestManifest(t *testing.T) {
	p, err := graph.Policy(nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		want       []string
	}{
		{"good", writtenFile(t, mePersisted), nil},
		{"missing", filepath.Join(t.TempDir(), "none.json"), []string{"TRUSTED_DOCUMENTS can't be read"}},
		{"not a manifest", writtenFile(t, "[]"), []string{"TRUSTED_DOCUMENTS: it is not a JSON object"}},
		{"two faults", writtenFile(t, `{"a":"{ we }","b":"{ you }","c":"{ me { id } }"}`), []string{
			`  TRUSTED_DOCUMENTS: "a": Cannot query field "we" on type "Query"`,
			`  TRUSTED_DOCUMENTS: "b": Cannot query field "you" on type "Query"`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := read(t, "TRUSTED_DOCUMENTS="+tt.path).Documents(p)
			if tt.want == nil && (err != nil || d.Manifest == nil) {
				t.Errorf("refused: %v", err)
			}
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("err = %v, want %q", err, want)
				}
			}
		})
	}
}

func TestUselessExplorer(t *testing.T) {
	for mode, useless := range map[string]bool{"log": false, "allow-list": true, "only": true} {
		for _, explorer := range []string{"on", "off"} {
			s := read(t, "TRUSTED_DOCUMENTS=x.json", "TRUSTED_DOCUMENTS_MODE="+mode, "PLAYGROUND="+explorer)
			warning := s.uselessExplorer()
			if strings.Contains(warning, "PLAYGROUND=on") != (useless && explorer == "on") {
				t.Errorf("%s, %s: %q", mode, explorer, warning)
			}
		}
	}
}

package process_test

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
			d := &deployment{settings: settingsOf(t, "SECRET_KEY="+harness.SecretKey, "TRUSTED_DOCUMENTS="+tt.path)}
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


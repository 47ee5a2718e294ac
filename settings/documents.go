package settings

import (
	"errors"
	"os"

	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/persisted"
)

// checkDocuments finds bad combinations of the settings of documents. The
// manifest itself is read by [Settings.Documents].
func (c *checker) checkDocuments() {
	if c.s.DocumentsMode == persisted.ModeLog {
		return
	}
	if c.s.TrustedDocuments == "" {
		c.faults.add("TRUSTED_DOCUMENTS_MODE=%s needs TRUSTED_DOCUMENTS: the file with the documents that run",
			c.s.DocumentsMode)
	}
	if c.s.AutomaticQueries {
		c.faults.add("AUTOMATIC_PERSISTED_QUERIES=on is for documents that clients bring; "+
			"TRUSTED_DOCUMENTS_MODE=%s lets none of them run", c.s.DocumentsMode)
	}
}

// Documents reads the manifest, if there is one, and checks each document in it
// against the schema of the policy. The error lists every fault.
func (s *Settings) Documents(p *policy.Policy) (persisted.Settings, error) {
	d := persisted.Settings{Mode: s.DocumentsMode, Automatic: s.AutomaticQueries}
	if s.TrustedDocuments == "" {
		return d, nil
	}
	var wrong faults
	text, err := os.ReadFile(s.TrustedDocuments)
	if err != nil {
		wrong.add("TRUSTED_DOCUMENTS can't be read: %v", err)
		return d, wrong
	}
	d.Manifest, err = persisted.ReadManifest(text, p, document.Limits(s.Limits), s.Introspection)
	var found persisted.ManifestFaults
	if !errors.As(err, &found) {
		return d, err
	}
	for _, fault := range found {
		wrong.add("TRUSTED_DOCUMENTS: %s", fault)
	}
	return d, wrong
}

// uselessExplorer says why the explorer is of little use with the other
// settings. It returns "" if it is of use, or off.
func (s *Settings) uselessExplorer() string {
	if !s.Playground || s.DocumentsMode == persisted.ModeLog {
		return ""
	}
	return "PLAYGROUND=on: with TRUSTED_DOCUMENTS_MODE=" + string(s.DocumentsMode) +
		" the explorer shows the schema, but refuses what is typed there"
}

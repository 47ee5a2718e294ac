package main

import (
	"errors"
	"fmt"
	"os"

	"gatehouse/auth/policy"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/graph/persisted"
)

// checkDocuments finds what can't go together of the settings of documents. The manifest itself is read by who runs documents.
func (s *settings) checkDocuments(wrong *faults) {
	oneOf(wrong, "TRUSTED_DOCUMENTS_MODE", s.DocumentsMode, "log", "allow-list", "only")
	oneOf(wrong, "AUTOMATIC_PERSISTED_QUERIES", s.AutomaticQueries, "off", "on")
	if s.DocumentsMode == string(persisted.ModeLog) {
		return
	}
	if s.TrustedDocuments == "" {
		wrong.add("TRUSTED_DOCUMENTS_MODE=%s needs TRUSTED_DOCUMENTS: the file with the documents that run", s.DocumentsMode)
	}
	if s.AutomaticQueries == "on" {
		wrong.add("AUTOMATIC_PERSISTED_QUERIES=on is for documents that clients bring, of which TRUSTED_DOCUMENTS_MODE=%s lets none run", s.DocumentsMode)
	}
}

// documents reads the manifest, and checks each document of it. An error is faults.
func (s *settings) documents() (persisted.Settings, error) {
	d := persisted.Settings{Mode: persisted.Mode(s.DocumentsMode), Automatic: s.AutomaticQueries == "on"}
	if s.TrustedDocuments == "" {
		return d, nil
	}
	text, err := os.ReadFile(s.TrustedDocuments)
	if err != nil {
		return d, faults{fmt.Sprintf("TRUSTED_DOCUMENTS can't be read: %v", err)}
	}
	schema, err := policy.Compile(graph.Schema(), policy.Config{Sibling: graph.Sibling}) // which roles there are is for the database to say
	if err != nil {
		return d, err
	}
	d.Manifest, err = persisted.ReadManifest(text, schema, s.limits(), document.Introspection(s.Introspection))
	var found persisted.ManifestFaults
	if !errors.As(err, &found) {
		return d, err
	}
	var wrong faults
	for _, fault := range found {
		wrong.add("TRUSTED_DOCUMENTS: %s", fault)
	}
	return d, wrong
}

// uselessExplorer says why the explorer is of little use beside the other settings, "" if it is of use.
func (s *settings) uselessExplorer() string {
	if s.Playground != "on" || s.DocumentsMode == string(persisted.ModeLog) {
		return ""
	}
	return "PLAYGROUND=on: with TRUSTED_DOCUMENTS_MODE=" + s.DocumentsMode + " the explorer shows the schema, and what is typed there is refused"
}

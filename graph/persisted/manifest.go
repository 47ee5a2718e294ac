package persisted

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/transport"
)

// A Manifest is the documents that clients were built with, by the ids under which they ask for them. Each of them can run: it was
// validated, and is within the limits.
type Manifest struct {
	byID  map[string]string // also by the SHA-256 of the text
	texts map[string]bool
	alike map[digest]bool // canonical
}

// ManifestFaults are all that keeps a manifest from being used, each with the id and the name of the document that it is about.
type ManifestFaults []string

// Error lists them, one on each line.
func (f ManifestFaults) Error() string { return strings.Join(f, "\n") }

// A trustedDocument is an entry of a manifest.
type trustedDocument struct {
	ID   string `json:"id"`
	Name string `json:"name"` // of its operation; "" where the manifest names none
	Type string `json:"type"` // query, mutation or subscription; likewise
	Text string `json:"body"`
}

// ReadManifest reads a manifest in one of the forms that tools write: Apollo's, with its format and version, or an object with a text for each id, as
// relay-compiler and the client preset of GraphQL Code Generator have it. The documents are checked against the schema of the policy and the
// limits as if a client sent them. The error is ManifestFaults.
func ReadManifest(data []byte, p *policy.Policy, limits document.Limits, introspection document.Introspection) (*Manifest, error) {
	all, fault := decodeManifest(data)
	if fault != "" {
		return nil, ManifestFaults{fault}
	}
	documents, err := document.NewCache(p, limits, introspection != document.IntrospectionOff)
	if err != nil {
		return nil, err
	}
	m := &Manifest{byID: map[string]string{}, texts: map[string]bool{}, alike: map[digest]bool{}}
	var faults ManifestFaults
	for _, d := range all {
		for _, fault := range append(m.add(d, limits), d.faults(documents, limits)...) {
			faults = append(faults, d.title()+": "+fault)
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return m, nil
}

// decodeManifest reads the entries in the order of their ids, or says what is wrong with the whole.
func decodeManifest(data []byte) ([]trustedDocument, string) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(data, &members); err != nil {
		at := ""
		if syntax := (*jsontext.SyntacticError)(nil); errors.As(err, &syntax) {
			at = fmt.Sprintf(" (byte %d)", syntax.ByteOffset)
		}
		return nil, "it is no object of JSON in UTF-8, without a byte order mark and with each id once" + at
	}
	var all []trustedDocument
	if _, ok := members["format"]; ok && members["operations"] != nil {
		var apollo struct {
			Format     string            `json:"format"`
			Version    int               `json:"version"`
			Operations []trustedDocument `json:"operations"`
		}
		if err := json.Unmarshal(data, &apollo); err != nil || apollo.Format != "apollo-persisted-query-manifest" || apollo.Version != 1 {
			return nil, "its format is none that is known: of Apollo's it is apollo-persisted-query-manifest, version 1, where each of the operations has " +
				"an id, a name, a type and a body"
		}
		all = apollo.Operations
	} else {
		var texts map[string]string
		if err := json.Unmarshal(data, &texts); err != nil {
			return nil, "it is neither Apollo's manifest nor an object with the text of a document for each id"
		}
		for _, id := range slices.Sorted(maps.Keys(texts)) {
			all = append(all, trustedDocument{ID: id, Text: texts[id]})
		}
	}
	if len(all) == 0 {
		return nil, "there is no document in it"
	}
	return all, ""
}

// title is how a fault names the document.
func (d trustedDocument) title() string {
	if d.Name == "" {
		return fmt.Sprintf("%q", d.ID)
	}
	return fmt.Sprintf("%q (%s)", d.ID, document.ShortName(d.Name))
}

// add takes a document in by its id and by the hash of its text, neither of which may stand for another.
func (m *Manifest) add(d trustedDocument, limits document.Limits) (faults []string) {
	hash := HashOf(d.Text)
	if hex, claimed := strings.CutPrefix(d.ID, transport.HashPrefix); claimed && hex != hash {
		faults = append(faults, "the id is not the SHA-256 of the text, as its prefix says")
	}
	if d.ID == "" {
		faults = append(faults, "there is a document without an id")
	}
	for _, id := range []string{transport.PlainID(d.ID), hash} {
		if text, ok := m.byID[id]; ok && text != d.Text {
			faults = append(faults, "another document has this id, or this hash of its text")
		}
		m.byID[id] = d.Text
	}
	m.texts[d.Text] = true
	if sum, ok := canonical(d.Text, limits.Tokens); ok {
		m.alike[sum] = true
	}
	return faults
}

// faults are what keeps the document from running, whoever asks for it.
func (d trustedDocument) faults(documents *document.Cache, limits document.Limits) (faults []string) {
	doc, f := documents.Parse(d.Text)
	if f != nil {
		return []string{worded(f.Errors[0])}
	}
	if len(doc.Operations) == 0 {
		return []string{"it has no operation"}
	}
	if d.Name != "" && doc.Operations[d.Name] == nil {
		faults = append(faults, "it has no operation of this name")
	} else if op := doc.Operation(d.Name); op != nil && d.Type != "" && string(op.Operation) != d.Type {
		faults = append(faults, "its operation is a "+string(op.Operation)+", not what the manifest says")
	}
	for _, err := range documents.Errors(doc) {
		faults = append(faults, worded(document.Discreet(err)))
	}
	if len(faults) > 0 || len(documents.Validate(doc)) > 0 {
		return faults
	}
	for _, op := range doc.Operations {
		if large := op.Beyond(limits); large != nil {
			faults = append(faults, worded(large))
		}
	}
	return faults
}

// worded is an error as a line of a list.
func worded(err *gqlerror.Error) string {
	text := strings.TrimSuffix(err.Message, ".")
	if limit, ok := err.Extensions["limit"]; ok {
		text += fmt.Sprintf(" (%v: %v, allowed are %v)", limit, err.Extensions["asked"], err.Extensions["allowed"])
	}
	if len(err.Locations) > 0 {
		text += fmt.Sprintf(", at line %d, column %d of the document", err.Locations[0].Line, err.Locations[0].Column)
	}
	return text
}

// HashOf is the SHA-256 of a text, in hexadecimal.
func HashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

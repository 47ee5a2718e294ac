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

	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
)

// A Manifest holds the documents that clients were built with, by the IDs with
// which they ask for them. Each document is valid and within the limits.
type Manifest struct {
	byID      map[string]string // by ID without prefix, and by the SHA-256 of the text
	texts     map[string]bool
	canonical map[digest]bool
}

// ManifestFaults are the reasons why a manifest can't be used. Each names the
// document it is about.
type ManifestFaults []string

// Error returns the reasons, one per line.
func (f ManifestFaults) Error() string { return strings.Join(f, "\n") }

// An entry is one document of a manifest.
type entry struct {
	ID   string `json:"id"`
	Name string `json:"name"` // of its operation; "" if the manifest has no names
	Type string `json:"type"` // query, mutation or subscription; likewise
	Text string `json:"body"`
}

// ReadManifest reads a manifest in one of the formats that tools write:
// Apollo's, with a format and a version, or an object of texts by ID, as from
// relay-compiler and the client preset of GraphQL Code Generator. It checks each
// document against the schema of the policy and the limits, as if a client had
// sent it. Any error is ManifestFaults.
func ReadManifest(data []byte, p *policy.Policy, limits document.Limits, introspection document.Introspection) (*Manifest, error) {
	entries, err := decodeManifest(data)
	if err != nil {
		return nil, ManifestFaults{err.Error()}
	}
	documents, err := document.NewCache(p, limits, introspection != document.IntrospectionOff, nil)
	if err != nil {
		return nil, ManifestFaults{err.Error()}
	}
	m := &Manifest{byID: map[string]string{}, texts: map[string]bool{}, canonical: map[digest]bool{}}
	var faults ManifestFaults
	for _, e := range entries {
		for _, text := range append(m.add(e, limits), e.check(documents)...) {
			faults = append(faults, e.title()+": "+text)
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return m, nil
}

// decodeManifest returns the entries in a fixed order.
func decodeManifest(data []byte) ([]entry, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(data, &members); err != nil {
		at := ""
		if syntax := (*jsontext.SyntacticError)(nil); errors.As(err, &syntax) {
			at = fmt.Sprintf(" (error at byte %d)", syntax.ByteOffset)
		}
		return nil, fmt.Errorf("it is not a JSON object in UTF-8, without a byte order mark and with each id once%s", at)
	}
	decode := decodeTexts
	if _, ok := members["format"]; ok && members["operations"] != nil {
		decode = decodeApollo
	}
	entries, err := decode(data)
	if err == nil && len(entries) == 0 {
		err = errors.New("it has no documents")
	}
	return entries, err
}

func decodeApollo(data []byte) ([]entry, error) {
	var manifest struct {
		Format     string  `json:"format"`
		Version    int     `json:"version"`
		Operations []entry `json:"operations"`
	}
	if err := json.Unmarshal(data, &manifest); err != nil || manifest.Format != "apollo-persisted-query-manifest" || manifest.Version != 1 {
		return nil, errors.New("its format is unknown; Apollo's is apollo-persisted-query-manifest, version 1, " +
			"with an id, a name, a type and a body for each of the operations")
	}
	return manifest.Operations, nil
}

func decodeTexts(data []byte) ([]entry, error) {
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, errors.New("it is neither Apollo's manifest nor an object with the text of a document for each id")
	}
	var entries []entry
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		entries = append(entries, entry{ID: id, Text: texts[id]})
	}
	return entries, nil
}

// title returns how faults name the document.
func (e entry) title() string {
	if e.Name == "" {
		return fmt.Sprintf("%q", e.ID)
	}
	return fmt.Sprintf("%q (%s)", e.ID, document.ShortName(e.Name))
}

// add adds a document under its ID and under the hash of its text. Neither may
// stand for another document.
func (m *Manifest) add(e entry, limits document.Limits) (faults []string) {
	hash := hashOf(e.Text)
	if claimed, ok := strings.CutPrefix(e.ID, hashPrefix); ok && claimed != hash {
		faults = append(faults, "its id is not the SHA-256 of its text, as the prefix says")
	}
	if e.ID == "" {
		faults = append(faults, "it has no id")
	}
	for _, id := range []string{plainID(e.ID), hash} {
		if text, ok := m.byID[id]; ok && text != e.Text {
			faults = append(faults, "another document has this id, or this hash of its text")
		}
		m.byID[id] = e.Text
	}
	m.texts[e.Text] = true
	if sum, ok := canonical(e.Text, limits.Tokens); ok {
		m.canonical[sum] = true
	}
	return faults
}

// Trust adds the documents of pages that the service serves itself, under the hashes of their texts.
func (m *Manifest) Trust(texts []string, limits document.Limits) {
	for _, text := range texts {
		m.add(entry{ID: hashPrefix + hashOf(text), Text: text}, limits) // no other text has the hash
	}
}

// check returns why the document can't run for any caller.
func (e entry) check(documents *document.Cache) (faults []string) {
	doc, f := documents.Parse(e.Text)
	if f != nil {
		return messages(f)
	}
	if len(doc.Operations) == 0 {
		return []string{"it has no operation"}
	}
	if e.Name != "" && doc.Operations[e.Name] == nil {
		faults = append(faults, "it has no operation with this name")
	} else if op := doc.Operation(e.Name); op != nil && e.Type != "" && string(op.Operation) != e.Type {
		faults = append(faults, "its operation is a "+string(op.Operation)+", not what the manifest says")
	}
	if f := documents.Diagnose(doc); f != nil {
		return append(faults, messages(f)...)
	}
	for _, op := range doc.Operations {
		if f := documents.CheckLimits(op); f != nil {
			faults = append(faults, messages(f)...)
		}
	}
	return faults
}

// messages returns the errors of a fault as lines.
func messages(f *fault.Fault) (lines []string) {
	for _, err := range f.Errors {
		line := strings.TrimSuffix(err.Message, ".")
		if limit, ok := err.Extensions["limit"]; ok {
			line += fmt.Sprintf(" (%v: %v, limit %v)", limit, err.Extensions["asked"], err.Extensions["allowed"])
		}
		if len(err.Locations) > 0 {
			line += fmt.Sprintf(", at line %d, column %d of the document", err.Locations[0].Line, err.Locations[0].Column)
		}
		lines = append(lines, line)
	}
	return lines
}

// hashOf returns the SHA-256 of a text in hexadecimal.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Texts returns the documents of a manifest in one of the formats of [ReadManifest].
func Texts(data []byte) ([]string, error) {
	entries, err := decodeManifest(data)
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = e.Text
	}
	return texts, err
}

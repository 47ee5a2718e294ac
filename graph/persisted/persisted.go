package persisted

import (
	"log/slog"

	lru "github.com/hashicorp/golang-lru/v2"

	"gatehouse/graph/document"
)

// Mode says what becomes of a document that the manifest lacks.
type Mode string

// The values of the setting TRUSTED_DOCUMENTS_MODE. What describes the schema is governed by INTROSPECTION in each of them.
const (
	ModeLog       Mode = "log"        // it runs; it is logged once, with its hash
	ModeAllowList Mode = "allow-list" // it is refused
	ModeOnly      Mode = "only"       // likewise, and what the manifest has is asked for by its id, not sent
)

// Settings say which documents requests may bring, and how.
type Settings struct {
	Manifest  *Manifest // nil for none
	Mode      Mode      // "" is ModeLog
	Automatic bool      // automatic persisted queries: a client that sends a document's hash beside it may send the hash alone from then on
}

// A Source is where the document of a request came from.
type Source string

// The sources that metrics tell apart.
const (
	SourceText     Source = "text"     // sent, and listed in the manifest if there is one
	SourceUnlisted Source = "unlisted" // sent, and not listed
	SourceManifest Source = "manifest" // by its id
	SourceCache    Source = "cache"    // by its hash, as an automatic persisted query
	SourceUnknown  Source = "unknown"  // by an id that nothing has
)

// Documents finds documents by what stands for them.
type Documents struct {
	Settings
	Queries *queries                 // nil unless they are automatic
	noted   *lru.Cache[string, bool] // by hash, what was logged
	tokens  int                      // that a document may have
}

// notedKept is how many documents that the manifest lacks are logged until the service stops, each once.
const notedKept = 1024

// New returns nil where every document is sent.
func New(d Settings, limits document.Limits) (*Documents, error) {
	if d.Manifest == nil && !d.Automatic {
		return nil, nil //nolint:nilnil // it is what most services have, and costs them nothing
	}
	p := &Documents{Settings: d, tokens: limits.Tokens}
	var err error
	if d.Automatic {
		if p.Queries, err = newQueries(); err != nil {
			return nil, err
		}
	}
	p.noted, err = lru.New[string, bool](notedKept)
	return p, err
}

// Text is the document of an id, "" for none.
func (p *Documents) Text(id string) (string, Source) {
	if p.Manifest != nil {
		if text, ok := p.Manifest.byID[id]; ok {
			return text, SourceManifest
		}
	}
	if p.Queries != nil {
		if text, ok := p.Queries.Text(id); ok {
			return text, SourceCache
		}
	}
	return "", SourceUnknown
}

// Lists reports whether the manifest has a text, if printed in another way.
func (p *Documents) Lists(text string) bool {
	if p.Manifest.texts[text] {
		return true
	}
	sum, ok := canonical(text, p.tokens)
	return ok && p.Manifest.alike[sum]
}

// Note logs an operation that the manifest lacks, the first time that it is seen. A text that may hold a secret is told by its name only, for short secrets are
// found by their hashes.
func (p *Documents) Note(log *slog.Logger, text string, op *document.Operation) {
	if op == nil {
		return
	}
	hash := HashOf(text)
	if p.noted.Len() >= notedKept {
		return // enough is known; a stranger could go on for ever
	}
	if seen, _ := p.noted.ContainsOrAdd(hash, true); seen {
		return
	}
	if document.Written(text) {
		hash = ""
	}
	log.Warn("the manifest lacks an operation", slog.String("operation", string(op.Operation)), slog.String("name", document.ShortName(op.Name)), slog.String("sha256", hash))
}

// Package persisted finds documents that a request names instead of sending
// them: by their ID in a manifest of trusted documents, or by their hash, as
// automatic persisted queries.
package persisted

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"gatehouse/graph/document"
	"gatehouse/graph/fault"
)

// A Mode says what happens to a document that is not in the manifest.
type Mode string

// The values of the setting TRUSTED_DOCUMENTS_MODE. In each mode the setting
// INTROSPECTION alone decides on operations that only describe the schema.
const (
	ModeLog       Mode = "log"        // it runs; it is logged once, with its hash
	ModeAllowList Mode = "allow-list" // it is refused
	ModeOnly      Mode = "only"       // likewise; documents of the manifest must be named, not sent
)

// Settings say which documents requests may bring, and how.
type Settings struct {
	Manifest *Manifest // nil: every document is trusted
	Mode     Mode      // "" is ModeLog

	// Automatic switches on automatic persisted queries: a client that sends a
	// document with its hash may send the hash alone from then on.
	Automatic bool
}

// A Source says where the document of a request came from.
type Source string

// The sources that metrics tell apart.
const (
	SourceText     Source = "text"     // sent, and in the manifest if there is one
	SourceUnlisted Source = "unlisted" // sent, and not in the manifest
	SourceManifest Source = "manifest" // named by its ID
	SourceCache    Source = "cache"    // named by its hash
	SourceUnknown  Source = "unknown"  // named by an unknown ID
)

// notedLimit is how many documents that are not in the manifest are logged,
// each once, until the service stops.
const notedLimit = 1024

// Documents are the documents that a request can name. A nil *Documents has
// none, and trusts every document that is sent.
type Documents struct {
	settings  Settings
	automatic *automatic               // nil unless switched on
	noted     *lru.Cache[string, bool] // hashes of the documents that were logged
	tokens    int                      // that a document may have
	log       *slog.Logger
}

// New returns nil if every document has to be sent.
func New(s Settings, limits document.Limits, log *slog.Logger) (*Documents, error) {
	if s.Manifest == nil && !s.Automatic {
		return nil, nil //nolint:nilnil // the usual case, which then costs nothing
	}
	d := &Documents{settings: s, tokens: limits.Tokens, log: log}
	var err error
	if s.Automatic {
		if d.automatic, err = newAutomatic(); err != nil {
			return nil, err
		}
	}
	d.noted, err = lru.New[string, bool](notedLimit)
	return d, err
}

// Identify returns the ID of the one document that the IDs of a request name,
// without its prefix; "" if they name none.
func Identify(ids []string) (string, *fault.Fault) {
	found := ""
	for _, id := range ids {
		switch id = plainID(id); {
		case id == "" || id == found:
		case found == "":
			found = id
		default:
			return "", fault.BadRequest(http.StatusBadRequest, "The request names two different documents.")
		}
	}
	return found, nil
}

// Text returns the document with the ID.
//
// Clients recognize both faults by their messages: on the first they send
// documents from then on, on the second they send this one.
func (d *Documents) Text(id string) (string, Source, *fault.Fault) {
	if d == nil {
		return "", SourceUnknown, fault.Invalid(fault.New("PersistedQueryNotSupported", fault.CodePersistedQueryNotSupported))
	}
	if d.settings.Manifest != nil {
		if text, ok := d.settings.Manifest.byID[id]; ok {
			return text, SourceManifest, nil
		}
	}
	if d.automatic != nil {
		if text, ok := d.automatic.text(id); ok {
			return text, SourceCache, nil
		}
	}
	return "", SourceUnknown, fault.Invalid(fault.New("PersistedQueryNotFound", fault.CodePersistedQueryNotFound))
}

// CheckHash makes sure that the ID sent along with a document is its hash. It
// matters only if the document would be kept under that hash.
func (d *Documents) CheckHash(text, id string) *fault.Fault {
	if d.automatic != nil && id != "" && id != hashOf(text) {
		return fault.BadRequest(http.StatusBadRequest, "The hash is not the SHA-256 of the query in lower-case hexadecimal.")
	}
	return nil
}

// Keep keeps a valid document under the hash sent along with it, unless it may
// hold a secret.
func (d *Documents) Keep(hash string, doc *document.Document) {
	if d != nil && d.automatic != nil && hash != "" && doc.Keepable() {
		d.automatic.keep(hash, doc.Text)
	}
}

// Admit decides whether a document that was sent may run. op is the operation
// meant, nil if the document has no such operation or can't be parsed.
// introspection says whether the schema may be described.
func (d *Documents) Admit(ctx context.Context, text string, op *document.Operation, introspection bool) (Source, *fault.Fault) {
	trusted := d.settings.Manifest == nil || d.trusts(text)
	if trusted && d.settings.Mode != ModeOnly || op != nil && introspection && op.Introspective() {
		return SourceText, nil
	}
	source := SourceText
	if !trusted {
		source = SourceUnlisted
		d.note(ctx, text, op)
	}
	switch d.settings.Mode {
	case ModeAllowList:
		return source, refused("untrusted_document", "Only trusted documents are accepted, and this one is not in the manifest.")
	case ModeOnly:
		return source, refused("document_id_required", "Only trusted documents are accepted. Send the ID of one, and no query.")
	}
	return source, nil
}

func refused(reason, message string) *fault.Fault {
	g := fault.New(message, fault.CodeForbidden)
	g.Extensions["reason"] = reason
	return fault.Invalid(g)
}

// trusts reports whether the manifest has the document, perhaps printed in
// another way.
func (d *Documents) trusts(text string) bool {
	if d.settings.Manifest.texts[text] {
		return true
	}
	sum, ok := canonical(text, d.tokens)
	return ok && d.settings.Manifest.canonical[sum]
}

// note logs an operation that is not in the manifest, the first time it is
// seen. It does not log the hash of a document with literals: short secrets can
// be found by their hashes.
func (d *Documents) note(ctx context.Context, text string, op *document.Operation) {
	if op == nil || d.noted.Len() >= notedLimit { // beyond that, a stranger could fill the log
		return
	}
	hash := hashOf(text)
	if seen, _ := d.noted.ContainsOrAdd(hash, true); seen {
		return
	}
	if document.HasLiterals(text) {
		hash = ""
	}
	d.log.WarnContext(ctx, "operation not in the manifest",
		slog.String("operation", string(op.Operation)), slog.String("name", op.ShortName()), slog.String("sha256", hash))
}

// hashPrefix begins an ID that is the SHA-256 of the document in lower-case
// hexadecimal (GraphQL over HTTP, appendix A). Apollo's clients and
// relay-compiler leave it out.
const hashPrefix = "sha256:"

// plainID returns an ID without that prefix.
func plainID(id string) string { return strings.TrimPrefix(id, hashPrefix) }

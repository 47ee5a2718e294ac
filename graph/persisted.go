package graph

import (
	"log/slog"
	"net/http"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// DocumentMode says what becomes of a document that the manifest lacks.
type DocumentMode string

// The values of the setting TRUSTED_DOCUMENTS_MODE. What describes the schema is governed by INTROSPECTION in each of them.
const (
	DocumentsLog       DocumentMode = "log"        // it runs; it is logged once, with its hash
	DocumentsAllowList DocumentMode = "allow-list" // it is refused
	DocumentsOnly      DocumentMode = "only"       // likewise, and what the manifest has is asked for by its id, not sent
)

// Documents say which documents requests may bring, and how.
type Documents struct {
	Manifest  *Manifest    // nil for none
	Mode      DocumentMode // "" is DocumentsLog
	Automatic bool         // automatic persisted queries: a client that sends a document's hash beside it may send the hash alone from then on
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

// persisted finds documents by what stands for them.
type persisted struct {
	Documents
	queries *queries                 // nil unless they are automatic
	noted   *lru.Cache[string, bool] // by hash, what was logged
	tokens  int                      // that a document may have
}

// notedKept is how many documents that the manifest lacks are logged until the service stops, each once.
const notedKept = 1024

// newPersisted returns nil where every document is sent.
func newPersisted(d Documents, limits Limits) (*persisted, error) {
	if d.Manifest == nil && !d.Automatic {
		return nil, nil //nolint:nilnil // it is what most services have, and costs them nothing
	}
	p := &persisted{Documents: d, tokens: limits.Tokens}
	var err error
	if d.Automatic {
		if p.queries, err = newQueries(); err != nil {
			return nil, err
		}
	}
	p.noted, err = lru.New[string, bool](notedKept)
	return p, err
}

// find puts the document into the request that an id in it stands for, or answers why none is run.
func (h *Handler) find(req *request, a *answer) bool {
	a.source = SourceText
	if h.persisted == nil && req.Query != "" {
		return true
	}
	id, fault := req.identifier()
	switch {
	case fault != nil:
		a.fail(fault)
	case req.Query != "":
		return h.sent(req, id, a)
	case h.persisted == nil:
		a.source = SourceUnknown
		a.invalid(noPersistedQueries())
	default:
		if req.Query, a.source = h.persisted.text(id); req.Query != "" {
			return true
		}
		a.invalid(noPersistedQuery())
	}
	return false
}

// text is the document of an id, "" for none.
func (p *persisted) text(id string) (string, Source) {
	if p.Manifest != nil {
		if text, ok := p.Manifest.byID[id]; ok {
			return text, SourceManifest
		}
	}
	if p.queries != nil {
		if text, ok := p.queries.text(id); ok {
			return text, SourceCache
		}
	}
	return "", SourceUnknown
}

// sent lets a document run that came as a text, or answers why it may not. A hash beside the text counts only where it would be kept under that.
func (h *Handler) sent(req *request, hash string, a *answer) bool {
	p := h.persisted
	if p.queries != nil && hash != "" {
		if hash != hashOf(req.Query) {
			a.fail(badRequest(http.StatusBadRequest, "The hash is not the SHA-256 of the query, in lower-case hexadecimal."))
			return false
		}
		req.hash = hash
	}
	listed := p.Manifest == nil || p.lists(req.Query)
	if listed && p.Mode != DocumentsOnly {
		return true
	}
	op := h.parsed(req)
	if op != nil && op.introspective() && !h.views.whole.documents.silent {
		return true
	}
	if !listed {
		a.source = SourceUnlisted
		p.note(h.log, req, op)
	}
	if p.Mode == DocumentsAllowList || p.Mode == DocumentsOnly {
		a.invalid(untrusted(p.Mode))
		return false
	}
	return true
}

// lists reports whether the manifest has a text, if printed in another way.
func (p *persisted) lists(text string) bool {
	if p.Manifest.texts[text] {
		return true
	}
	sum, ok := canonical(text, p.tokens)
	return ok && p.Manifest.alike[sum]
}

// parsed is the operation that a text is sent for, nil for none.
func (h *Handler) parsed(req *request) *operation {
	doc, err := h.views.whole.documents.parse(req.Query)
	if err != nil {
		return nil
	}
	return doc.operation(req.OperationName)
}

// note logs an operation that the manifest lacks, the first time that it is seen. A text that may hold a secret is told by its name only, for short secrets are
// found by their hashes.
func (p *persisted) note(log *slog.Logger, req *request, op *operation) {
	if op == nil {
		return
	}
	hash := hashOf(req.Query)
	if p.noted.Len() >= notedKept {
		return // enough is known; a stranger could go on for ever
	}
	if seen, _ := p.noted.ContainsOrAdd(hash, true); seen {
		return
	}
	if written(req.Query) {
		hash = ""
	}
	log.Warn("the manifest lacks an operation", slog.String("operation", string(op.Operation)), slog.String("name", short(op.Name)), slog.String("sha256", hash))
}

// introspective reports whether an operation selects nothing but what describes the schema. The setting INTROSPECTION says who gets to know it, so
// explorers and code generators work beside a manifest.
func (o *operation) introspective() bool {
	return o.Operation == ast.Query && describing(o.document.ast, o.SelectionSet, map[string]bool{})
}

// describing reports the same of a selection at the root. It looks into each fragment once, in seen.
func describing(doc *ast.QueryDocument, set ast.SelectionSet, seen map[string]bool) bool {
	for _, selection := range set {
		only := false
		switch s := selection.(type) {
		case *ast.Field:
			only = s.Name == "__schema" || s.Name == "__type" || s.Name == "__typename"
		case *ast.InlineFragment:
			only = describing(doc, s.SelectionSet, seen)
		case *ast.FragmentSpread:
			f := doc.Fragments.ForName(s.Name)
			if only = f != nil && seen[s.Name]; f != nil && !only {
				seen[s.Name] = true
				only = describing(doc, f.SelectionSet, seen)
			}
		}
		if !only {
			return false
		}
	}
	return true
}

package graph

import (
	"context"
	"net/http"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
	"gatehouse/graph/persisted"
	"gatehouse/graph/transport"
)

// find sets the query of a request that names its document. It returns the hash
// under which a document that was sent can be named from now on, "" for none.
func (h *Handler) find(req *transport.Request, e *entry) (hash string, f *fault.Fault) {
	e.text, e.source = req.Query, persisted.SourceText
	if h.persisted == nil && req.Query != "" {
		return "", nil
	}
	ids, f := req.IDs()
	if f != nil {
		return "", f
	}
	id, f := persisted.Identify(ids)
	if f != nil {
		return "", f
	}
	if req.Query != "" {
		return id, h.persisted.CheckHash(req.Query, id)
	}
	req.Query, e.source, f = h.persisted.Text(id)
	e.text = req.Query
	return "", f
}

// authenticate returns the caller of a request, nil without a credential. What
// an error means depends on the operation: see admit.
func (h *Handler) authenticate(ctx context.Context, c transport.Credentials) (*auth.Principal, error) {
	ctx, end := h.observer.began(ctx, Step{Kind: "credential"})
	caller, err := h.authenticator.Authenticate(ctx, authn.Credentials{Authorization: c.Authorization, Keys: c.Keys})
	if err != nil {
		end(codeOf(err))
		return nil, err
	}
	end("")
	return caller, nil
}

// parse returns the operation that a request asks to run. If a document was sent
// that may not run, that comes before any fault of the document.
func (h *Handler) parse(ctx context.Context, v *view, req *transport.Request, e *entry) (*document.Operation, *fault.Fault) {
	op, f := v.documents.Find(req.Query, req.OperationName)
	if h.persisted != nil && e.source == persisted.SourceText {
		var untrusted *fault.Fault
		if e.source, untrusted = h.persisted.Admit(ctx, req.Query, op, h.views.introspection); untrusted != nil {
			return nil, untrusted
		}
	}
	return op, f
}

// admit decides whether an operation may go on with this method and credential.
// A bad credential doesn't matter if all of the root fields are public: login
// works for a client that still sends an expired token.
func (h *Handler) admit(r *http.Request, c transport.Credentials, op *document.Operation, credential error) *fault.Fault {
	switch {
	case r.Method == http.MethodGet && op.Operation == ast.Mutation:
		return transport.OnlyPost()
	case c.InURL && op.Operation != ast.Query:
		return transport.OnlyQueries()
	case credential == nil, isBadCredential(credential) && h.policy.PublicOnly(op.Document.AST, op.OperationDefinition):
		return nil
	}
	return h.unauthenticated(r.Context(), credential)
}

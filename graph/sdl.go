package graph

import (
	"io"
	"net/http"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/client"
	"gatehouse/auth/policy"
	"gatehouse/graph/fault"
	"gatehouse/graph/transport"
)

// SDL returns the text of the service's schema.
func SDL() string { return sources[0].Input }

// Schema returns the schema of the service.
func Schema() *ast.Schema { return NewExecutableSchema(Config{}).Schema() }

// Policy compiles the schema of the service. Its error is policy.Findings if the
// schema names a role that is not one of these; with nil, roles are not checked.
func Policy(roles []string) (*policy.Policy, error) {
	return policy.Compile(Schema(), policy.Config{Roles: roles})
}

// ServeSDL answers with the schema, directives included, as the caller sees it.
func (h *Handler) ServeSDL(w http.ResponseWriter, r *http.Request) {
	sdl, f := h.sdl(r)
	if f != nil {
		transport.Failed(transport.MediaJSON, f).Write(w)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Authorization, X-API-Key, Cookie")
	_, _ = io.WriteString(w, sdl)
}

func (h *Handler) sdl(r *http.Request) (string, *fault.Fault) {
	credentials, f := h.decoder.Keys.Read(r)
	if f != nil {
		return "", f
	}
	caller, err := h.authenticate(client.With(r.Context(), clientOf(r)), credentials)
	if err != nil {
		return "", h.unauthenticated(r.Context(), err)
	}
	v, err := h.views.of(caller)
	if err != nil {
		return "", h.internal(r.Context(), err)
	}
	return v.policy.SDL(), nil
}

package graph

import (
	"io"
	"net/http"

	"gatehouse/graph/transport"
)

// ServeSDL answers the schema, with its directives, as the caller of the request knows it.
func (h *Handler) ServeSDL(w http.ResponseWriter, r *http.Request) {
	a := &transport.Answer{Media: transport.MediaJSON}
	caller, err := h.authenticator.Authenticate(r.Context(), r.Header.Values("Authorization"))
	if err != nil {
		a.Fail(h.unauthenticated(err, requestID(r.Context())))
		a.Write(w)
		return
	}
	v, err := h.views.of(caller)
	if err != nil {
		a.Fail(h.internal(err, requestID(r.Context())))
		a.Write(w)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Authorization")
	_, _ = io.WriteString(w, v.policy.SDL())
}

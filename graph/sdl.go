package graph

import (
	"io"
	"net/http"
)

// ServeSDL answers the schema, with its directives, as the caller of the request knows it.
func (h *Handler) ServeSDL(w http.ResponseWriter, r *http.Request) {
	a := &answer{media: mediaJSON}
	caller, err := h.authenticator.Authenticate(r.Context(), r.Header.Values("Authorization"))
	if err != nil {
		a.fail(h.unauthenticated(err, requestID(r.Context())))
		a.write(w)
		return
	}
	v, err := h.views.of(caller)
	if err != nil {
		a.fail(&httpError{status: http.StatusInternalServerError, error: h.present(err, false, requestID(r.Context()))})
		a.write(w)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Authorization")
	_, _ = io.WriteString(w, v.policy.SDL())
}

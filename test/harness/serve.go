package harness

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
)

// NewRequest returns a request that posts a body to /graphql, for [Serve].
func NewRequest(t testing.TB, header http.Header, body []byte) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for name, values := range header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	return r
}

// Serve has a handler answer a request, without a network.
func Serve(t testing.TB, h http.Handler, r *http.Request) Reply {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	reply, err := ParseReply(w.Code, w.Header(), w.Body.Bytes())
	if err != nil {
		t.Error(err)
	}
	return reply
}

package server

import (
	"net/http"
	"strings"
	"testing"
)

// TestPanic has a readiness check panic: it is answered with the request's id,
// and logged once with that id and the stack.
func TestPanic(t *testing.T) {
	r, log := start(t)
	changes := r.changes
	r.changes = nil
	w := get(r, "/readyz")
	id := w.Header().Get("X-Request-Id")
	if w.Code != http.StatusInternalServerError || id == "" || w.Body.String() != "internal error "+id+"\n" ||
		w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
	}
	text := log.String()
	if strings.Count(text, `"request_id":"`+id+`"`) != 1 || strings.Count(text, "nil pointer") != 1 || !strings.Contains(text, "routes.go") {
		t.Errorf("the log lacks the panic, or has it twice: %s", text)
	}
	r.changes = changes
	if w := get(r, "/readyz"); w.Code != http.StatusOK {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}

// TestNoTraces starts a replica without a collector or metrics: nothing observes
// its requests.
func TestNoTraces(t *testing.T) {
	r, _ := start(t)
	if r.traces != nil {
		t.Error("the replica has traces")
	}
	if o, err := r.observe(t.Context(), nil, nil); err != nil || o.Began != nil || o.Answered != nil || o.Decided != nil {
		t.Errorf("observer = %+v, %v", o, err)
	}
}

package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// AskReady says what the service says, and tells a service from another program and
// from none.
func TestAskReady(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string // the beginning of the error; "" for none
	}{
		"ready":             {http.StatusOK, "ready\n", ""},
		"not ready":         {http.StatusServiceUnavailable, "not ready: the database does not answer\n", "not ready: the database does not answer"},
		"stopping":          {http.StatusServiceUnavailable, "draining\n", "draining"},
		"another page":      {http.StatusOK, "<html>", "another program answers at ADDR="},
		"another's 404":     {http.StatusNotFound, "not found", "another program answers at ADDR="},
		"an empty 503":      {http.StatusServiceUnavailable, "", "another program answers at ADDR="},
		"readiness, longer": {http.StatusOK, "ready soon", "another program answers at ADDR="},
	} {
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/readyz" {
				t.Errorf("%s: asks %s", name, r.URL.Path)
			}
			w.WriteHeader(tt.status)
			_, _ = w.Write([]byte(tt.body))
		}))
		err := AskReady(t.Context(), strings.TrimPrefix(service.URL, "http://"))
		service.Close()
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestAskReadyOfNoService(t *testing.T) {
	service := httptest.NewServer(http.NotFoundHandler())
	address := strings.TrimPrefix(service.URL, "http://")
	service.Close()
	if err := AskReady(t.Context(), address); err == nil || err.Error() != "no service answers at ADDR="+address+": start it, or set ADDR as the service has it" {
		t.Error(err)
	}
}

// A service on all addresses is asked through the loopback, whose address every
// container has.
func TestReachable(t *testing.T) {
	for address, want := range map[string]string{
		":8080": "127.0.0.1:8080", "0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "127.0.0.1:8080",
		"127.0.0.1:8080": "127.0.0.1:8080", "[::1]:9": "[::1]:9", "10.1.2.3:80": "10.1.2.3:80", "localhost:8080": "localhost:8080",
	} {
		if got := reachable(address); got != want {
			t.Errorf("%s is reached at %s, want %s", address, got, want)
		}
	}
}

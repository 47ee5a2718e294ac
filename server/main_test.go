package server

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/settings"
	"gatehouse/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const (
	testSecret    = "kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw="
	adminEmail    = "root@example.com"
	adminPassword = "plenty-of-otters-17"
)

// A recorder keeps what is logged.
type recorder struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *recorder) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(r, nil)) }

// read reads settings from the given lines alone, which must be good.
func read(t *testing.T, environ ...string) *settings.Settings {
	t.Helper()
	s, err := settings.Read(environ, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts a replica on a database of its own, with settings over those
// that every test has.
func start(t *testing.T, environ ...string) (*Server, *recorder) {
	t.Helper()
	log := &recorder{}
	s := read(t, append([]string{
		"SHUTDOWN_DELAY=0s", "DATABASE_URL=" + storetest.DSN(t), "PUBLIC_URL=http://localhost:8080", "SECRET_KEY=" + testSecret,
		"ADMIN_EMAIL=" + adminEmail, "ADMIN_PASSWORD=" + adminPassword,
	}, environ...)...)
	r, err := New(t.Context(), s, log.logger(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, log
}

// get asks a replica for a path.
func get(r *Server, path string, header ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, request)
	return w
}

// login logs the first administrator in, and returns the answer.
func login(r *Server) string {
	body := `{"query":"mutation { login(input: {email: \"` + adminEmail + `\", password: \"` + adminPassword + `\"}) { accessToken } }"}`
	request := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, request)
	return w.Body.String()
}

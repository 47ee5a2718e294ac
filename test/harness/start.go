package harness

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"gatehouse/auth/keys"
	"gatehouse/server"
	"gatehouse/settings"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// A Service is one whole replica in the test's own process.
type Service struct {
	*Client
	Log *Recorder // what it logs, as JSON

	server *server.Server
	close  func()
}

// Start runs a service on a database of its own, with these settings besides
// those of [Environ].
func Start(t testing.TB, environ ...string) *Service {
	t.Helper()
	return StartOn(t, storetest.DSN(t), environ...)
}

// StartOn is Start on a database that several replicas share.
func StartOn(t testing.TB, dsn string, environ ...string) *Service {
	t.Helper()
	log := &Recorder{}
	r, err := server.New(t.Context(), Settings(t, Environ(dsn, environ...)...), slog.New(slog.NewJSONHandler(log, nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{Log: log, server: r, close: sync.OnceFunc(r.Close)}
	t.Cleanup(s.Close)
	web := httptest.NewServer(r.Handler())
	t.Cleanup(web.Close)
	s.Client = &Client{URL: web.URL}
	return s
}

// Settings reads settings from these alone.
func Settings(t testing.TB, environ ...string) *settings.Settings {
	t.Helper()
	s, err := settings.Read(environ, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Close ends the service as a stop does. The end of the test does it, too.
func (s *Service) Close() { s.close() }

// Server is the service itself.
func (s *Service) Server() *server.Server { return s.server }

// Handler answers the service's requests without a network.
func (s *Service) Handler() http.Handler { return s.server.Handler() }

// Settings are the service's settings.
func (s *Service) Settings() *settings.Settings { return s.server.Deployment().Settings }

// Store is the service's own store.
func (s *Service) Store() *store.Store { return s.server.Deployment().Store }

// Keyring holds the keys the service signs with.
func (s *Service) Keyring() *keys.Keyring { return s.server.Keyring() }

package harness

import (
	"net/http"
	"testing"

	"gatehouse/auth/keys"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// A Service is one whole replica in the test's own process.
type Service struct {
	*Client
	Log     *Recorder
	Handler http.Handler
}

// Start runs a service on a database of its own, with these settings besides
// those of [Environ].
func Start(t testing.TB, environ ...string) *Service {
	t.Helper()
	return StartOn(t, storetest.EmptyDSN(t), environ...)
}

// StartOn is Start on a database that several replicas share.
func StartOn(t testing.TB, dsn string, environ ...string) *Service {
	t.Helper()
	panic("not yet")
}

// Store is the service's own store.
func (s *Service) Store() *store.Store { return nil }

// Keys are the service's own keys.
func (s *Service) Keys() *keys.Keyring { return nil }

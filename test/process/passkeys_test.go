package process_test

import (
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/passkeytest"
)

// TestAcceptLostPasskeys: a service whose domain has changed starts if it is told that it may lose
// passkeys.
func TestAcceptLostPasskeys(t *testing.T) {
	dsn := storetest.DSN(t)
	s := harness.StartOn(t, dsn)
	s.AddPasskey(t, s.Register(t, harness.AdaEmail, harness.AdaPassword).Access, passkeytest.New("http://localhost:8080"))
	s.Close()
	environ := harness.Environ(dsn, "PUBLIC_URL=http://id.localhost:8080", "LOG_FORMAT=json")
	p := harness.Begin(t, harness.Config(t, t.TempDir(), environ))
	if err := p.Wait(); err == nil || !strings.Contains(p.Output(), "gatehouse serve --accept-lost-passkeys") {
		t.Errorf("ended with %v: %s", err, p.Output())
	}
	p = harness.Begin(t, harness.Config(t, t.TempDir(), environ, "serve", "--accept-lost-passkeys"))
	if err := p.AwaitReady(t.Context()); err != nil || !strings.Contains(p.Output(), "passkeys of another domain work no more") {
		t.Errorf("%v: %s", err, p.Output())
	}
}

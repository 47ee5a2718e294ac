package process_test

import (
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestRestoredBackup does what docs/operations.md says about a restored backup:
// it ends all sessions first. It also shows why.
func TestRestoredBackup(t *testing.T) {
	dsn := storetest.DSN(t)
	on := func(dsn string) []string { return harness.Environ(dsn, "REFRESH_REPLAY_WINDOW=0s", "RATE_LIMITS=on") }
	p := harness.Launch(t, harness.Folder(t), on(dsn)...)
	ada, loggedOut := p.Register(t, harness.AdaEmail, harness.AdaPassword), p.Login(t, harness.AdaEmail, harness.AdaPassword)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	backup := storetest.Copy(t, dsn)

	p = harness.Launch(t, harness.Folder(t), on(dsn)...)
	next := p.Refresh(t, ada.Refresh)
	p.Ask(t, loggedOut.Access, `mutation { logout }`, nil).Want(t, "")
	late := p.Login(t, harness.AdaEmail, harness.AdaPassword)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}

	restored := harness.Launch(t, harness.Folder(t), on(backup)...)
	// What happened after the backup is forgotten: a session that was logged out
	// works, so does a token of an unknown session, and a used refresh token.
	restored.Ask(t, loggedOut.Access, harness.MeOperation, nil).Want(t, "")
	restored.Ask(t, late.Access, harness.MeOperation, nil).Want(t, "")
	restored.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": next.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
	used := restored.Refresh(t, ada.Refresh)

	output, err := harness.Config(t, t.TempDir(), on(backup), "session", "revoke-all", "--yes").Command().CombinedOutput()
	if err != nil || !strings.Contains(string(output), "all accounts are logged out: 2 sessions ended") {
		t.Fatalf("session revoke-all: %v: %s", err, output)
	}
	for _, s := range []harness.Session{ada, loggedOut, next, late, used} {
		harness.Eventually(t, "the session has ended", func() bool {
			return restored.Ask(t, s.Access, harness.MeOperation, nil).Code() == "UNAUTHENTICATED"
		})
		restored.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": s.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
	}
	restored.Ask(t, restored.Login(t, harness.AdaEmail, harness.AdaPassword).Access, harness.MeOperation, nil).Want(t, "")
}

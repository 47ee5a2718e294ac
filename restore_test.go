package main

import (
	"testing"

	"gatehouse/store/storetest"
)

// TestRestoredBackup does what docs/operations.md says about a backup that is restored: end all sessions first. It also shows why.
func TestRestoredBackup(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	environ := []string{
		"PUBLIC_URL=http://localhost:8080", "SECRET_KEY=" + testSecret, "REFRESH_REPLAY_WINDOW=0s",
		"ADMIN_EMAIL=" + adminEmail, "ADMIN_PASSWORD=" + adminPassword,
	}
	on := func(dsn string) []string { return append([]string{"DATABASE_URL=" + dsn}, environ...) }
	p, _ := serveIn(t, folder(t), on(dsn)...)
	ada, left := p.register(t, adaEmail, adaPassword), p.login(t, adaEmail, adaPassword)
	if err := p.stop(t); err != nil {
		t.Fatal(err)
	}
	backup := storetest.Copy(t, dsn)

	p, _ = serveIn(t, folder(t), on(dsn)...)
	next := session1(t, "refresh", p.ask(t, "", refreshOperation, vars{"token": ada.refresh}))
	want(t, p.ask(t, left.access, `mutation { logout }`, nil), "")
	late := p.login(t, adaEmail, adaPassword)
	if err := p.stop(t); err != nil {
		t.Fatal(err)
	}

	restored, _ := serveIn(t, folder(t), on(backup)...)
	// What happened since is forgotten: who logged out is in, a token that was used is good, and one of a session that nobody knows, too.
	want(t, restored.ask(t, left.access, meOperation, nil), "")
	want(t, restored.ask(t, late.access, meOperation, nil), "")
	want(t, restored.ask(t, "", refreshOperation, vars{"token": next.refresh}), "REFRESH_TOKEN_INVALID")
	used := session1(t, "refresh", restored.ask(t, "", refreshOperation, vars{"token": ada.refresh}))

	consoleOn(t, backup, environ...).run(t, "", "session", "revoke-all").ends(t, exitDone, "all accounts are logged out: 2 sessions ended")
	for _, l := range []login{ada, left, next, late, used} {
		restored.soon(t, l.access, meOperation, "UNAUTHENTICATED")
		want(t, restored.ask(t, "", refreshOperation, vars{"token": l.refresh}), "REFRESH_TOKEN_INVALID")
	}
	want(t, restored.ask(t, restored.login(t, adaEmail, adaPassword).access, meOperation, nil), "")
}

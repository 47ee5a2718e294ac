//go:build linux

package ha_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
	"gatehouse/test/smtptest"
)

// A mixture is a replica of the previous release and one of this, on one database.
type mixture struct {
	old, now *harness.Client
	server   *smtptest.Server
	people   int
}

// startMixture starts the previous release first, as in an upgrade.
func startMixture(t *testing.T) *mixture {
	t.Helper()
	m := &mixture{server: smtptest.Start(t, smtptest.Options{})}
	environ := harness.Environ(storetest.EmptyDSN(t), "SHUTDOWN_DELAY=0s", "REFRESH_REPLAY_WINDOW=5m")
	mail := []string{"SMTP_URL=smtp://" + m.server.Address + "?tls=none", "MAIL_FROM=no-reply@example.com", "LOGIN_METHODS=password,email"}
	launch := func(program string, environ []string) *harness.Client {
		p, err := process.Launch(t.Context(), process.Config{Program: program, Dir: harness.Folder(t), Environ: environ})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		return &harness.Client{URL: p.URL}
	}
	m.old = launch(previousRelease(t), environ)
	m.now = launch(harness.Program(t, "gatehouse"), append(environ, mail...))
	return m
}

// proof asks the new replica for a link by an operation, and returns what it proves with.
func (m *mixture) proof(t *testing.T, to, operation string) string {
	t.Helper()
	m.now.Ask(t, "", operation, harness.Vars{"email": to}).Must(t)
	for {
		m.server.Await(t)
		all := m.server.Mails()
		if last := all[len(all)-1]; last.To[0] == to && last.Proof() != "" {
			return last.Proof()
		}
	}
}

// person registers with the previous release.
func (m *mixture) person(t *testing.T) (email string, s harness.Session) {
	t.Helper()
	m.people++
	email = fmt.Sprintf("person%d@example.com", m.people)
	return email, m.old.Register(t, email, harness.AdaPassword)
}

const (
	mixedReset = `mutation($email: String!) { requestPasswordReset(email: $email) }`
	mixedLogin = `mutation($email: String!) { requestLogin(email: $email) { request } }`
	useReset   = `mutation($p: String!, $w: String!) { resetPassword(input: {proof: $p, newPassword: $w}) }`
	another    = "five-quiet-herons-77"
)

// TestMailsBesideThePreviousRelease: what the previous release changes makes links useless as it
// should, and what is done by mail holds there at once.
func TestMailsBesideThePreviousRelease(t *testing.T) {
	if !*long {
		t.Skip("run go test ./test/ha -timeout 1h -long")
	}
	m := startMixture(t)
	admin := m.old.Admin(t)
	for name, change := range map[string]func(email string, s harness.Session){
		"another password": func(_ string, s harness.Session) {
			m.old.Ask(t, s.Access, `mutation($o: String!, $n: String!) { changePassword(input: {currentPassword: $o, newPassword: $n}) { accessToken } }`,
				harness.Vars{"o": harness.AdaPassword, "n": "six-loud-herons-78"}).Must(t)
		},
		"another address": func(email string, s harness.Session) {
			m.old.Ask(t, s.Access, `mutation($o: String!, $e: String!) { changeEmail(input: {currentPassword: $o, email: $e}) { id } }`,
				harness.Vars{"o": harness.AdaPassword, "e": "new-" + email}).Must(t)
		},
		"disabled": func(_ string, s harness.Session) {
			m.old.Ask(t, admin.Access, `mutation($id: ID!) { disableUser(id: $id) { id } }`, harness.Vars{"id": s.UserID}).Must(t)
		},
	} {
		email, s := m.person(t)
		proof := m.proof(t, email, mixedReset)
		change(email, s)
		if r := m.now.Ask(t, "", useReset, harness.Vars{"p": proof, "w": another}); r.Code() != "PROOF_INVALID" {
			t.Errorf("%s: %s", name, r.Body)
		}
	}

	email, s := m.person(t)
	m.now.Ask(t, "", useReset, harness.Vars{"p": m.proof(t, email, mixedReset), "w": another}).Must(t)
	m.old.Ask(t, "", harness.LoginOperation, harness.Credentials(email, harness.AdaPassword)).Want(t, "INVALID_CREDENTIALS")
	m.old.Login(t, email, another)
	m.old.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": s.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")

	// A session that a link opens is one everywhere.
	entered := m.now.Ask(t, "", `mutation($p: String!) { loginByEmail(input: {proof: $p}) { accessToken refreshToken user { id } } }`,
		harness.Vars{"p": m.proof(t, email, mixedLogin)}).Must(t).Session("loginByEmail")
	m.old.Ask(t, entered.Access, harness.MeOperation, nil).Must(t)
	m.now.Ask(t, m.old.Refresh(t, entered.Refresh).Access, harness.MeOperation, nil).Must(t)

	if schema := m.old.Ask(t, "", `{ __schema { mutationType { fields { name } } } }`, nil); strings.Contains(schema.Body, "resetPassword") {
		t.Error("the previous release does these things, too: compare with it what this test says of it")
	}
}

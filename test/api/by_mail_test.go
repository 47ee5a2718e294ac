package api_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"gatehouse/auth/operator"
	"gatehouse/test/harness"
	"gatehouse/test/smtptest"
)

// A postal is a service that sends mails to a server of the test.
type postal struct {
	*harness.Service
	server *smtptest.Server
	read   int // mails
}

// startPost starts a service that sends mails.
func startPost(t *testing.T, environ ...string) *postal {
	t.Helper()
	server := smtptest.Start(t, smtptest.Options{})
	s := harness.Start(t, append([]string{"SMTP_URL=smtp://" + server.Address + "?tls=none", "MAIL_FROM=Example <no-reply@example.com>"}, environ...)...)
	return &postal{Service: s, server: server}
}

// nowhere are the settings of a service that sends mails to a server which is away.
func nowhere() []string {
	return []string{"SMTP_URL=smtp://127.0.0.1:1?tls=none", "MAIL_FROM=no-reply@example.com"}
}

// mails sends what is due, and returns the mails that no call before has returned. The service
// sends mails by itself, too: one that it is sending now is awaited.
func (p *postal) mails(t *testing.T) []smtptest.Mail {
	t.Helper()
	p.Server().Outbox().SendDue(t.Context())
	harness.Eventually(t, "no mail waits", func() bool {
		var waiting int
		p.query(t, &waiting, `SELECT count(*) FROM mails WHERE sent_at IS NULL AND dropped IS NULL`)
		return waiting == 0
	})
	all := p.server.Mails()
	unread := all[p.read:]
	p.read = len(all)
	return unread
}

// mail returns the one new mail, which goes to the address.
func (p *postal) mail(t *testing.T, to string) smtptest.Mail {
	t.Helper()
	all := p.mails(t)
	if len(all) != 1 || !slices.Equal(all[0].To, []string{to}) {
		t.Fatalf("%d mails, want one to %s: %+v", len(all), to, all)
	}
	return all[0]
}

// exec runs a statement in the database.
func (p *postal) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	p.connected(t, func(db *sql.DB) error {
		_, err := db.ExecContext(t.Context(), statement, args...)
		return err
	})
}

// query reads a value from the database.
func (p *postal) query(t *testing.T, into any, query string) {
	t.Helper()
	p.connected(t, func(db *sql.DB) error { return db.QueryRowContext(t.Context(), query).Scan(into) })
}

func (p *postal) connected(t *testing.T, do func(*sql.DB) error) {
	t.Helper()
	db, err := sql.Open("postgres", p.Server().Deployment().DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := do(db); err != nil {
		t.Fatal(err)
	}
}

// past lets the pause between two mails to one address pass.
func (p *postal) past(t *testing.T) {
	t.Helper()
	p.exec(t, `UPDATE proofs SET sent_at = sent_at - interval '2 minutes'`)
}

// The operations of these tests.
const (
	requestVerification = `mutation { requestEmailVerification }`
	verifyEmail         = `mutation($input: VerifyEmailInput!) { verifyEmail(input: $input) { email } }`
	changeAddress       = `mutation($input: ChangeEmailInput!) { changeEmail(input: $input) { email pendingEmail emailVerified } }`
	undoEmailChange     = `mutation($proof: String!) { undoEmailChange(proof: $proof) }`
	requestReset        = `mutation($email: String!) { requestPasswordReset(email: $email) }`
	resetPassword       = `mutation($input: ResetPasswordInput!) { resetPassword(input: $input) }`
	sendReset           = `mutation($id: ID!) { sendPasswordReset(userId: $id) }`
	requestLogin        = `mutation($email: String!) { requestLogin(email: $email) { request expiresAt } }`
	loginByEmail        = `mutation($input: LoginByEmailInput!) { loginByEmail(input: $input) { accessToken refreshToken scopes user { id } } }`
	requestRegistration = `mutation($email: String!) { requestRegistration(email: $email) }`
	finishRegistration  = `mutation($input: FinishRegistrationInput!) { finishRegistration(input: $input) { accessToken refreshToken user { id name email emailVerified roles } } }`
	invite              = `mutation($input: InvitationInput!) { invite(input: $input) { id email roles inviterId } }`
	revokeInvitation    = `mutation($id: ID!) { revokeInvitation(id: $id) }`
	acceptInvitation    = `mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { accessToken refreshToken user { id roles emailVerified } } }`
	listInvitations     = `{ invitations { id email roles inviterId } }`
)

func proofOf(proof string) harness.Vars { return harness.Vars{"input": harness.Vars{"proof": proof}} }

func newPassword(proof, password string) harness.Vars {
	return harness.Vars{"input": harness.Vars{"proof": proof, "newPassword": password}}
}

const anotherPassword = "nine-brown-lanterns-7"

func TestVerifyEmail(t *testing.T) {
	p := startPost(t, "EMAIL_VERIFICATION=optional", "ACCOUNT_URL=https://app.example.com/me")
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	m := p.mail(t, harness.AdaEmail)
	if !strings.HasPrefix(m.Link(), "https://app.example.com/me#verify=") || !strings.Contains(m.HTML, m.Link()) || m.Header.Get("From") != `"Example" <no-reply@example.com>` {
		t.Errorf("%s", m.Raw)
	}
	p.Ask(t, "", requestVerification, nil).Want(t, "UNAUTHENTICATED")
	p.Ask(t, ada.Access, requestVerification, nil).Must(t)
	if again := p.mails(t); len(again) != 0 {
		t.Errorf("%d mails at once", len(again))
	}
	p.past(t)
	p.Ask(t, ada.Access, requestVerification, nil).Must(t)
	if again := p.mail(t, harness.AdaEmail); again.Link() != m.Link() {
		t.Error("another link was sent")
	}
	changed := m.Proof()[:40] + "AAAA" + m.Proof()[44:]
	p.Ask(t, ada.Access, verifyEmail, proofOf(changed)).Want(t, "PROOF_INVALID")
	p.Ask(t, ada.Access, resetPassword, newPassword(m.Proof(), anotherPassword)).Want(t, "PROOF_INVALID")
	p.Ask(t, ada.Access, loginByEmail, proofOf(m.Proof())).WantReason(t, "FORBIDDEN", "not_offered")
	r := p.Ask(t, ada.Access, verifyEmail, proofOf(m.Proof())).Must(t)
	if r.Text("verifyEmail.email") != harness.AdaEmail || p.Ask(t, ada.Access, `{ me { emailVerified } }`, nil).Must(t).At("me.emailVerified") != true {
		t.Errorf("%s", r.Body)
	}
	p.Ask(t, ada.Access, verifyEmail, proofOf(m.Proof())).Must(t) // pressed twice
	p.Ask(t, "", verifyEmail, proofOf(m.Proof())).Want(t, "PROOF_INVALID")
	p.Login(t, harness.AdaEmail, harness.AdaPassword)
	p.Ask(t, ada.Access, requestVerification, nil).WantField(t, "CONFLICT", "email")
}

// TestVerifyElsewhere: opened in another place than where it was asked for, the link needs
// the password, or takes the account over.
func TestVerifyElsewhere(t *testing.T) {
	p := startPost(t, "EMAIL_VERIFICATION=optional")
	input := func(proof string, more harness.Vars) harness.Vars {
		more["proof"] = proof
		return harness.Vars{"input": more}
	}
	mallory := p.Register(t, "bob@example.com", "the-password-of-mallory")
	m := p.mail(t, "bob@example.com")
	p.Ask(t, "", verifyEmail, proofOf(m.Proof())).WantField(t, "BAD_USER_INPUT", "input.password")
	other := p.Login(t, "bob@example.com", "the-password-of-mallory")
	p.Ask(t, other.Access, verifyEmail, proofOf(m.Proof())).WantField(t, "BAD_USER_INPUT", "input.password")
	p.Ask(t, "", verifyEmail, input(m.Proof(), harness.Vars{"password": "not the password"})).Want(t, "INVALID_CREDENTIALS")
	p.Ask(t, "", verifyEmail, input(m.Proof(), harness.Vars{"reclaim": true})).Must(t)
	p.Ask(t, mallory.Access, harness.MeOperation, nil).Want(t, "UNAUTHENTICATED")
	p.Ask(t, "", harness.LoginOperation, harness.Credentials("bob@example.com", "the-password-of-mallory")).Want(t, "INVALID_CREDENTIALS")

	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	m = p.mail(t, harness.AdaEmail)
	p.Ask(t, "", verifyEmail, input(m.Proof(), harness.Vars{"password": harness.AdaPassword})).Must(t)
	p.Ask(t, ada.Access, harness.MeOperation, nil).Must(t)
}

func TestVerificationIsRequired(t *testing.T) {
	p := startPost(t, "EMAIL_VERIFICATION=required")
	p.Ask(t, "", harness.RegisterOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).WantReason(t, "FORBIDDEN", "email_unverified")
	m := p.mail(t, harness.AdaEmail)
	p.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, "not the password")).Want(t, "INVALID_CREDENTIALS")
	p.past(t)
	p.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).WantReason(t, "FORBIDDEN", "email_unverified")
	if again := p.mail(t, harness.AdaEmail); again.Link() != m.Link() {
		t.Error("another link was sent")
	}
	p.Ask(t, "", verifyEmail, harness.Vars{"input": harness.Vars{"proof": m.Proof(), "password": harness.AdaPassword}}).Must(t)
	p.Login(t, harness.AdaEmail, harness.AdaPassword)
}

func TestResetPassword(t *testing.T) {
	p := startPost(t)
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	p.exec(t, `UPDATE users SET email_verified = true, name = 'Ada' WHERE email = $1`, harness.AdaEmail)
	p.Ask(t, "", requestReset, harness.Vars{"email": "no address"}).WantField(t, "BAD_USER_INPUT", "email")
	p.Ask(t, "", requestReset, harness.Vars{"email": "ADA@example.com"}).Must(t)
	m := p.mail(t, "ADA@example.com")
	p.Ask(t, "", resetPassword, newPassword(m.Proof(), "short")).WantField(t, "BAD_USER_INPUT", "input.newPassword")
	p.Ask(t, "", verifyEmail, proofOf(m.Proof())).Want(t, "PROOF_INVALID")
	p.Ask(t, "", undoEmailChange, harness.Vars{"proof": m.Proof()}).Want(t, "PROOF_INVALID")
	r := p.Ask(t, "", resetPassword, newPassword(m.Proof(), anotherPassword)).Must(t)
	if r.At("resetPassword") != true {
		t.Errorf("%s", r.Body)
	}
	p.Ask(t, ada.Access, harness.MeOperation, nil).Want(t, "UNAUTHENTICATED")
	p.Ask(t, "", resetPassword, newPassword(m.Proof(), anotherPassword)).Want(t, "PROOF_INVALID")
	p.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Want(t, "INVALID_CREDENTIALS")
	p.Login(t, harness.AdaEmail, anotherPassword)
	if notice := p.mail(t, harness.AdaEmail); notice.Link() != "" || !strings.Contains(notice.Text, "was changed") {
		t.Errorf("%s", notice.Text)
	}
}

func TestSendPasswordReset(t *testing.T) {
	p := startPost(t)
	if err := p.Store().CreateRole(t.Context(), operator.Role{Name: "support", Scopes: []string{"write:users"}}); err != nil {
		t.Fatal(err)
	}
	admin, ada := p.Admin(t), p.Register(t, harness.AdaEmail, harness.AdaPassword)
	p.Member(t, "sue@example.com", "support")
	sue := p.Login(t, "sue@example.com", harness.AdaPassword)
	root := p.Ask(t, admin.Access, harness.MeOperation, nil).Must(t).Text("me.id")
	p.Ask(t, ada.Access, sendReset, harness.Vars{"id": ada.UserID}).WantReason(t, "FORBIDDEN", "missing_scope")
	p.Ask(t, sue.Access, sendReset, harness.Vars{"id": root}).WantReason(t, "FORBIDDEN", "rank")
	p.Ask(t, sue.Access, sendReset, harness.Vars{"id": "x"}).WantField(t, "BAD_USER_INPUT", "userId")
	p.Ask(t, sue.Access, sendReset, harness.Vars{"id": p.SessionID(t, sue.Access)}).Want(t, "NOT_FOUND")
	key := p.Ask(t, sue.Access, `mutation { createApiKey(input: {name: "x", scopes: ["write:users"]}) { key } }`, nil).Must(t).Text("createApiKey.key")
	p.Send(t, withKey(key), sendReset, harness.Vars{"id": ada.UserID}).WantReason(t, "FORBIDDEN", "not_delegable")
	p.Send(t, withKey(key), invite, harness.Vars{"input": harness.Vars{"email": "eve@example.com"}}).WantReason(t, "FORBIDDEN", "not_delegable")
	p.Send(t, withKey(key), requestReset, harness.Vars{"email": harness.AdaEmail}).WantReason(t, "FORBIDDEN", "not_delegable")
	r := p.Ask(t, sue.Access, sendReset, harness.Vars{"id": ada.UserID}).Must(t)
	m := p.mail(t, harness.AdaEmail)
	if strings.Contains(r.Body, m.Proof()) {
		t.Error("the caller sees the link")
	}
	p.Ask(t, "", resetPassword, newPassword(m.Proof(), anotherPassword)).Must(t)
}

func TestChangeEmailByMail(t *testing.T) {
	p := startPost(t, "EMAIL_CHANGE=confirm")
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	p.exec(t, `UPDATE users SET email_verified = true WHERE email = $1`, harness.AdaEmail)
	change := func(to, password string) harness.Vars {
		return harness.Vars{"input": harness.Vars{"email": to, "currentPassword": password}}
	}
	p.Ask(t, ada.Access, changeAddress, change("new@example.com", "wrong")).Want(t, "INVALID_CREDENTIALS")
	p.Ask(t, ada.Access, changeAddress, change("no address", harness.AdaPassword)).WantField(t, "BAD_USER_INPUT", "input.email")
	free := p.Ask(t, ada.Access, changeAddress, change("new@example.com", harness.AdaPassword)).Must(t)
	taken := p.Ask(t, ada.Access, changeAddress, change(harness.AdminEmail, harness.AdaPassword)).Must(t)
	if strings.ReplaceAll(taken.Body, harness.AdminEmail, "new@example.com") != free.Body {
		t.Errorf("a taken address: %s, another: %s", taken.Body, free.Body)
	}
	p.past(t)
	p.Ask(t, ada.Access, changeAddress, change("new@example.com", harness.AdaPassword)).Must(t)
	var link string
	for _, m := range p.mails(t) {
		switch {
		case m.To[0] == "new@example.com":
			link = m.Proof()
		case m.To[0] == harness.AdminEmail && m.Link() != "":
			t.Errorf("a link went to the address of another account: %s", m.Text)
		case m.To[0] == harness.AdaEmail && m.Link() != "":
			t.Errorf("a link went to the old address: %s", m.Text)
		}
	}
	if got := p.Ask(t, ada.Access, `{ me { email pendingEmail } }`, nil).Must(t); got.Text("me.email") != harness.AdaEmail || got.Text("me.pendingEmail") != "new@example.com" {
		t.Errorf("%s", got.Body)
	}
	r := p.Ask(t, "", verifyEmail, proofOf(link)).Must(t)
	me := p.Ask(t, ada.Access, `{ me { email emailVerified } }`, nil).Must(t)
	if r.Text("verifyEmail.email") != "new@example.com" || me.Text("me.email") != "new@example.com" || me.At("me.emailVerified") != true {
		t.Errorf("%s, %s", r.Body, me.Body)
	}
	undo := p.mail(t, harness.AdaEmail)
	if !strings.Contains(undo.Text, "new@example.com") {
		t.Errorf("%s", undo.Text)
	}
	p.Ask(t, "", undoEmailChange, harness.Vars{"proof": undo.Proof()}).Must(t)
	p.Ask(t, "", undoEmailChange, harness.Vars{"proof": undo.Proof()}).Want(t, "PROOF_INVALID")
	p.Ask(t, ada.Access, harness.MeOperation, nil).Want(t, "UNAUTHENTICATED")
	p.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Want(t, "INVALID_CREDENTIALS")
	reset := p.mail(t, harness.AdaEmail)
	p.Ask(t, "", resetPassword, newPassword(reset.Proof(), anotherPassword)).Must(t)
	p.Login(t, harness.AdaEmail, anotherPassword)
}

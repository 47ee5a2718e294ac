package api_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

func confirmation(proof, code string) harness.Vars {
	return harness.Vars{"input": harness.Vars{"proof": proof, "code": code}}
}

// TestSetUpTOTP: an app is set up with a code of it, and not before.
func TestSetUpTOTP(t *testing.T) {
	harness.AwaitStep(t)
	p := startPost(t)
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	bob := p.Register(t, "bob@example.com", harness.AdaPassword)
	p.Ask(t, "", harness.BeginTOTPOperation, nil).Want(t, "UNAUTHENTICATED")
	begin := func(s harness.Session) (string, *harness.Authenticator, harness.Reply) {
		t.Helper()
		r := p.Ask(t, s.Access, harness.BeginTOTPOperation, nil).Must(t)
		return r.Text("beginTotp.proof"), harness.ReadAuthenticator(t, r.Text("beginTotp.secret")), r
	}
	confirm := func(s harness.Session, proof, code string) harness.Reply {
		t.Helper()
		return p.Ask(t, s.Access, harness.ConfirmTOTPOperation, confirmation(proof, code))
	}
	old, oldApp, _ := begin(ada)
	proof, app, r := begin(ada)
	if uri := r.Text("beginTotp.uri"); !strings.HasPrefix(uri, "otpauth://totp/localhost:ada@example.com?secret="+r.Text("beginTotp.secret")+"&issuer=localhost") {
		t.Errorf("%s", uri)
	}
	p.Login(t, harness.AdaEmail, harness.AdaPassword) // it is not asked for yet
	confirm(ada, old, oldApp.Code(t, 0)).Want(t, "PROOF_INVALID")
	confirm(bob, proof, app.Code(t, 0)).Want(t, "PROOF_INVALID")
	confirm(ada, "x", app.Code(t, 0)).Want(t, "PROOF_INVALID")
	confirm(ada, proof, "12345").WantField(t, "BAD_USER_INPUT", "input.code")
	confirm(ada, proof, oldApp.Code(t, 0)).Want(t, "INVALID_CREDENTIALS")
	r = confirm(ada, proof, app.Code(t, 0)).Must(t)
	if r.At("confirmTotp.totp") != true || r.At("confirmTotp.recoveryCodesLeft") != 0.0 {
		t.Errorf("%s", r.Body)
	}
	confirm(ada, proof, app.Code(t, 1)).Want(t, "PROOF_INVALID")
	p.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Challenge(t)
	p.Login(t, "bob@example.com", harness.AdaPassword)
	again, bobs, _ := begin(bob)
	for range 5 {
		confirm(bob, again, bobs.Code(t, 5)).Want(t, "INVALID_CREDENTIALS")
	}
	confirm(bob, again, bobs.Code(t, 0)).Want(t, "PROOF_INVALID") // too many were wrong
}

// TestRaisedSession: the session in which an app was set up has both factors, and one that was
// opened before can't replace it.
func TestRaisedSession(t *testing.T) {
	p := startPost(t)
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	before := p.Login(t, harness.AdaEmail, harness.AdaPassword)
	pending := p.Ask(t, before.Access, harness.BeginTOTPOperation, nil).Must(t)
	p.Ask(t, ada.Access, harness.RecoveryCodesOperation, nil).Want(t, "CONFLICT") // there is nothing to recover
	begun := p.Ask(t, ada.Access, harness.BeginTOTPOperation, nil).Must(t)
	app := harness.ReadAuthenticator(t, begun.Text("beginTotp.secret"))
	p.Ask(t, before.Access, harness.ConfirmTOTPOperation, confirmation(pending.Text("beginTotp.proof"), "123456")).Want(t, "PROOF_INVALID")
	p.Ask(t, ada.Access, harness.ConfirmTOTPOperation, confirmation(begun.Text("beginTotp.proof"), app.Code(t, 0))).Must(t)
	for _, operation := range []string{harness.BeginTOTPOperation, harness.DeleteTOTPOperation, harness.RecoveryCodesOperation} {
		p.Ask(t, before.Access, operation, nil).WantReason(t, "STEP_UP_REQUIRED", "one_factor")
	}
	p.Ask(t, before.Access, `{ me { totp } }`, nil).Must(t) // it goes on
	raised := p.Refresh(t, ada.Refresh)
	p.Ask(t, raised.Access, harness.RecoveryCodesOperation, nil).Must(t)
	again := p.SetUpTOTP(t, raised) // in place of the first one
	token := p.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Challenge(t)
	harness.ForgetSteps(t, p.Server().Deployment().DSN())
	p.Ask(t, "", harness.AnswerChallengeOperation, harness.Answer(token, "totp", app.Code(t, 0))).Want(t, "INVALID_CREDENTIALS")
	p.Ask(t, "", harness.AnswerChallengeOperation, harness.Answer(token, "totp", again.Code(t, 0))).Must(t)
}

// TestRecoveryCodes: each works once, in any case, and its owner is told.
func TestRecoveryCodes(t *testing.T) {
	g := startGuarded(t)
	s := g.Refresh(t, g.ada.Refresh)
	codes := g.Ask(t, s.Access, harness.RecoveryCodesOperation, nil).Must(t).Texts("createRecoveryCodes")
	if m := g.mail(t, harness.AdaEmail); !strings.Contains(m.Text, "New recovery codes") {
		t.Errorf("%s", m.Text)
	}
	form := regexp.MustCompile(`^[0-9A-Z]{5}(-[0-9A-Z]{5}){4}$`)
	if len(codes) != 10 || slices.ContainsFunc(codes, func(code string) bool { return !form.MatchString(code) }) {
		t.Fatalf("%q", codes)
	}
	g.give(t, g.challenged(t), "recoveryCode", codes[0]).Must(t)
	if m := g.mail(t, harness.AdaEmail); !strings.Contains(m.Text, "9 codes are left") || strings.Contains(m.Text, "soon") {
		t.Errorf("%s", m.Text)
	}
	g.give(t, g.challenged(t), "recoveryCode", codes[0]).Want(t, "INVALID_CREDENTIALS")
	written := strings.ToLower(strings.ReplaceAll(codes[1], "-", " "))
	r := g.give(t, g.challenged(t), "recoveryCode", written).Must(t)
	viewer := g.Ask(t, r.Session("answerChallenge").Access, `{ viewer { amr } me { recoveryCodesLeft } }`, nil).Must(t)
	if !strings.Contains(viewer.Body, `"amr":["pwd","otp","mfa"]`) || viewer.At("me.recoveryCodesLeft") != 8.0 {
		t.Errorf("%s", viewer.Body)
	}
	for _, code := range codes[2:8] {
		g.give(t, g.challenged(t), "recoveryCode", code).Must(t)
	}
	mails := g.mails(t)
	if last := mails[len(mails)-1]; !strings.Contains(last.Text, "2 codes are left. Make new ones soon") {
		t.Errorf("%s", last.Text)
	}
	again := g.Ask(t, s.Access, harness.RecoveryCodesOperation, nil).Must(t).Texts("createRecoveryCodes")
	g.give(t, g.challenged(t), "recoveryCode", codes[9]).Want(t, "INVALID_CREDENTIALS") // replaced
	g.give(t, g.challenged(t), "recoveryCode", again[9]).Must(t)
	for _, secret := range append(codes, again...) {
		if strings.Contains(g.Log.String(), secret) {
			t.Error("a recovery code is in the log")
		}
	}
}

// TestRemoveTOTP: without the app the password is enough again, and recovery codes are gone.
func TestRemoveTOTP(t *testing.T) {
	g := startGuarded(t)
	s := g.Refresh(t, g.ada.Refresh)
	g.Ask(t, s.Access, harness.RecoveryCodesOperation, nil).Must(t)
	g.mails(t)
	r := g.Ask(t, s.Access, harness.DeleteTOTPOperation, nil).Must(t)
	if r.At("deleteTotp.totp") != false || r.At("deleteTotp.recoveryCodesLeft") != 0.0 {
		t.Errorf("%s", r.Body)
	}
	if m := g.mail(t, harness.AdaEmail); !strings.Contains(m.Text, "was removed") {
		t.Errorf("%s", m.Text)
	}
	g.Login(t, harness.AdaEmail, harness.AdaPassword)
	g.Ask(t, s.Access, harness.DeleteTOTPOperation, nil).Must(t) // again, which changes nothing
	if mails := g.mails(t); len(mails) != 0 {
		t.Errorf("%+v", mails)
	}
	g.SetUpTOTP(t, s)
	g.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Challenge(t)
}

// TestResetFactors: an administrator removes the factors of others, who are told, and whose sessions
// end.
func TestResetFactors(t *testing.T) {
	g := startGuarded(t)
	reset := func(token, id string) harness.Reply {
		return g.Ask(t, token, harness.ResetFactorsOperation, harness.Vars{"id": id})
	}
	bob := g.Register(t, "bob@example.com", harness.AdaPassword)
	admin := g.Admin(t)
	reset("", g.ada.UserID).Want(t, "UNAUTHENTICATED")
	reset(bob.Access, g.ada.UserID).WantReason(t, "FORBIDDEN", "missing_role")
	reset(g.ada.Access, g.ada.UserID).WantReason(t, "FORBIDDEN", "missing_role")
	reset(admin.Access, "x").WantField(t, "BAD_USER_INPUT", "userId")
	reset(admin.Access, admin.UserID).WantField(t, "BAD_USER_INPUT", "userId")
	reset(admin.Access, "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63").Want(t, "NOT_FOUND")
	token := g.challenged(t)
	r := reset(admin.Access, g.ada.UserID).Must(t)
	if r.At("resetFactors.totp") != false {
		t.Errorf("%s", r.Body)
	}
	g.WantEnded(t, g.ada)
	if m := g.mail(t, harness.AdaEmail); !strings.Contains(m.Text, "An administrator has removed") {
		t.Errorf("%s", m.Text)
	}
	g.answer(t, token).Want(t, "PROOF_INVALID")
	g.Login(t, harness.AdaEmail, harness.AdaPassword)
	reset(admin.Access, bob.UserID).Must(t) // who has none
}

// TestFactorsOfOthers: whether an account has a second factor is for its owner and administrators.
func TestFactorsOfOthers(t *testing.T) {
	g := startGuarded(t)
	reader := g.Member(t, "reader@example.com", "user")
	const ask = `query($id: ID!) { user(id: $id) { totp recoveryCodesLeft } }`
	g.Ask(t, reader.Access, ask, harness.Vars{"id": g.ada.UserID}).Want(t, "FORBIDDEN")
	for _, s := range []harness.Session{g.ada, g.Admin(t)} {
		if r := g.Ask(t, s.Access, ask, harness.Vars{"id": g.ada.UserID}).Must(t); r.At("user.totp") != true {
			t.Errorf("%s", r.Body)
		}
	}
}

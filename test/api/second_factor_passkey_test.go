package api_test

import (
	"strings"
	"testing"

	"gatehouse/test/harness"
	"gatehouse/test/passkeytest"
)

// startWithPasskey starts a service with an account of Ada, who has a passkey and no app.
func startWithPasskey(t *testing.T, environ ...string) (*guarded, *passkeytest.Device, string) {
	t.Helper()
	p := startPost(t, append([]string{"LOGIN_METHODS=password,email,passkey"}, environ...)...)
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	p.exec(t, `UPDATE users SET email_verified = true`)
	d := passkeytest.New(page)
	id := p.AddPasskey(t, ada.Access, d)
	p.mails(t)
	return &guarded{postal: p, ada: ada}, d, id
}

// passkeyAnswer asks what a challenge wants, and answers it with the device.
func (g *guarded) passkeyAnswer(t *testing.T, challenge string, d *passkeytest.Device) harness.Reply {
	t.Helper()
	open := g.Ask(t, "", harness.ChallengeOperation, harness.Vars{"token": challenge}).Must(t)
	return g.answerWith(t, challenge, d.Get(t, open.At("challenge.passkey")))
}

func (g *guarded) answerWith(t *testing.T, challenge string, credential any) harness.Reply {
	t.Helper()
	return g.Ask(t, "", harness.AnswerChallengeOperation, harness.Vars{"input": harness.Vars{"token": challenge, "passkey": credential}})
}

// TestPasskeyAsSecondFactor: an account with a passkey is asked for it after the password, and not
// after the passkey itself.
func TestPasskeyAsSecondFactor(t *testing.T) {
	g, d, _ := startWithPasskey(t)
	r := g.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword))
	token := r.Challenge(t)
	if !strings.Contains(r.Body, `"methods":["PASSKEY"]`) {
		t.Errorf("%s", r.Body)
	}
	g.give(t, token, "totp", "123456").Want(t, "INVALID_CREDENTIALS")
	g.answerWith(t, token, harness.Vars{"id": "x"}).Want(t, "INVALID_CREDENTIALS") // no ceremony has begun
	open := g.Ask(t, "", harness.ChallengeOperation, harness.Vars{"token": token}).Must(t)
	first := d.Get(t, open.At("challenge.passkey"))
	second := g.Ask(t, "", harness.ChallengeOperation, harness.Vars{"token": token}).Must(t)
	g.answerWith(t, token, first).Want(t, "INVALID_CREDENTIALS")                              // of the ceremony before
	g.answerWith(t, token, d.Get(t, second.At("challenge.passkey"))).Want(t, "PROOF_INVALID") // it works once, right or wrong
	token = g.challenged(t)
	s := g.passkeyAnswer(t, token, d).Must(t).Session("answerChallenge")
	viewer := g.Ask(t, s.Access, `{ viewer { factors amr } }`, nil).Must(t)
	if !strings.Contains(viewer.Body, `"factors":2,"amr":["pwd","hwk","mfa"]`) {
		t.Errorf("%s", viewer.Body)
	}
	g.LoginWithPasskey(t, d) // both factors at once
}

// TestPasskeyAtEveryDoor: no door but that of the passkey lets the account in.
func TestPasskeyAtEveryDoor(t *testing.T) {
	g, d, _ := startWithPasskey(t, "OAUTH=on", "OAUTH_PASSWORD_GRANT=on")
	app := g.Application(t, harness.Vars{"grants": []string{"AUTHORIZATION_CODE", "REFRESH_TOKEN", "PASSWORD"}})
	for name, open := range entrances(app) {
		if refused := open(t, g); refused != "CHALLENGE_REQUIRED" {
			t.Errorf("%s: %q", name, refused)
		}
	}
	g.LoginWithPasskey(t, d)
}

// TestLastPasskey: a passkey is removed in a session with two factors, and not the last second factor
// of an account that has to have one.
func TestLastPasskey(t *testing.T) {
	g, d, id := startWithPasskey(t, "SECOND_FACTOR=required")
	remove := func(s harness.Session) harness.Reply {
		return g.Ask(t, s.Access, deletePasskey, harness.Vars{"id": id})
	}
	remove(g.ada).WantReason(t, "STEP_UP_REQUIRED", "one_factor")
	raised := g.Refresh(t, g.ada.Refresh)
	remove(raised).Want(t, "CONFLICT")
	g.LoginWithPasskey(t, d)
	g.SetUpTOTP(t, raised)
	remove(raised).Must(t)
	g.Ask(t, raised.Access, harness.DeleteTOTPOperation, nil).Want(t, "CONFLICT")
}

// TestResetPasskeys: an administrator removes passkeys, too, and what is set up later is asked for.
func TestResetPasskeys(t *testing.T) {
	g, d, _ := startWithPasskey(t)
	g.Ask(t, g.Admin(t).Access, harness.ResetFactorsOperation, harness.Vars{"id": g.ada.UserID}).Must(t)
	g.Ask(t, "", harness.PasskeyLoginOperation, harness.Vars{"input": g.AnswerPasskey(t, d)}).Want(t, "INVALID_CREDENTIALS")
	s := g.Login(t, harness.AdaEmail, harness.AdaPassword)
	g.AddPasskey(t, s.Access, d)
	g.passkeyAnswer(t, g.challenged(t), d).Must(t)
}

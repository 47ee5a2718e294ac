package api_test

import (
	"slices"
	"testing"

	"gatehouse/test/harness"
)

// TestReauthenticateWithSecondFactor: an account that has a second factor is asked for it, and
// neither for the password nor for a mail. A code works once.
func TestReauthenticateWithSecondFactor(t *testing.T) {
	g := startGuarded(t, "LOGIN_METHODS=password,email")
	raise := func(s harness.Session, input harness.Vars) harness.Reply {
		return g.Ask(t, s.Access, reauthenticate, harness.Vars{"input": input})
	}
	ada := stale(t, g.Service, g.answer(t, g.challenged(t)).Must(t).Session("answerChallenge"))
	g.Ask(t, ada.Access, createKeyWith, nil).WantReason(t, "STEP_UP_REQUIRED", "stale")
	g.past(t)
	request := g.Ask(t, "", requestLogin, harness.Vars{"email": harness.AdaEmail}).Must(t).Text("requestLogin.request")
	m := g.mail(t, harness.AdaEmail)
	g.forget(t)
	code := g.app.Code(t, 0)
	for _, input := range []harness.Vars{
		{"password": harness.AdaPassword}, {"request": request, "code": m.Code()}, {"proof": m.Proof()},
		{"totp": g.app.Code(t, 5)}, {"recoveryCode": "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"},
	} {
		raise(ada, input).Want(t, "INVALID_CREDENTIALS")
	}
	g.Ask(t, ada.Access, createKeyWith, nil).WantReason(t, "STEP_UP_REQUIRED", "stale")
	raised := raise(ada, harness.Vars{"totp": code}).Must(t).Session("reauthenticate")
	v := g.Ask(t, raised.Access, `{ viewer { amr factors } }`, nil).Must(t)
	if raised.Refresh != ada.Refresh || v.At("viewer.factors") != 2.0 || !slices.Equal(v.Texts("viewer.amr"), []string{"mfa", "otp", "pwd"}) {
		t.Errorf("%s; the refresh token is the same: %v", v.Body, raised.Refresh == ada.Refresh)
	}
	g.Ask(t, raised.Access, createKeyWith, nil).Must(t)
	raise(ada, harness.Vars{"totp": code}).Want(t, "INVALID_CREDENTIALS")
	g.Refresh(t, ada.Refresh)
}

// TestReauthenticateWithPasskey: so is an account with a passkey, by a ceremony of its own.
func TestReauthenticateWithPasskey(t *testing.T) {
	g, device, _ := startWithPasskey(t)
	ada := stale(t, g.Service, g.Refresh(t, g.ada.Refresh))
	begun := g.Ask(t, ada.Access, `mutation { beginReauthentication { ceremony options } }`, nil).Must(t)
	raise := func(input harness.Vars) harness.Reply {
		return g.Ask(t, ada.Access, reauthenticate, harness.Vars{"input": input})
	}
	raise(harness.Vars{"password": harness.AdaPassword}).Want(t, "INVALID_CREDENTIALS")
	credential := device.Get(t, begun.At("beginReauthentication.options"))
	raise(harness.Vars{"passkey": credential, "ceremony": "x"}).Want(t, "PROOF_INVALID")
	answer := harness.Vars{"passkey": credential, "ceremony": begun.Text("beginReauthentication.ceremony")}
	raised := raise(answer).Must(t).Session("reauthenticate")
	if v := g.Ask(t, raised.Access, `{ viewer { factors } }`, nil).Must(t); v.At("viewer.factors") != 2.0 {
		t.Errorf("%s", v.Body)
	}
	g.Ask(t, raised.Access, createKeyWith, nil).Must(t)
	raise(answer).Want(t, "PROOF_INVALID") // a ceremony works once
}

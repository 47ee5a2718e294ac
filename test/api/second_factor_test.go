package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/factor/totp"
	"gatehouse/test/harness"
)

// A guarded is a service with an account that has an authenticator app.
type guarded struct {
	*postal
	ada harness.Session // in which it was set up
	app *harness.Authenticator
}

// startGuarded starts a service with an account of Ada, who sets up an authenticator app.
func startGuarded(t *testing.T, environ ...string) *guarded {
	t.Helper()
	p := startPost(t, environ...)
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	p.exec(t, `UPDATE users SET email_verified = true`)
	g := &guarded{p, ada, p.SetUpTOTP(t, ada)}
	if m := p.mail(t, harness.AdaEmail); !strings.Contains(m.Text, "authenticator app was set up") {
		t.Errorf("%s", m.Text)
	}
	return g
}

// challenged logs Ada in with her password, and returns the challenge.
func (g *guarded) challenged(t *testing.T) string {
	t.Helper()
	return g.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Challenge(t)
}

// answer answers a challenge, with a code of the app that was not used yet.
func (g *guarded) answer(t *testing.T, challenge string) harness.Reply {
	t.Helper()
	g.forget(t)
	return g.give(t, challenge, "totp", g.app.Code(t, 0))
}

func (g *guarded) give(t *testing.T, challenge, factor, value string) harness.Reply {
	t.Helper()
	return g.Ask(t, "", harness.AnswerChallengeOperation, harness.Answer(challenge, factor, value))
}

func (g *guarded) forget(t *testing.T) {
	t.Helper()
	harness.ForgetSteps(t, g.Server().Deployment().DSN())
}

// TestSecondFactor logs in with a password and a code.
func TestSecondFactor(t *testing.T) {
	g := startGuarded(t)
	r := g.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword))
	token := r.Challenge(t)
	if methods, _ := json.Marshal(r.Errors[0].Extensions["methods"]); string(methods) != `["TOTP"]` {
		t.Errorf("methods: %s", methods)
	}
	if at, err := time.Parse(time.RFC3339, r.Errors[0].Extensions["expiresAt"].(string)); err != nil || time.Until(at) > 10*time.Minute {
		t.Errorf("expires at %s, %v", at, err)
	}
	open := g.Ask(t, "", harness.ChallengeOperation, harness.Vars{"token": token}).Must(t)
	if !slices.Equal(open.Texts("challenge.methods"), []string{"TOTP"}) || open.At("challenge.passkey") != nil {
		t.Errorf("%s", open.Body)
	}
	s := g.answer(t, token).Must(t).Session("answerChallenge")
	viewer := g.Ask(t, s.Access, `{ viewer { factors amr } me { sessions { current amr } } }`, nil).Must(t)
	if !strings.Contains(viewer.Body, `"factors":2,"amr":["pwd","otp","mfa"]`) || !strings.Contains(viewer.Body, `"current":true,"amr":["pwd","otp","mfa"]`) {
		t.Errorf("%s", viewer.Body)
	}
	again := g.Refresh(t, s.Refresh)
	if viewer := g.Ask(t, again.Access, `{ viewer { factors } }`, nil).Must(t); viewer.At("viewer.factors") != 2.0 {
		t.Errorf("%s", viewer.Body)
	}
	g.answer(t, token).Want(t, "PROOF_INVALID") // it was answered
	g.give(t, g.challenged(t), "totp", g.app.Code(t, 5)).Want(t, "INVALID_CREDENTIALS")
	log := g.Log.String()
	for _, secret := range []string{token, totp.Text(g.app.Secret), g.app.Code(t, 5)} {
		if strings.Contains(log, secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
	for _, event := range []string{
		`"event":"login","outcome":"CHALLENGE_REQUIRED","account":"` + g.ada.UserID + `"`,
		`"event":"answerChallenge","outcome":"INVALID_CREDENTIALS","account":"` + g.ada.UserID + `"`,
	} {
		if !strings.Contains(log, event) {
			t.Errorf("the log lacks %s", event)
		}
	}
	g.Ask(t, "", harness.ChallengeOperation, harness.Vars{"token": token}).Want(t, "PROOF_INVALID")
}

// TestAnswersRefused: what is no answer is refused, and a right answer works afterwards.
func TestAnswersRefused(t *testing.T) {
	harness.AwaitStep(t)
	g := startGuarded(t, "LOGIN_METHODS=password,email")
	token := g.challenged(t)
	g.forget(t)
	code := g.app.Code(t, 0)
	malformed := []harness.Vars{
		{"token": token}, {"token": token, "totp": code, "recoveryCode": code},
		{"token": token, "totp": ""}, {"token": token, "totp": code[1:]}, {"token": token, "totp": code + "0"}, {"token": token, "totp": "12345a"},
		{"token": token, "totp": strings.Repeat("1", 60_000)},
	}
	for range 3 { // none of them counts
		for _, input := range malformed {
			g.Ask(t, "", harness.AnswerChallengeOperation, harness.Vars{"input": input}).WantField(t, "BAD_USER_INPUT", "input.totp")
		}
		g.give(t, token, "recoveryCode", "ABCDE").WantField(t, "BAD_USER_INPUT", "input.recoveryCode")
		for _, text := range []string{"", "x", token[:len(token)-1] + "_", g.ada.Refresh, strings.Repeat("a", 60_000)} {
			g.give(t, text, "totp", code).Want(t, "PROOF_INVALID")
			g.Ask(t, "", harness.ChallengeOperation, harness.Vars{"token": text}).Want(t, "PROOF_INVALID")
		}
	}
	g.give(t, token, "totp", g.app.Code(t, -2)).Want(t, "INVALID_CREDENTIALS")
	g.give(t, token, "totp", g.app.Code(t, 2)).Want(t, "INVALID_CREDENTIALS")
	g.give(t, token, "recoveryCode", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA").Want(t, "INVALID_CREDENTIALS")
	g.Ask(t, "", harness.AnswerChallengeOperation, harness.Vars{"input": harness.Vars{"token": token, "passkey": harness.Vars{"id": "x"}}}).
		Want(t, "INVALID_CREDENTIALS")
	g.give(t, token, "totp", code[:3]+" "+code[3:]).Must(t)
}

// TestWrongAnswersEnd: five wrong answers end a challenge, and the right one comes too late.
func TestWrongAnswersEnd(t *testing.T) {
	g := startGuarded(t)
	token := g.challenged(t)
	for range 5 {
		g.give(t, token, "totp", g.app.Code(t, 5)).Want(t, "INVALID_CREDENTIALS")
	}
	g.answer(t, token).Want(t, "PROOF_INVALID")
	g.answer(t, g.challenged(t)).Must(t)
}

// TestGuessedFactors are slowed down, and those who guess from elsewhere don't keep the owner out.
func TestGuessedFactors(t *testing.T) {
	g := startGuarded(t, "RATE_LIMITS=on", "TRUSTED_PROXIES=127.0.0.0/8")
	from := func(place, query string, variables harness.Vars) harness.Reply {
		return g.Send(t, map[string][]string{"X-Forwarded-For": {place}}, query, variables)
	}
	login := func(place string) string {
		return from(place, harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Challenge(t)
	}
	limited := false
	for range 8 {
		token := login("192.0.2.1")
		for range 5 {
			r := from("192.0.2.1", harness.AnswerChallengeOperation, harness.Answer(token, "totp", g.app.Code(t, 5)))
			if limited = r.Code() == "RATE_LIMITED"; limited {
				break
			}
			r.Want(t, "INVALID_CREDENTIALS")
		}
		if limited {
			break
		}
	}
	if !limited {
		t.Error("40 wrong codes are not slowed down")
	}
	token := login("198.51.100.2")
	g.forget(t)
	from("198.51.100.2", harness.AnswerChallengeOperation, harness.Answer(token, "totp", g.app.Code(t, 0))).Must(t)
}

// TestCodesWorkOnce: a code works in one session, and one of an earlier time step not after it. The
// one that set up the app logs no one in.
func TestCodesWorkOnce(t *testing.T) {
	harness.AwaitStep(t)
	g := startGuarded(t)
	g.give(t, g.challenged(t), "totp", g.app.Code(t, 0)).Want(t, "INVALID_CREDENTIALS") // it set the app up
	g.give(t, g.challenged(t), "totp", g.app.Code(t, -1)).Want(t, "INVALID_CREDENTIALS")
	first, second := g.challenged(t), g.challenged(t)
	next := g.app.Code(t, 1)
	g.give(t, first, "totp", next).Must(t)
	g.give(t, second, "totp", next).Want(t, "INVALID_CREDENTIALS")
	g.give(t, second, "totp", g.app.Code(t, 0)).Want(t, "INVALID_CREDENTIALS")
	g.forget(t)
	g.give(t, second, "totp", g.app.Code(t, -1)).Must(t)
}

// TestChallengeEnds with what it was made for: if the password or the account changes, or the
// factors are reset.
func TestChallengeEnds(t *testing.T) {
	g := startGuarded(t)
	changes := map[string]func(){
		"disabled": func() {
			for _, field := range []string{"disableUser", "enableUser"} {
				g.Ask(t, g.Admin(t).Access, `mutation($id: ID!) { `+field+`(id: $id) { id } }`, harness.Vars{"id": g.ada.UserID}).Must(t)
			}
		},
		"a new address": func() { g.exec(t, `UPDATE users SET email_key = 'ada2@example.com' WHERE id = $1`, g.ada.UserID) },
		"a new password": func() {
			g.exec(t, `UPDATE users SET email_key = 'ada@example.com', password_hash = $2 WHERE id = $1`, g.ada.UserID, harness.CheapHash(harness.AdaPassword))
		},
		"too late": func() { g.exec(t, `UPDATE proofs SET expires_at = now() WHERE purpose = 'challenge'`) },
	}
	for _, name := range []string{"disabled", "a new address", "a new password", "too late"} {
		token := ""
		if name == "a new password" { // the address is another one until then
			g.exec(t, `UPDATE users SET email_key = 'ada@example.com' WHERE id = $1`, g.ada.UserID)
		}
		token = g.challenged(t)
		changes[name]()
		g.Ask(t, "", harness.ChallengeOperation, harness.Vars{"token": token}).Want(t, "PROOF_INVALID")
		r := g.answer(t, token)
		if r.Want(t, "PROOF_INVALID"); t.Failed() {
			t.Fatalf("%s: %s", name, r.Body)
		}
	}
	g.answer(t, g.challenged(t)).Must(t)
}

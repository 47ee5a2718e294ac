package conformance_test

import (
	"strings"
	"testing"

	"gatehouse/auth"
	"gatehouse/auth/factor/totp"
	"gatehouse/test/harness"
)

// openFactors makes what sets second factors up, and makes challenges.
func (s *service) openFactors(t testing.TB) {
	t.Helper()
	var err error
	if s.factors, err = s.Server().Deployment().Factors(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.factors.Passkeys = s.passkeys
}

// guards reports whether an experiment asks for accounts with passkeys. One that logs in with a
// password or a mail would be asked for them.
func (e *experiment) guards() bool {
	for _, field := range []string{"login(", "loginByEmail(", "reauthenticate("} {
		if strings.Contains(e.text, " "+field) {
			return false
		}
	}
	return true
}

// challenge adds what an experiment on second factors names to its values: a challenge of the
// target and a code that answers it, and the code of an app that the caller sets up.
func (s *service) challenge(t testing.TB, e *experiment, values map[string]string, caller, target account) {
	t.Helper()
	if e.mentions("@totp@") {
		values["@totp@"] = s.addTOTP(t, target)
	}
	if e.mentions("@challenge@") {
		values["@challenge@"] = s.challenged(t, target)
	}
	if e.mentions("@totp_proof@") && caller.person {
		begun, err := s.factors.BeginTOTP(as(t, caller))
		if err != nil {
			t.Error(err)
			return
		}
		values["@totp_proof@"], values["@totp_code@"] = begun.Proof, harness.ReadAuthenticator(t, begun.Secret).Code(t, 0)
	}
}

// addTOTP gives the account an authenticator app, and returns a code of it.
func (s *service) addTOTP(t testing.TB, a account) string {
	t.Helper()
	secret := totp.NewSecret()
	sealed, err := s.Server().Deployment().Secrets.SealTOTP(a.id, secret)
	if err != nil {
		t.Error(err)
	}
	for _, statement := range []string{
		`INSERT INTO totp (user_id, sealed, last_step, created_at) VALUES ($1, $2, 0, now())`,
		`UPDATE users SET factors = factors + 1, factor_login_at = last_login_at WHERE id = $1 AND $2::bytea IS NOT NULL`,
	} {
		if _, err := s.database.ExecContext(t.Context(), statement, a.id, sealed); err != nil {
			t.Error(err)
		}
	}
	return (&harness.Authenticator{Secret: secret}).Code(t, 0)
}

// challenged returns the challenge of an account that has given its password.
func (s *service) challenged(t testing.TB, a account) string {
	t.Helper()
	u, err := s.Store().User(t.Context(), a.id)
	if err != nil {
		t.Error(err)
		return ""
	}
	made, needed, err := s.factors.Challenge(t.Context(), u)
	if err != nil {
		t.Error(err)
		return ""
	}
	session := auth.NewSession(t.Context(), s.factors.Proofs.Now(), a.id, auth.OwnSession)
	session.Challenge = made
	if _, err := s.Store().OpenSession(t.Context(), session, s.hash, s.Settings().Lifetimes()); err != nil {
		t.Error(err)
	}
	return needed.Token
}

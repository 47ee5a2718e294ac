package harness

import (
	"database/sql"
	"encoding/base32"
	"testing"
	"time"

	_ "github.com/lib/pq" // for ForgetSteps

	"gatehouse/auth/factor/totp"
)

// An Authenticator is a person's authenticator app.
type Authenticator struct{ Secret []byte }

// Operations on second factors.
const (
	BeginTOTPOperation       = `mutation { beginTotp { proof uri secret expiresAt } }`
	ConfirmTOTPOperation     = `mutation($input: ConfirmTotpInput!) { confirmTotp(input: $input) { id totp recoveryCodesLeft } }`
	DeleteTOTPOperation      = `mutation { deleteTotp { id totp recoveryCodesLeft } }`
	RecoveryCodesOperation   = `mutation { createRecoveryCodes }`
	ResetFactorsOperation    = `mutation($id: ID!) { resetFactors(userId: $id) { id totp recoveryCodesLeft } }`
	ChallengeOperation       = `query($token: String!) { challenge(token: $token) { methods passkey expiresAt } }`
	AnswerChallengeOperation = `mutation($input: ChallengeAnswer!) {
		answerChallenge(input: $input) { accessToken refreshToken scopes user { id } } }`
)

// Answer are the variables of [AnswerChallengeOperation].
func Answer(challenge, factor, value string) Vars {
	return Vars{"input": Vars{"token": challenge, factor: value}}
}

// Challenge is the token of the challenge that the reply asks to be answered.
func (r Reply) Challenge(t testing.TB) string {
	t.Helper()
	r.Want(t, "CHALLENGE_REQUIRED")
	return r.extension("challenge")
}

// SetUpTOTP sets up an authenticator app in the session.
func (c *Client) SetUpTOTP(t testing.TB, s Session) *Authenticator {
	t.Helper()
	begun := c.Ask(t, s.Access, BeginTOTPOperation, nil).Must(t)
	a := ReadAuthenticator(t, begun.Text("beginTotp.secret"))
	c.Ask(t, s.Access, ConfirmTOTPOperation, Vars{"input": Vars{"proof": begun.Text("beginTotp.proof"), "code": a.Code(t, 0)}}).Must(t)
	return a
}

// ReadAuthenticator gives a new app the secret that a person types.
func ReadAuthenticator(t testing.TB, secret string) *Authenticator {
	t.Helper()
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &Authenticator{raw}
}

// Code returns the code of now, or of so many time steps later.
func (a *Authenticator) Code(t testing.TB, later int64) string {
	t.Helper()
	code, err := totp.At(a.Secret, time.Now().Unix()/30+later)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// AwaitStep waits until the codes of apps stay the same for some seconds, for a test that says of
// which time step a code is.
func AwaitStep(t testing.TB) {
	t.Helper()
	Eventually(t, "a time step has just begun", func() bool { return time.Now().Unix()%30 < 22 })
}

// ForgetSteps lets every code be used again, as if its time had not come yet.
func ForgetSteps(t testing.TB, dsn string) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `UPDATE totp SET last_step = 0`); err != nil {
		t.Fatal(err)
	}
}

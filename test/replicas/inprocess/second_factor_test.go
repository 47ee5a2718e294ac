package inprocess_test

import (
	"slices"
	"testing"

	"gatehouse/auth/token"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// contenders is how many requests race for one factor.
const contenders = 50

// A race is a factor that is given many times at once.
type race struct {
	name string
	// prepare returns a variable of each request, which only one of may win.
	prepare func(t *testing.T, f *factored) []harness.Vars
	lost    []string // how the others are answered
}

// A factored is two replicas with an account that has second factors.
type factored struct {
	replicas []*harness.Service
	app      *harness.Authenticator
	codes    []string
}

func (f *factored) challenged(t *testing.T) string {
	t.Helper()
	return f.replicas[0].Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Challenge(t)
}

// answers answers a challenge of its own each, with the same factor.
func (f *factored) answers(t *testing.T, factor, value string) (all []harness.Vars) {
	t.Helper()
	for range contenders {
		all = append(all, harness.Answer(f.challenged(t), factor, value))
	}
	return all
}

func races() []race {
	return []race{
		{"a code of the app", func(t *testing.T, f *factored) []harness.Vars {
			t.Helper()
			return f.answers(t, "totp", f.app.Code(t, 0))
		}, []string{"INVALID_CREDENTIALS"}},
		{"a recovery code", func(t *testing.T, f *factored) []harness.Vars {
			t.Helper()
			code := f.codes[0]
			f.codes = f.codes[1:]
			return f.answers(t, "recoveryCode", code)
		}, []string{"INVALID_CREDENTIALS"}},
		{"a challenge", func(t *testing.T, f *factored) (all []harness.Vars) {
			t.Helper()
			token := f.challenged(t)
			for i := range contenders {
				answer := harness.Answer(token, "recoveryCode", f.codes[i%2]) // of which each would do
				all = append(all, answer)
			}
			f.codes = f.codes[2:]
			return all
		}, []string{"INVALID_CREDENTIALS", "PROOF_INVALID"}}, // the code was used, or the challenge was answered
	}
}

// TestFactorRaces: of many requests to two replicas that give the same code, the same recovery code,
// or answer the same challenge, one opens a session.
func TestFactorRaces(t *testing.T) {
	dsn := storetest.DSN(t)
	f := &factored{replicas: []*harness.Service{harness.StartOn(t, dsn, "RATE_LIMITS=off"), harness.StartOn(t, dsn, "RATE_LIMITS=off")}}
	ada := f.replicas[0].Register(t, harness.AdaEmail, harness.AdaPassword)
	f.app = f.replicas[0].SetUpTOTP(t, ada)
	ada = f.replicas[0].Refresh(t, ada.Refresh)
	for _, race := range races() {
		f.codes = f.replicas[0].Ask(t, ada.Access, harness.RecoveryCodesOperation, nil).Must(t).Texts("createRecoveryCodes")
		for range 3 {
			harness.ForgetSteps(t, dsn)
			harness.AwaitStep(t)
			answers := race.prepare(t, f)
			codes := make([]string, len(answers))
			harness.Together(len(answers), func(i int) {
				r, err := f.replicas[i%2].Do(t.Context(), nil, harness.Body(harness.AnswerChallengeOperation, answers[i]))
				if codes[i] = r.Code(); err != nil {
					t.Error(err)
				}
			})
			won := 0
			for _, code := range codes {
				if code == "" {
					won++
				} else if !slices.Contains(race.lost, code) {
					t.Errorf("%s: %s", race.name, code)
				}
			}
			if won != 1 {
				t.Errorf("%s opened %d sessions: %q", race.name, won, codes)
			}
		}
	}
}

// TestSixthAnswer: of many wrong answers at once, five are looked at.
func TestSixthAnswer(t *testing.T) {
	dsn := storetest.DSN(t)
	replicas := []*harness.Service{harness.StartOn(t, dsn, "RATE_LIMITS=off"), harness.StartOn(t, dsn, "RATE_LIMITS=off")}
	app := replicas[0].SetUpTOTP(t, replicas[0].Register(t, harness.AdaEmail, harness.AdaPassword))
	token := replicas[0].Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Challenge(t)
	codes := make([]string, contenders)
	wrong := app.Code(t, 10)
	harness.Together(len(codes), func(i int) {
		r, err := replicas[i%2].Do(t.Context(), nil, harness.Body(harness.AnswerChallengeOperation, harness.Answer(token, "totp", wrong)))
		if codes[i] = r.Code(); err != nil {
			t.Error(err)
		}
	})
	looked := 0
	for _, code := range codes {
		switch code {
		case "INVALID_CREDENTIALS":
			looked++
		case "PROOF_INVALID":
		default:
			t.Error(code)
		}
	}
	if looked != 5 {
		t.Errorf("%d wrong answers were looked at: %q", looked, codes)
	}
}

// TestSecretChange: an authenticator app works on when SECRET_KEY changes, and is sealed with the new
// one, so that the previous one can be forgotten.
func TestSecretChange(t *testing.T) {
	dsn := storetest.DSN(t)
	_, newer := token.NewSecret()
	s := harness.StartOn(t, dsn)
	app := s.SetUpTOTP(t, s.Register(t, harness.AdaEmail, harness.AdaPassword))
	login := func() {
		t.Helper()
		harness.ForgetSteps(t, dsn)
		challenge := s.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Challenge(t)
		s.Ask(t, "", harness.AnswerChallengeOperation, harness.Answer(challenge, "totp", app.Code(t, 0))).Must(t)
	}
	login()
	s = harness.StartOn(t, dsn, "SECRET_KEY="+newer, "SECRET_KEY_PREVIOUS="+harness.SecretKey)
	login()
	factors, err := s.Server().Deployment().Factors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to do
		if err := factors.Reseal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	login()
	s = harness.StartOn(t, dsn, "SECRET_KEY="+newer)
	login()
}

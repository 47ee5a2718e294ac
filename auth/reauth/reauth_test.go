package reauth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/attempts"
	"gatehouse/auth/factor"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/password"
	"gatehouse/auth/policy"
	"gatehouse/auth/proof"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

const (
	ada       = "0199f0a2-0000-7000-8000-000000000001"
	sessionID = "0199f0a2-0000-7000-8000-000000000002"
	horse     = "correct horse battery"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

type clock struct{}

func (clock) Now() time.Time         { return now }
func (clock) Elapsed() time.Duration { return 0 }

// A database is the account of ada and her session.
type database struct {
	auth.CredentialStore
	proof.Store
	user   auth.User
	hash   string
	raised []Raise
	err    error // of RaiseSession
}

func (d *database) Credential(context.Context, string) (*auth.Credential, error) {
	return &auth.Credential{User: &d.user, Hash: d.hash}, nil
}

func (d *database) User(context.Context, string) (*auth.User, error) { return &d.user, nil }

func (d *database) RaiseSession(_ context.Context, r Raise, _ auth.Lifetimes) (*auth.Session, *auth.User, error) {
	if d.err != nil {
		return nil, nil, d.err
	}
	d.raised = append(d.raised, r)
	s := &auth.Session{
		ID: r.SessionID, UserID: r.UserID, Kind: auth.OwnSession, Seed: make([]byte, token.RefreshSeedSize), Counter: 7, Generation: r.Generation,
		AuthTime: r.AuthTime, AMR: r.AMR, CreatedAt: now,
	}
	return s, &d.user, nil
}

// Try: no mail is open.
func (d *database) Try(context.Context, proof.Purpose, string, int, time.Time) ([]byte, error) {
	return nil, proof.ErrInvalid
}

// factors accept the code 123456, and the passkey with the id k in the ceremony c.
type factors struct{ enrolled bool }

func (f *factors) Enrolled(context.Context, string) ([]factor.Kind, error) {
	if f.enrolled {
		return []factor.Kind{factor.TOTP}, nil
	}
	return nil, nil
}

func (f *factors) Check(_ context.Context, userID string, given desk.Given) ([]string, error) {
	switch {
	case userID != ada:
		return nil, errors.New("another account")
	case given.TOTP != nil && *given.TOTP == "123456":
		return []string{"otp"}, nil
	case given.Ceremony == "c" && given.Passkey["id"] == "k":
		return []string{"hwk", "user", "mfa"}, nil
	case given.Ceremony != "" && given.Ceremony != "c":
		return nil, proof.ErrInvalid
	}
	return nil, auth.ErrInvalidCredentials
}

// guesses counts how attempts end.
type guesses struct{ begun, taken int }

func (g *guesses) Begin(context.Context, []policy.Use, []attempts.Limit) (attempts.Outcome, error) {
	g.begun++
	return attempts.Outcome{}, nil
}
func (g *guesses) Fail(context.Context, []attempts.Limit) error    { return nil }
func (g *guesses) Succeed(context.Context, []attempts.Limit) error { g.taken++; return nil }

type fixture struct {
	*Reauthentication
	database *database
	factors  *factors
	guesses  *guesses
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	hasher, err := password.NewHasher(password.Argon2id, 1, 8)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := hasher.Hash(t.Context(), horse)
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.NewKey(token.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := token.NewSecret()
	f := &fixture{database: &database{user: auth.User{ID: ada, HasPassword: true}, hash: hash}, factors: &factors{}, guesses: &guesses{}}
	revocations := auth.NewRevocationCache(nil, nil, time.Hour, clock{})
	revocations.Load(revocation.Snapshot{})
	clock := func() time.Time { return now }
	f.Reauthentication = &Reauthentication{
		Store: f.database, Factors: f.factors, ByMail: true,
		Proofs: &proof.Proofs{Secrets: token.Secrets{Current: secret}, Store: f.database, Now: clock},
		Sessions: &auth.Sessions{
			Passwords: &auth.Passwords{Store: f.database, Hasher: hasher, Attempts: f.guesses, Now: clock}, Now: clock,
			Issuer: &auth.Issuer{
				Secrets: token.Secrets{Current: secret}, SigningKey: func() *token.Key { return key }, Issuer: "https://id.example", Audience: "https://id.example",
				TTL: time.Minute, Callers: &auth.Callers{Revocations: revocations, InSync: func() bool { return true }}, Life: auth.Lifetimes{Absolute: time.Hour}, Now: clock,
			},
		},
	}
	return f
}

// caller returns ada, who logged in with a password yesterday.
func caller() *auth.Principal {
	session := sessionID
	return &auth.Principal{ID: ada, SessionID: &session, Generation: 2, AMR: []string{"pwd"}, Factors: 1, AuthTime: now.Add(-24 * time.Hour)}
}

func ptr[T any](v T) *T { return &v }

// TestReauthenticate: an account is asked for the best that it has, and for one thing. Only a
// wrong answer counts as a guess.
func TestReauthenticate(t *testing.T) {
	right, wrong := Input{Password: ptr(horse)}, Input{Password: ptr("incorrect horse")}
	passkey := func(id, ceremony string) Input { return Input{Passkey: map[string]any{"id": id}, Ceremony: &ceremony} }
	const none, one = false, true // second factors
	tests := []struct {
		name     string
		enrolled bool
		in       Input
		want     error
		amr      string
		guess    bool
		old      bool // the access token is one of 0.1, which does not say how
	}{
		{"wrong password", none, wrong, auth.ErrInvalidCredentials, "", true, false},
		{"a code without a factor", none, Input{TOTP: ptr("123456")}, auth.ErrInvalidCredentials, "", true, false},
		{"a recovery code without a factor", none, Input{RecoveryCode: ptr("x")}, auth.ErrInvalidCredentials, "", true, false},
		{"a passkey without a factor", none, passkey("k", "c"), auth.ErrInvalidCredentials, "", true, false},
		{"a mail beside a password", none, Input{Proof: ptr("x")}, auth.ErrInvalidCredentials, "", false, false},
		{"password", none, right, nil, "pwd", false, false},

		{"the password, with a factor", one, right, auth.ErrInvalidCredentials, "", true, false},
		{"a mail, with a factor", one, Input{Proof: ptr("x")}, auth.ErrInvalidCredentials, "", true, false},
		{"wrong code", one, Input{TOTP: ptr("654321")}, auth.ErrInvalidCredentials, "", true, false},
		{"wrong recovery code", one, Input{RecoveryCode: ptr("x")}, auth.ErrInvalidCredentials, "", true, false},
		{"wrong passkey", one, passkey("other", "c"), auth.ErrInvalidCredentials, "", true, false},
		{"another ceremony", one, passkey("k", "d"), proof.ErrInvalid, "", false, false},
		{"code", one, Input{TOTP: ptr("123456")}, nil, "pwd otp mfa", false, false},
		{"code, with a token of 0.1", one, Input{TOTP: ptr("123456")}, nil, "pwd otp mfa", false, true},
		{"passkey", one, passkey("k", "c"), nil, "pwd hwk mfa", false, false},
	}
	f := newFixture(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.factors.enrolled, f.database.raised, f.guesses.begun, f.guesses.taken = tt.enrolled, nil, 0, 0
			p := caller()
			if tt.old {
				p.AMR = []string{}
			}
			tokens, err := f.Reauthenticate(auth.WithCaller(t.Context(), p), tt.in)
			if !errors.Is(err, tt.want) || (tokens != nil) != (tt.want == nil) {
				t.Fatalf("%+v, %v; want %v", tokens, err, tt.want)
			}
			if guessed := f.guesses.begun > f.guesses.taken; guessed != tt.guess {
				t.Errorf("counted as a wrong answer: %v", guessed)
			}
			if tt.want != nil {
				if len(f.database.raised) > 0 {
					t.Errorf("refused, and yet raised: %+v", f.database.raised)
				}
				return
			}
			r := f.database.raised[0]
			if r.UserID != ada || r.SessionID != sessionID || r.Generation != 2 || !r.AuthTime.Equal(now) || strings.Join(r.AMR, " ") != tt.amr {
				t.Errorf("raised %+v", r)
			}
			if (r.Hash == f.database.hash) != (tt.in.Password != nil) {
				t.Errorf("compared with the hash: %q", r.Hash)
			}
			if got := tokens.Principal(); !got.AuthTime.Equal(now) || strings.Join(got.AMR, " ") != tt.amr || tokens.RefreshToken == "" {
				t.Errorf("tokens of %+v", got)
			}
		})
	}
}

// TestReauthenticateOneWay: exactly one way is given, and all of it.
func TestReauthenticateOneWay(t *testing.T) {
	x := ptr("x")
	for name, in := range map[string]Input{
		"nothing": {}, "two": {Password: x, TOTP: x}, "two codes": {TOTP: x, RecoveryCode: x}, "password and mail": {Password: x, Proof: x},
		"a passkey without its ceremony": {Passkey: map[string]any{}}, "a ceremony without a passkey": {Ceremony: x},
		"a code without its request": {Code: x}, "a request without a code": {Request: x}, "link and code": {Proof: x, Request: x, Code: x},
		"link and request": {Proof: x, Request: x},
	} {
		f := newFixture(t)
		var input *auth.InputError
		if _, err := f.Reauthenticate(auth.WithCaller(t.Context(), caller()), in); !errors.As(err, &input) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReauthenticatePerson: only a person in a session of their own can.
func TestReauthenticatePerson(t *testing.T) {
	f := newFixture(t)
	app := "app"
	for name, tt := range map[string]struct {
		change func(*auth.Principal)
		want   error
	}{
		"an application": {func(p *auth.Principal) { p.ClientID, p.Delegated = &app, true }, ErrNotPerson},
		"a program":      {func(p *auth.Principal) { p.ClientID = &app }, ErrNotPerson},
		"an API key":     {func(p *auth.Principal) { p.SessionID, p.KeyID = nil, "k" }, ErrNotPerson},
		"a person":       {func(*auth.Principal) {}, nil},
	} {
		p := caller()
		tt.change(p)
		if _, err := f.Reauthenticate(auth.WithCaller(t.Context(), p), Input{Password: ptr(horse)}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if _, err := f.Reauthenticate(t.Context(), Input{Password: ptr(horse)}); !errors.Is(err, auth.ErrNoCredential) {
		t.Errorf("nobody: %v", err)
	}
}

// TestReauthenticateOffered: what the service is set up without shows nothing.
func TestReauthenticateOffered(t *testing.T) {
	f := newFixture(t)
	ctx := auth.WithCaller(t.Context(), caller())
	f.ByMail = false
	if _, err := f.Reauthenticate(ctx, Input{Proof: ptr("x")}); !errors.Is(err, auth.ErrNotOffered) {
		t.Errorf("by mail: %v", err)
	}
	f.ByMail, f.Sessions.PasswordOff = true, true
	if _, err := f.Reauthenticate(ctx, Input{Password: ptr(horse)}); !errors.Is(err, auth.ErrNotOffered) {
		t.Errorf("by password: %v", err)
	}
	if _, err := f.Reauthenticate(ctx, Input{Proof: ptr("x")}); !errors.Is(err, proof.ErrInvalid) { // no password is taken
		t.Errorf("by mail, without passwords: %v", err)
	}
	f.Factors, f.Sessions.PasswordOff = nil, false
	if _, err := f.Reauthenticate(ctx, Input{TOTP: ptr("123456")}); !errors.Is(err, auth.ErrInvalidCredentials) {
		t.Errorf("a code, without second factors: %v", err)
	}
	f.database.err = auth.ErrSessionEnded
	if _, err := f.Reauthenticate(ctx, Input{Password: ptr(horse)}); !errors.Is(err, auth.ErrSessionEnded) {
		t.Errorf("in a session that has ended: %v", err)
	}
}

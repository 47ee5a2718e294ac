package bymail

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/proof"
	"gatehouse/auth/token"
)

// A counter counts what is asked of the store of proofs.
type counter struct {
	proof.Store // nil: nothing else is asked

	asks, tries int
}

func (c *counter) Ask(_ context.Context, a *proof.Ask) (*proof.Open, error) {
	c.asks++
	return &proof.Open{ID: a.ID, ExpiresAt: a.Now.Add(a.Life)}, nil
}

func (c *counter) Try(context.Context, proof.Purpose, string, int, time.Time) ([]byte, error) {
	c.tries++
	return proof.NewSeed(), nil
}

// desk returns one that reads no account: its store is nil.
func desk(c *counter, change func(*Rules)) *Desk {
	secret, _ := token.NewSecret()
	d := &Desk{
		Rules:  Rules{Mail: true, Login: true, Registration: RegistrationByEmail},
		Proofs: &proof.Proofs{Secrets: token.Secrets{Current: secret}, Store: c, Now: func() time.Time { return noon }},
	}
	if change != nil {
		change(&d.Rules)
	}
	return d
}

// requests are what anyone may ask for an address.
var requests = map[string]func(context.Context, *Desk, MailInput) error{
	"reset": func(ctx context.Context, d *Desk, in MailInput) error { return d.RequestPasswordReset(ctx, in) },
	"login": func(ctx context.Context, d *Desk, in MailInput) error {
		_, err := d.RequestLogin(ctx, in)
		return err
	},
	"register": func(ctx context.Context, d *Desk, in MailInput) error { return d.RequestRegistration(ctx, in) },
}

// TestRequestsReadNoAccount: what is asked for an address is one statement, which can't
// tell whose it is.
func TestRequestsReadNoAccount(t *testing.T) {
	for name, request := range requests {
		c := &counter{}
		if err := request(t.Context(), desk(c, nil), MailInput{Email: "ada@example.com"}); err != nil || c.asks != 1 {
			t.Errorf("%s: %v, asked %d times", name, err, c.asks)
		}
	}
}

func TestRequestsRefused(t *testing.T) {
	session, de, bad := "s", "de", "de; drop"
	application := auth.WithCaller(t.Context(), &auth.Principal{ID: "u", SessionID: &session, Delegated: true})
	key := auth.WithCaller(t.Context(), &auth.Principal{ID: "u", KeyID: "k"})
	person := auth.WithCaller(t.Context(), &auth.Principal{ID: "u", SessionID: &session})
	for name, request := range requests {
		c := &counter{}
		d := desk(c, nil)
		input := new(auth.InputError)
		for what, err := range map[string]error{
			"an application": request(application, d, MailInput{Email: "ada@example.com"}), "an API key": request(key, d, MailInput{Email: "ada@example.com"}),
		} {
			if !errors.Is(err, ErrNotPerson) {
				t.Errorf("%s by %s: %v", name, what, err)
			}
		}
		if err := request(t.Context(), d, MailInput{Email: "no address"}); !errors.As(err, &input) || input.Field != "email" {
			t.Errorf("%s: %v", name, err)
		}
		if err := request(t.Context(), d, MailInput{Email: "ada@example.com", Locale: &bad}); !errors.As(err, &input) || input.Field != "locale" {
			t.Errorf("%s: %v", name, err)
		}
		off := desk(c, func(r *Rules) { r.Mail = false })
		if err := request(t.Context(), off, MailInput{Email: "ada@example.com"}); !errors.Is(err, auth.ErrNotOffered) {
			t.Errorf("%s without mail: %v", name, err)
		}
		if c.asks != 0 {
			t.Errorf("%s: a refused request was queued", name)
		}
		if err := request(person, d, MailInput{Email: "ada@example.com", Locale: &de}); err != nil || c.asks != 1 {
			t.Errorf("%s by a person: %v", name, err)
		}
	}
	if err := desk(&counter{}, func(r *Rules) { r.Registration = RegistrationOpen }).RequestRegistration(t.Context(), MailInput{Email: "ada@example.com"}); !errors.Is(err, auth.ErrRegistrationClosed) {
		t.Errorf("register by mail while registration is open: %v", err)
	}
	if _, err := desk(&counter{}, func(r *Rules) { r.Login = false }).RequestLogin(t.Context(), MailInput{Email: "ada@example.com"}); !errors.Is(err, auth.ErrNotOffered) {
		t.Errorf("log in by mail while that is off: %v", err)
	}
}

// TestForeignTextsAskNoDatabase: a text that is not of the purpose is refused before.
func TestForeignTextsAskNoDatabase(t *testing.T) {
	d := desk(&counter{}, nil)
	link, _, err := d.Proofs.Text(proof.VerifyEmail, proof.NewID(noon), proof.NewSeed())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "x", link} {
		for name, err := range map[string]error{
			"reset": d.ResetPassword(t.Context(), ResetInput{Proof: text}), "undo": d.UndoEmailChange(t.Context(), text),
			"login": second(d.Login(t.Context(), LoginInput{Proof: &text})), "register": second(d.FinishRegistration(t.Context(), RegistrationInput{Proof: text})),
			"invitation": second(d.AcceptInvitation(t.Context(), AcceptInput{Proof: text})),
			"code":       second(d.Login(t.Context(), LoginInput{Request: &text, Code: &text})),
		} {
			if !errors.Is(err, proof.ErrInvalid) {
				t.Errorf("%s: %q: %v", name, text, err)
			}
		}
	}
}

func second(_ *auth.Tokens, err error) error { return err }

package bymail

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/proof"
	"gatehouse/auth/token"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// An opener has one proof, or why it can't be opened.
type opener struct {
	proof.Opened
	err error
}

func (o *opener) OpenProof(context.Context, string, time.Time, []byte) (*proof.Opened, error) {
	return &o.Opened, o.err
}

func writer(o *opener) *Writer {
	secret, _ := token.NewSecret()
	return &Writer{
		Proofs: &proof.Proofs{Secrets: token.Secrets{Current: secret}, Now: func() time.Time { return noon }}, Store: o,
		Page: &url.URL{Scheme: "https", Host: "id.example.com", Path: "/account"},
	}
}

func TestWrite(t *testing.T) {
	name, id := "Ada", "01a1f8d3-ea00-7adc-98ed-4cd63767b775"
	open := func(purpose proof.Purpose) proof.Opened {
		return proof.Opened{ID: id, Purpose: purpose, Seed: proof.NewSeed(), ExpiresAt: noon.Add(30*time.Minute + time.Second), Name: &name}
	}
	with := func(o proof.Opened, change func(*proof.Opened)) proof.Opened { change(&o); return o }
	tests := []struct {
		name    string
		kind    Kind
		proof   proof.Opened
		err     error
		age     time.Duration
		want    Kind // "" if it is dropped
		link    string
		greeted bool
	}{
		{"no account", MailReset, proof.Opened{}, proof.ErrInvalid, 0, "", "", false},
		{"reset", MailReset, open(proof.ResetPassword), nil, 0, MailReset, "#reset=", true},
		{"verified already", MailVerify, with(open(proof.VerifyEmail), func(o *proof.Opened) { o.Verified = true }), nil, 0, "", "", false},
		{"verify", MailVerify, open(proof.VerifyEmail), nil, 0, MailVerify, "#verify=", true},
		{"log in", MailLogin, open(proof.Login), nil, 0, MailLogin, "#login=", true},
		{"change to an address that is taken", MailChange, with(open(proof.ChangeEmail), func(o *proof.Opened) { o.Taken = true }), nil, 0, MailChangeTaken, "", false},
		{"change", MailChange, open(proof.ChangeEmail), nil, 0, MailChange, "#verify=", false},
		{"register an address that is taken", MailRegistration, with(open(proof.Registration), func(o *proof.Opened) { o.Name, o.Taken = nil, true }), nil, 0, MailRegistered, "", false},
		{"register", MailRegistration, with(open(proof.Registration), func(o *proof.Opened) { o.Name = nil }), nil, 0, MailRegistration, "#register=", false},
		{"invite one who has an account", MailInvitation, with(open(proof.Invitation), func(o *proof.Opened) { o.Name, o.Taken = nil, true }), nil, 0, MailInvitation, "#invite=", false},
		{"undo", MailEmailChanged, open(proof.UndoEmail), nil, 0, MailEmailChanged, "#undo=", true},
		{"undone already", MailEmailChanged, proof.Opened{}, proof.ErrInvalid, time.Hour, MailEmailChanged, "", false},
		{"undone long ago", MailEmailChanged, proof.Opened{}, proof.ErrInvalid, 73 * time.Hour, "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &Mail{ID: id, Kind: tt.kind, Address: "ada@example.com", ProofID: id, CreatedAt: noon.Add(-tt.age)}
			l, err := writer(&opener{tt.proof, tt.err}).Write(t.Context(), m)
			drop := new(DropError)
			if errors.As(err, &drop) != (tt.want == "") || err != nil && tt.want != "" {
				t.Fatalf("%+v, %v", l, err)
			}
			if tt.want == "" {
				return
			}
			if l.Kind != tt.want || (l.Link == "") != (tt.link == "") || !strings.HasPrefix(l.Link, "https://id.example.com/account"+tt.link) && tt.link != "" ||
				(l.Name != "") != tt.greeted || (l.Code != "") != (tt.kind == MailLogin) {
				t.Errorf("%+v", l)
			}
			if tt.link != "" && l.Minutes != 30 {
				t.Errorf("it works for %d minutes", l.Minutes)
			}
		})
	}
}

func TestNotice(t *testing.T) {
	w := writer(&opener{})
	m := &Mail{ID: "m", Kind: MailPasswordChanged, Address: "ada@example.com", CreatedAt: noon.Add(-71 * time.Hour), Data: map[string]any{"locale": "de"}}
	if l, err := w.Write(t.Context(), m); err != nil || l.Locale != "de" || l.Link != "" {
		t.Errorf("%+v, %v", l, err)
	}
	m.CreatedAt = noon.Add(-73 * time.Hour)
	if _, err := w.Write(t.Context(), m); err == nil {
		t.Error("a notice of days ago is sent")
	}
}

func TestUnavailableIsNoReasonToDrop(t *testing.T) {
	away := errors.New("away")
	_, err := writer(&opener{err: away}).Write(t.Context(), &Mail{ID: "m", Kind: MailReset, ProofID: "p"})
	if drop := new(DropError); !errors.Is(err, away) || errors.As(err, &drop) {
		t.Errorf("%v", err)
	}
}

// TestGreeting: anyone may register any address with any name, so that a name must not
// become a link in a mail.
func TestGreeting(t *testing.T) {
	for name, want := range map[string]string{
		"Ada": "Ada", " Ada Lovelace ": "Ada Lovelace", "Anne-Marie O'Neill": "Anne-Marie O'Neill", "Dr. Who": "Dr. Who", "李小龙": "李小龙", "Ada B.": "Ada B.",
		"win at https://evil.example": "", "evil.example": "", "Click www.evil.example/x": "", "evil。example": "", "evil．com": "", "a@evil.example": "",
		"<a href=x>": "", "javascript:alert": "", "Ada\u202eevil": "", strings.Repeat("x", 100): strings.Repeat("x", 64),
	} {
		if got := greeting(name); got != want {
			t.Errorf("%q greets as %q, want %q", name, got, want)
		}
	}
}

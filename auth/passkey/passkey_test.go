package passkey

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/proof"
	"gatehouse/test/passkeytest"
)

// TestVerify answers a question in every way that is wrong. Beside each, the same device answers
// as it should.
func TestVerify(t *testing.T) {
	handle := uuid.MustParse(bob)
	tests := []struct {
		name  string
		wrong func(*passkeytest.Device)
	}{
		{"a signature of something else", func(d *passkeytest.Device) { d.BadSignature = true }},
		{"a device that does not know who holds it", func(d *passkeytest.Device) { d.Unverified = true }},
		{"a page of another origin", func(d *passkeytest.Device) { d.Origin = "https://evil.example" }},
		{"a page of a subdomain that is not listed", func(d *passkeytest.Device) { d.Origin = "https://blog.example.com" }},
		{"a page in a frame of another site", func(d *passkeytest.Device) { d.CrossOrigin = true }},
		{"another challenge", func(d *passkeytest.Device) { d.Challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }},
		{"a key of another domain", func(d *passkeytest.Device) { d.Keys[0].RPID = "example.org" }},
		{"another account's name", func(d *passkeytest.Device) { d.Handle = handle[:] }},
		{"a shared key that says it can't be shared", func(d *passkeytest.Device) { d.Eligible, d.BackedUp = false, true }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, d := newFixture(t, nil), passkeytest.New(page)
			f.register(t, ada, d)
			wrong := d.Copy()
			q := f.ask(t, ada)
			tt.wrong(wrong)
			options := strings.ReplaceAll(string(q.options), `"rpId":"`+domain+`"`, `"rpId":"`+wrong.Keys[0].RPID+`"`)
			if _, err := f.verify(t, ada, q, wrong.Get(t, json.RawMessage(options))); !errors.Is(err, ErrRefused) || !errors.Is(err, auth.ErrInvalidCredentials) {
				t.Errorf("error = %v", err)
			}
			if len(f.store.uses) != 0 {
				t.Error("a use is noted")
			}
			if _, err := f.verify(t, ada, q, d.Get(t, q.options)); !errors.Is(err, proof.ErrInvalid) {
				t.Errorf("a ceremony works after a wrong answer: %v", err)
			}
			q = f.ask(t, ada)
			amr, err := f.verify(t, ada, q, d.Get(t, q.options))
			if err != nil || !slices.Equal(amr, []string{"hwk", "user", "mfa"}) {
				t.Errorf("%v, %v", amr, err)
			}
		})
	}
}

// TestCeremonyIsForOneAccountAndPurpose: the token of another ceremony is of no use,
// and does not use it up.
func TestCeremonyIsForOneAccountAndPurpose(t *testing.T) {
	f, d, e := newFixture(t, nil), passkeytest.New(page), passkeytest.New(page)
	f.register(t, ada, d)
	f.register(t, bob, e)
	q := f.ask(t, ada)
	if _, err := f.verify(t, bob, q, e.Get(t, f.ask(t, bob).options)); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("bob answers a question to ada: %v", err)
	}
	login, err := f.BeginLogin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.verify(t, ada, question{ceremony: login.Ceremony}, d.Get(t, login.Options)); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("a log-in answers a question: %v", err)
	}
	if _, err := f.Login(t.Context(), LoginInput{Ceremony: q.ceremony, Credential: d.Get(t, q.options)}); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("a question logs in: %v", err)
	}
	c, err := f.BeginAdd(as(t, ada))
	if err != nil {
		t.Fatal(err)
	}
	made := passkeytest.New(page).Create(t, c.Options)
	for name, err := range map[string]error{
		"bob adds ada's":      second(f.Add(as(t, bob), AddInput{c.Ceremony, made, "Phone"})),
		"a question adds":     second(f.Add(as(t, ada), AddInput{q.ceremony, made, "Phone"})),
		"a log-in adds":       second(f.Add(as(t, ada), AddInput{login.Ceremony, made, "Phone"})),
		"nothing adds":        second(f.Add(as(t, ada), AddInput{"", made, "Phone"})),
		"a long text adds":    second(f.Add(as(t, ada), AddInput{strings.Repeat("A", 1<<20), made, "Phone"})),
		"an altered one does": second(f.Add(as(t, ada), AddInput{"A" + c.Ceremony[1:], made, "Phone"})),
	} {
		if !errors.Is(err, proof.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.Add(as(t, ada), AddInput{c.Ceremony, made, "Phone"}); err != nil {
		t.Error(err)
	}
	if _, err := f.verify(t, ada, q, d.Get(t, q.options)); err != nil {
		t.Error(err)
	}
	q = f.ask(t, ada)
	answer := d.Get(t, q.options)
	f.now = f.now.Add(5 * time.Minute)
	if _, err := f.verify(t, ada, q, answer); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("a ceremony works after five minutes: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestBackupEligibility: a device may begin to share its keys, and can't take that back.
func TestBackupEligibility(t *testing.T) {
	f, d := newFixture(t, nil), passkeytest.New(page)
	p := f.register(t, ada, d)
	if p.BackupEligible || p.BackedUp {
		t.Errorf("%+v", p)
	}
	d.Eligible, d.BackedUp = true, true
	q := f.ask(t, ada)
	amr, err := f.verify(t, ada, q, d.Get(t, q.options))
	if err != nil || !slices.Equal(amr, []string{"swk", "user", "mfa"}) || !f.store.uses[0].BackupEligible || !f.store.uses[0].BackedUp {
		t.Errorf("%v, %v, %+v", amr, err, f.store.uses)
	}
	d.Eligible, d.BackedUp = false, false
	q = f.ask(t, ada)
	if _, err := f.verify(t, ada, q, d.Get(t, q.options)); !errors.Is(err, ErrRefused) {
		t.Errorf("a key is not shared any more: %v", err)
	}
}

// TestOneIsGone: the others of those that were asked for still work.
func TestOneIsGone(t *testing.T) {
	f, d, e := newFixture(t, nil), passkeytest.New(page), passkeytest.New(page)
	f.register(t, ada, d)
	f.register(t, ada, e)
	q, other := f.ask(t, ada), f.ask(t, ada)
	answer := d.Get(t, q.options)
	f.store.passkeys = f.store.passkeys[1:]
	if _, err := f.verify(t, ada, q, answer); !errors.Is(err, ErrRefused) {
		t.Errorf("a passkey that is gone works: %v", err)
	}
	if _, err := f.verify(t, ada, other, e.Get(t, other.options)); err != nil {
		t.Errorf("the one that is left does not work: %v", err)
	}
	q = f.ask(t, ada)
	f.store.passkeys = nil
	third := passkeytest.New(page)
	f.register(t, ada, third)
	third.Challenge = "" // it answers a question that was not for it
	var asked struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(q.options, &asked); err != nil {
		t.Fatal(err)
	}
	third.Challenge = asked.PublicKey.Challenge
	if _, err := f.verify(t, ada, q, third.Get(t, f.ask(t, ada).options)); !errors.Is(err, ErrRefused) {
		t.Errorf("a passkey that was not asked for answers: %v", err)
	}
}

// TestSuspended: it is neither asked for, nor does it answer.
func TestSuspended(t *testing.T) {
	f, d := newFixture(t, nil), passkeytest.New(page)
	f.register(t, ada, d)
	q := f.ask(t, ada)
	f.store.passkeys[0].SuspendedAt = &f.now
	if _, err := f.verify(t, ada, q, d.Get(t, q.options)); !errors.Is(err, ErrRefused) {
		t.Errorf("error = %v", err)
	}
	if has, err := f.Has(t.Context(), ada); has || err != nil {
		t.Errorf("it has a passkey: %v", err)
	}
	if _, _, err := f.Begin(t.Context(), ada); !isConflict(err) {
		t.Errorf("error = %v", err)
	}
	f.store.passkeys[0].SuspendedAt = nil
	if has, err := f.Has(t.Context(), ada); !has || err != nil {
		t.Errorf("it has no passkey: %v", err)
	}
}

func isConflict(err error) bool {
	var conflict *auth.ConflictError
	return errors.As(err, &conflict)
}

// TestAnswersThatCantBeRead are refused before the ceremony is used up.
func TestAnswersThatCantBeRead(t *testing.T) {
	f, d := newFixture(t, nil), passkeytest.New(page)
	f.register(t, ada, d)
	q := f.ask(t, ada)
	good, _ := json.Marshal(d.Get(t, q.options))
	for _, answer := range []string{
		"", "null", "[]", "{}", `"x"`, "{", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`,
		strings.Replace(string(good), `"public-key"`, `"password"`, 1), string(good) + "x", `{"x":"` + strings.Repeat("x", 100<<10) + `"}`,
		strings.Replace(string(good), "{", `{"x":"`+strings.Repeat("x", maxAnswer)+`",`, 1),
	} {
		_, err := f.Verify(t.Context(), ada, q.ceremony, json.RawMessage(answer))
		if input := (*auth.InputError)(nil); !errors.As(err, &input) || input.Field != "credential" {
			t.Errorf("%.60s: %v", answer, err)
		}
	}
	if _, err := f.Verify(t.Context(), ada, q.ceremony, good); err != nil {
		t.Error(err)
	}
}

// TestExtensions: password managers answer to extensions that no one asked for.
func TestExtensions(t *testing.T) {
	f, d := newFixture(t, nil), passkeytest.New(page)
	d.Extensions = map[string]any{"credProps": map[string]any{"rk": true}, "prf": map[string]any{"enabled": true}}
	f.register(t, ada, d)
	d.Extensions = map[string]any{"prf": map[string]any{"results": map[string]any{"first": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}, "credProps": map[string]any{}}
	q := f.ask(t, ada)
	if _, err := f.verify(t, ada, q, d.Get(t, q.options)); err != nil {
		t.Error(err)
	}
}

// TestOff: without a domain, nothing is offered; without log-in, the rest is.
func TestOff(t *testing.T) {
	off := newFixture(t, func(r *Rules) { r.RPID = "" })
	alone := newFixture(t, func(r *Rules) { r.Login = false })
	d := passkeytest.New(page)
	alone.register(t, ada, d)
	q := alone.ask(t, ada)
	if _, err := alone.verify(t, ada, q, d.Get(t, q.options)); err != nil {
		t.Error(err)
	}
	if has, err := off.Has(t.Context(), ada); has || err != nil {
		t.Errorf("%v, %v", has, err)
	}
	for name, err := range map[string]error{
		"begin to log in":  second(off.BeginLogin(t.Context())),
		"log in":           second(off.Login(t.Context(), LoginInput{})),
		"begin to add":     second(off.BeginAdd(as(t, ada))),
		"add":              second(off.Add(as(t, ada), AddInput{})),
		"ask the caller":   second(off.BeginCaller(as(t, ada))),
		"verify":           second(off.Verify(t.Context(), ada, "", nil)),
		"no log-in begins": second(alone.BeginLogin(t.Context())),
		"no log-in":        second(alone.Login(t.Context(), LoginInput{})),
	} {
		if !errors.Is(err, auth.ErrNotOffered) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNotAPerson: neither what acts for a person nor a service account gets a passkey.
func TestNotAPerson(t *testing.T) {
	f, session := newFixture(t, nil), "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e01"
	if _, err := f.BeginAdd(as(t, program)); !isConflict(err) {
		t.Errorf("a service account: %v", err)
	}
	for _, p := range []*auth.Principal{nil, {ID: ada, KeyID: "k", Delegated: true}, {ID: ada, SessionID: &session, Delegated: true}} {
		ctx := auth.WithCaller(t.Context(), p)
		for name, err := range map[string]error{
			"begin": second(f.BeginAdd(ctx)), "add": second(f.Add(ctx, AddInput{})), "ask": second(f.BeginCaller(ctx)),
			"rename": second(f.Rename(ctx, ada, "x")), "delete": second(f.Delete(ctx, ada)),
		} {
			if !errors.Is(err, auth.ErrNoCredential) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := f.BeginAdd(as(t, ada)); err != nil {
		t.Error(err)
	}
}

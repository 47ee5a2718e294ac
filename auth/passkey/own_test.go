package passkey

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/test/passkeytest"
)

// TestAdd tells what the device is asked, and what it must not answer.
func TestAdd(t *testing.T) {
	f := newFixture(t, nil)
	first := passkeytest.New(page)
	f.register(t, ada, first)
	c, err := f.BeginAdd(as(t, ada))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(c.Options)
	handle := uuid.MustParse(ada)
	for _, part := range []string{
		`"residentKey":"required"`, `"userVerification":"required"`, `"requireResidentKey":true`, `"attestation":"none"`, `"timeout":300000`,
		`"id":"` + base64.RawURLEncoding.EncodeToString(handle[:]) + `"`, `"id":"example.com"`,
		`"id":"` + base64.RawURLEncoding.EncodeToString(first.Keys[0].ID) + `"`,
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s lacks %s", text, part)
		}
	}
	for name, wrong := range map[string]func(*passkeytest.Device){
		"another origin": func(d *passkeytest.Device) { d.Origin = "https://evil.example" },
		"unverified":     func(d *passkeytest.Device) { d.Unverified = true },
		"BS without BE":  func(d *passkeytest.Device) { d.BackedUp = true },
	} {
		if c, err = f.BeginAdd(as(t, ada)); err != nil {
			t.Fatal(err)
		}
		d := passkeytest.New(page)
		wrong(d)
		_, err := f.Add(as(t, ada), AddInput{c.Ceremony, d.Create(t, c.Options), "Phone"})
		if input := (*auth.InputError)(nil); !errors.As(err, &input) || input.Field != "credential" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err = f.BeginAdd(as(t, ada)); err != nil {
		t.Fatal(err)
	}
	made := passkeytest.New(page).Create(t, c.Options)
	long := maps.Clone(made)
	long["x"] = strings.Repeat("x", maxAnswer)
	if _, err := f.Add(as(t, ada), AddInput{c.Ceremony, long, "Phone"}); err == nil || err.Error() != unreadable().Error() {
		t.Errorf("a long answer: %v", err)
	}
	for _, name := range []string{"", "  ", "a\nb", strings.Repeat("n", 65), "\u202e"} {
		_, err := f.Add(as(t, ada), AddInput{c.Ceremony, made, name})
		if input := (*auth.InputError)(nil); !errors.As(err, &input) || input.Field != "name" {
			t.Errorf("%q: %v", name, err)
		}
	}
	if p, err := f.Add(as(t, ada), AddInput{c.Ceremony, made, strings.Repeat("ß", 64)}); err != nil || p.RPID != domain || len(f.store.passkeys) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	for range MaxPerUser - 2 {
		f.register(t, ada, passkeytest.New(page))
	}
	if _, err := f.BeginAdd(as(t, ada)); !isConflict(err) {
		t.Errorf("one more than most: %v", err)
	}
	if _, err := f.BeginAdd(as(t, bob)); err != nil {
		t.Error(err)
	}
}

// TestLastWay: an account keeps a way to log in.
func TestLastWay(t *testing.T) {
	left := []*Passkey{{RPID: domain}}
	now := time.Now()
	tests := []struct {
		name        string
		rules       Rules
		hasPassword bool
		left        []*Passkey
		refused     bool
	}{
		{"no password", Rules{Login: true, Password: true}, false, nil, true},
		{"a password", Rules{Login: true, Password: true}, true, nil, false},
		{"a password that logs no one in", Rules{Login: true}, true, nil, true},
		{"a password by mail", Rules{Login: true, Password: true, Mail: true}, false, nil, false},
		{"mail", Rules{Login: true, ByMail: true, Mail: true}, false, nil, false},
		{"another passkey", Rules{Login: true, Password: true}, false, left, false},
		{"another one that logs no one in", Rules{Password: true}, false, left, true},
		{"a suspended one", Rules{Login: true, Password: true}, false, []*Passkey{{RPID: domain, SuspendedAt: &now}}, true},
		{"one of another domain", Rules{Login: true, Password: true}, false, []*Passkey{{RPID: "example.org"}}, true},
	}
	for _, tt := range tests {
		tt.rules.RPID = domain
		if err := (&Keys{Rules: tt.rules}).mayDelete(&auth.User{HasPassword: tt.hasPassword}, tt.left); isConflict(err) != tt.refused {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

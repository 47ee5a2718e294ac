package passkey

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/proof"
	"gatehouse/auth/token"
	"gatehouse/test/passkeytest"
)

const (
	ada     = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"
	bob     = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d64"
	program = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d65"
	page    = "https://id.example.com"
	domain  = "example.com"
)

// A memory is a store of passkeys.
type memory struct {
	Store // nil: nothing else is asked

	passkeys []*Passkey
	uses     []*Use
}

func (m *memory) User(_ context.Context, id string) (*auth.User, error) {
	switch id {
	case ada, bob:
	case program:
		return &auth.User{ID: id, Kind: auth.Service}, nil
	default:
		return nil, auth.ErrUserNotFound
	}
	return &auth.User{ID: id, Email: id[len(id)-2:] + "@example.com"}, nil
}

func (m *memory) PasskeysOf(_ context.Context, userID string) (list []*Passkey, err error) {
	for _, p := range m.passkeys {
		if p.UserID == userID {
			copied := *p
			list = append(list, &copied)
		}
	}
	return list, nil
}

func (m *memory) AddPasskey(_ context.Context, p *Passkey, _ string, _ bool) error {
	m.passkeys = append(m.passkeys, p)
	return nil
}

func (m *memory) UsePasskey(_ context.Context, u *Use) error {
	m.uses = append(m.uses, u)
	i := slices.IndexFunc(m.passkeys, func(p *Passkey) bool { return p.ID == u.ID })
	m.passkeys[i].SignCount, m.passkeys[i].BackupEligible = u.SignCount, u.BackupEligible
	return nil
}

// states is a store of the states of ceremonies.
type states struct {
	proof.Store // nil: nothing else is asked

	open map[string]*proof.State
}

func (s *states) KeepState(_ context.Context, state *proof.State) error {
	s.open[state.ID] = state
	return nil
}

func (s *states) TakeState(_ context.Context, c *proof.Claim, userID string) ([]byte, error) {
	state := s.open[c.ID]
	if state == nil || state.Purpose != c.Purpose || state.UserID != userID || !c.Now.Before(state.ExpiresAt) ||
		subtle.ConstantTimeCompare(token.Proof(c.Key, state.Seed), c.Proof) == 0 {
		return nil, proof.ErrInvalid
	}
	delete(s.open, c.ID)
	return state.Data, nil
}

// A fixture is a service with two accounts.
type fixture struct {
	*Keys
	store *memory
	now   time.Time
}

func newFixture(t *testing.T, change func(*Rules)) *fixture {
	t.Helper()
	secret, _ := token.NewSecret()
	f := &fixture{store: &memory{}, now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
	rules := Rules{Login: true, Password: true, RPID: domain, Service: "Example", Origins: []string{page}}
	if change != nil {
		change(&rules)
	}
	proofs := &proof.Proofs{
		Secrets: token.Secrets{Current: secret}, Store: &states{open: map[string]*proof.State{}}, Now: func() time.Time { return f.now },
	}
	var err error
	if f.Keys, err = New(rules, proofs, f.store, nil); err != nil {
		t.Fatal(err)
	}
	return f
}

// as returns a context whose caller is the account, in a session.
func as(t *testing.T, id string) context.Context {
	t.Helper()
	session := "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e01"
	return auth.WithCaller(t.Context(), &auth.Principal{ID: id, SessionID: &session})
}

// register makes a passkey of the account with a device.
func (f *fixture) register(t *testing.T, id string, d *passkeytest.Device) *Passkey {
	t.Helper()
	c, err := f.BeginAdd(as(t, id))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Add(as(t, id), AddInput{c.Ceremony, d.Create(t, c.Options), "Phone"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A question waits for an answer of ada's.
type question struct {
	ceremony string
	options  json.RawMessage
}

func (f *fixture) ask(t *testing.T, id string) question {
	t.Helper()
	ceremony, options, err := f.Begin(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return question{ceremony, options}
}

// verify answers a question of the account.
func (f *fixture) verify(t *testing.T, id string, q question, answer map[string]any) ([]string, error) {
	t.Helper()
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	return f.Verify(t.Context(), id, q.ceremony, text)
}

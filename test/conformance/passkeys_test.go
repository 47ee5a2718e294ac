package conformance_test

import (
	"context"
	"testing"

	"gatehouse/auth"
	"gatehouse/auth/passkey"
	"gatehouse/test/passkeytest"
)

// openPasskeys makes what adds passkeys to accounts, and begins log-ins with them.
func (s *service) openPasskeys(t testing.TB) {
	t.Helper()
	var err error
	if s.passkeys, err = passkey.New(s.Settings().Passkeys(), s.proofs(), s.Store(), nil); err != nil {
		t.Fatal(err)
	}
}

// addPasskey gives the account a passkey, in a device of its own.
func (s *service) addPasskey(t testing.TB, a *account) {
	t.Helper()
	a.device = passkeytest.New(s.Settings().PasskeyOrigins()[0])
	ctx := as(t, *a)
	c, err := s.passkeys.BeginAdd(ctx)
	if err != nil {
		t.Error(err)
		return
	}
	p, err := s.passkeys.Add(ctx, passkey.AddInput{Ceremony: c.Ceremony, Credential: a.device.Create(t, c.Options), Name: "Phone"})
	if err != nil {
		t.Error(err)
		return
	}
	a.passkeyID = p.ID
}

func as(t testing.TB, a account) context.Context {
	t.Helper()
	return auth.WithCaller(t.Context(), &auth.Principal{ID: a.id, SessionID: &a.session, Factors: 2})
}

// The credentials of the experiments. prepare replaces their words.
var (
	getCredential = map[string]any{
		"id": "@pk_id@", "rawId": "@pk_id@", "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON": "@pk_clientDataJSON@", "authenticatorData": "@pk_authenticatorData@", "signature": "@pk_signature@",
			"userHandle": "@pk_userHandle@",
		},
	}
	createCredential = map[string]any{
		"id": "@pk_id@", "rawId": "@pk_id@", "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": "@pk_clientDataJSON@", "attestationObject": "@pk_attestationObject@", "transports": []any{}},
	}
)

// answer adds the answers of devices that an experiment names to its values: to a log-in of the
// target, and to what the caller begins.
func (s *service) answer(t testing.TB, e *experiment, values map[string]string, caller, target account) {
	t.Helper()
	var made map[string]any
	switch {
	case e.mentions("@passkey_login@"):
		c, err := s.passkeys.BeginLogin(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		values["@passkey_login@"], made = c.Ceremony, target.device.Get(t, c.Options)
	case e.mentions("@passkey_add@") && caller.person:
		c, err := s.passkeys.BeginAdd(as(t, caller))
		if err != nil {
			t.Error(err)
			return
		}
		values["@passkey_add@"], made = c.Ceremony, passkeytest.New(s.Settings().PasskeyOrigins()[0]).Create(t, c.Options)
	default:
		return
	}
	values["@pk_id@"], _ = made["id"].(string)
	response, _ := made["response"].(map[string]any)
	for name, value := range response {
		values["@pk_"+name+"@"], _ = value.(string)
	}
}

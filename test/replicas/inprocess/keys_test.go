package inprocess_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/token"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestAlgorithms logs in with each algorithm in turn, on one database. Tokens of
// the previous ones stay good.
func TestAlgorithms(t *testing.T) {
	dsn := storetest.DSN(t)
	var earlier []string
	for _, alg := range []string{"EdDSA", "ES256", "RS256", "HS256"} {
		s := harness.StartOn(t, dsn, "JWT_ALG="+alg)
		access := s.Admin(t).Access
		header, _, _ := strings.Cut(access, ".")
		raw, err := base64.RawURLEncoding.DecodeString(header)
		if err != nil {
			t.Fatal(err)
		}
		var h map[string]string
		if err := json.Unmarshal(raw, &h); err != nil || h["alg"] != alg || h["typ"] != "at+jwt" || h["kid"] == "" || len(h) != 3 {
			t.Errorf("%s: header = %s, %v", alg, raw, err)
		}
		earlier = append(earlier, access)
		for _, token := range earlier {
			s.Ask(t, token, harness.MeOperation, nil).Want(t, "")
		}
		public := publicKeys(t, s)
		if _, listed := public[h["kid"]]; listed == (alg == "HS256") {
			t.Errorf("%s: the key set lists its key: %t", alg, listed)
		}
		if alg == "HS256" {
			continue
		}
		v := token.Verifier{
			Issuer: s.Settings().Issuer(), Audience: s.Settings().Audience, Now: time.Now,
			Key: func(_ context.Context, kid string) (*token.Key, error) { return public[kid], nil },
		}
		if _, err := v.Verify(t.Context(), access); err != nil {
			t.Errorf("%s: another service can't verify the token: %v", alg, err)
		}
	}
}

// TestAlgorithmWithoutSetting: a new deployment signs with ES256, and one that
// has keys of another algorithm goes on with them.
func TestAlgorithmWithoutSetting(t *testing.T) {
	for _, first := range []string{"", "EdDSA", "RS256"} {
		dsn, want := storetest.DSN(t), cmp.Or(first, "ES256")
		var before map[string]*token.Key
		for _, alg := range []string{first, "", ""} { // two replicas that start after an upgrade
			s := harness.StartOn(t, dsn, "JWT_ALG="+alg)
			keys := publicKeys(t, s)
			if before != nil && !maps.EqualFunc(keys, before, func(a, b *token.Key) bool { return a.ID == b.ID }) {
				t.Errorf("first %q: the key set changed from %v to %v", first, before, keys)
			}
			before = keys
			if key := keys[kidOf(t, s.Admin(t).Access)]; key == nil || string(key.Algorithm) != want {
				t.Errorf("first %q, then %q: signs with %v, want %s", first, alg, key, want)
			}
		}
	}
}

// publicKeys reads the public keys as another service does, by id.
func publicKeys(t *testing.T, s *harness.Service) map[string]*token.Key {
	t.Helper()
	response, err := http.Get(s.URL + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	text := body(t, response.Body)
	if !strings.Contains(response.Header.Get("Cache-Control"), "max-age=") || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("header = %v", response.Header)
	}
	if strings.Contains(string(text), `"d"`) || strings.Contains(string(text), `"k"`) {
		t.Fatal("the key set contains private keys")
	}
	keys, err := token.ParseJWKS(text)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*token.Key{}
	for _, key := range keys {
		byID[key.ID] = key
	}
	return byID
}

// TestSecretChanges changes SECRET_KEY: sessions and tokens stay good, and later
// the old secret is no longer needed.
func TestSecretChanges(t *testing.T) {
	const older, newer = "kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw=", "9b2dXoP0mZt7qFv3Kc5yRw8uHsJ1LgNaEiTxUeCzBfk="
	dsn := storetest.DSN(t)
	s := harness.StartOn(t, dsn, "SECRET_KEY="+older)
	admin := s.Admin(t)
	s = harness.StartOn(t, dsn, "SECRET_KEY="+newer, "SECRET_KEY_PREVIOUS="+older)
	s.Ask(t, admin.Access, harness.MeOperation, nil).Want(t, "")
	next := s.Refresh(t, admin.Refresh)
	s = harness.StartOn(t, dsn, "SECRET_KEY="+newer)
	s.Ask(t, admin.Access, harness.MeOperation, nil).Want(t, "")
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": admin.Refresh}).Want(t, "REFRESH_TOKEN_INVALID") // made with the old secret
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": next.Refresh}).Want(t, "")
}

// longPassword has more bytes than bcrypt accepts.
const longPassword = "the quick heron of the western marsh flew over eleven frozen ponds before it was quite noon"

// TestHasherChanges logs in with one hasher and a password set with the other.
func TestHasherChanges(t *testing.T) {
	dsn := storetest.DSN(t)
	hash := func(s *harness.Service, id string) string {
		t.Helper()
		c, err := s.Store().Credential(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return c.Hash
	}
	s := harness.StartOn(t, dsn)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	long := s.Register(t, "long@example.com", longPassword)
	if got := hash(s, ada.UserID); !strings.HasPrefix(got, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash = %q", got)
	}
	s = harness.StartOn(t, dsn, "PASSWORD_HASHER=bcrypt", "OPERATION_TIMEOUT=25s")
	s.Login(t, harness.AdaEmail, harness.AdaPassword)
	if got := hash(s, ada.UserID); !strings.HasPrefix(got, "$2a$12$") {
		t.Errorf("hash = %q", got)
	}
	s.Login(t, harness.AdaEmail, harness.AdaPassword)
	s.Login(t, "long@example.com", longPassword)
	if got := hash(s, long.UserID); !strings.HasPrefix(got, "$argon2id$") {
		t.Errorf("hash = %q: bcrypt does not accept this password", got)
	}
	r := s.Ask(t, "", harness.RegisterOperation, harness.Credentials("b@example.com", longPassword))
	r.WantField(t, "BAD_USER_INPUT", "input.password")
	s = harness.StartOn(t, dsn)
	s.Login(t, harness.AdaEmail, harness.AdaPassword)
	if got := hash(s, ada.UserID); !strings.HasPrefix(got, "$argon2id$") {
		t.Errorf("hash = %q", got)
	}
}

// TestTwoReplicas logs out at one replica. The other learns of it.
func TestTwoReplicas(t *testing.T) {
	dsn := storetest.DSN(t)
	a, b := harness.StartOn(t, dsn), harness.StartOn(t, dsn)
	ada := a.Register(t, harness.AdaEmail, harness.AdaPassword)
	b.Ask(t, ada.Access, harness.MeOperation, nil).Want(t, "")
	a.Ask(t, ada.Access, `mutation { logout }`, nil).Want(t, "")
	a.Ask(t, ada.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
	harness.Eventually(t, "the other replica learns of the logout", func() bool {
		return b.Ask(t, ada.Access, harness.MeOperation, nil).Code() == "UNAUTHENTICATED"
	})
	c := harness.StartOn(t, dsn) // it was down meanwhile
	c.Ask(t, ada.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
}

package main

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/token"
	"gatehouse/store/storetest"
)

// TestAlgorithms logs in with tokens of every algorithm, one after the other on one database: those of the ones before stay good.
func TestAlgorithms(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	var earlier []string
	for _, alg := range []string{"EdDSA", "ES256", "RS256", "HS256"} {
		s := startOn(t, dsn, "JWT_ALG="+alg)
		access := s.admin(t).access
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
			want(t, s.ask(t, token, meOperation, nil), "")
		}
		public := s.jwks(t)
		if _, listed := public[h["kid"]]; listed == (alg == "HS256") {
			t.Errorf("%s: the key set lists its key: %t", alg, listed)
		}
		if alg == "HS256" {
			continue
		}
		v := token.Verifier{
			Issuer: s.settings.PublicURL, Audience: s.settings.Audience, Now: time.Now,
			Key: func(kid string) (*token.Key, error) { return public[kid], nil },
		}
		if _, err := v.Verify(access); err != nil {
			t.Errorf("%s: another service can't verify the token: %v", alg, err)
		}
	}
}

// jwks reads the public keys as another service does.
func (s *service) jwks(t *testing.T) map[string]*token.Key {
	t.Helper()
	response, err := http.Get(s.url + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(response.Header.Get("Cache-Control"), "max-age=") || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v %v", err, response.Header)
	}
	if strings.Contains(string(text), `"d"`) || strings.Contains(string(text), `"k"`) {
		t.Fatalf("the key set holds what is private")
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

// TestSecretChanges goes through the change of SECRET_KEY: sessions and tokens go on, and the old secret can then be left out.
func TestSecretChanges(t *testing.T) {
	const older, newer = "kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw=", "9b2dXoP0mZt7qFv3Kc5yRw8uHsJ1LgNaEiTxUeCzBfk="
	dsn := storetest.EmptyDSN(t)
	s := startOn(t, dsn, "SECRET_KEY="+older)
	admin := s.admin(t)
	s = startOn(t, dsn, "SECRET_KEY="+newer, "SECRET_KEY_PREVIOUS="+older)
	want(t, s.ask(t, admin.access, meOperation, nil), "")
	next := session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": admin.refresh}))
	s = startOn(t, dsn, "SECRET_KEY="+newer)
	want(t, s.ask(t, admin.access, meOperation, nil), "")
	want(t, s.ask(t, "", refreshOperation, vars{"token": admin.refresh}), "REFRESH_TOKEN_INVALID") // made under the old secret
	want(t, s.ask(t, "", refreshOperation, vars{"token": next.refresh}), "")
}

// longPassword is of more bytes than bcrypt takes.
const longPassword = "the quick heron of the western marsh flew over eleven frozen ponds before it was quite noon"

// TestHasherChanges logs in under one hasher with a password set under the other.
func TestHasherChanges(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	hash := func(s *service, id string) string {
		t.Helper()
		c, err := s.store.Credential(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return c.Hash
	}
	s := startOn(t, dsn)
	ada := s.register(t, adaEmail, adaPassword)
	long := s.register(t, "long@example.com", longPassword)
	if got := hash(s, ada.id); !strings.HasPrefix(got, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash = %q", got)
	}
	s = startOn(t, dsn, "PASSWORD_HASHER=bcrypt")
	s.login(t, adaEmail, adaPassword)
	if got := hash(s, ada.id); !strings.HasPrefix(got, "$2a$12$") {
		t.Errorf("hash = %q", got)
	}
	s.login(t, adaEmail, adaPassword)
	s.login(t, "long@example.com", longPassword)
	if got := hash(s, long.id); !strings.HasPrefix(got, "$argon2id$") {
		t.Errorf("hash = %q: bcrypt can't take this password", got)
	}
	r := s.ask(t, "", registerOperation, vars{"input": vars{"email": "b@example.com", "password": longPassword}})
	wantField(t, r, "BAD_USER_INPUT", "input.password")
	s = startOn(t, dsn)
	s.login(t, adaEmail, adaPassword)
	if got := hash(s, ada.id); !strings.HasPrefix(got, "$argon2id$") {
		t.Errorf("hash = %q", got)
	}
}

// TestTwoReplicas has one replica hear of what the other does.
func TestTwoReplicas(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	a, b := startOn(t, dsn), startOn(t, dsn)
	ada := a.register(t, adaEmail, adaPassword)
	want(t, b.ask(t, ada.access, meOperation, nil), "")
	want(t, a.ask(t, ada.access, `mutation { logout }`, nil), "")
	wantReason(t, a.ask(t, ada.access, meOperation, nil), "UNAUTHENTICATED", "session_ended")
	eventually(t, "the other replica hears of the logout", func() bool {
		return b.ask(t, ada.access, meOperation, nil).code() == "UNAUTHENTICATED"
	})
	c := startOn(t, dsn) // one that was down while it happened
	wantReason(t, c.ask(t, ada.access, meOperation, nil), "UNAUTHENTICATED", "session_ended")
}

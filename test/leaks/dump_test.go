package leaks_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/token"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestDumpIsUseless tries everything in a dump of the database as each kind of
// credential, as an attacker with nothing else would. The real credentials, tried
// in the same way, show that the attempts are made right.
func TestDumpIsUseless(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	harness.StartOn(t, dsn) // leaves a key of the default algorithm behind
	harness.StartOn(t, dsn, "JWT_ALG=EdDSA")
	s := harness.StartOn(t, dsn, "JWT_ALG=HS256")
	v := newUsers(t, s)
	a := newAttack(t, s, dsn)
	t.Logf("%d texts and %d keys are tried", len(a.dump.texts), len(a.dump.keys))
	attempts := []struct {
		name string
		try  func(string) bool
		real string
	}{
		{"as an access token", a.bearer, v.admin.Access},
		{"as a refresh token", a.refreshes, v.refresh},
		{"as the cookie", a.refreshesByCookie, v.cookie},
		{"as an API key", a.apiKey, v.key},
		{"as SECRET_KEY, to open signing keys", a.opensKeys, harness.SecretKey},
		{"as SECRET_KEY, to make refresh tokens", a.makesRefreshTokens, harness.SecretKey},
	}
	for _, tt := range attempts {
		t.Run(tt.name, func(t *testing.T) {
			for _, text := range sorted(a.dump.texts) {
				if tt.try(text) {
					t.Fatalf("%q is accepted", text)
				}
			}
			if !tt.try(tt.real) {
				t.Error("the real one is refused")
			}
		})
	}
	t.Run("as a signing key", func(t *testing.T) {
		claims := a.claims(t)
		for _, key := range sorted(a.dump.keys) {
			if a.signs(t, claims, []byte(key)) {
				t.Fatalf("%q signs access tokens", key)
			}
		}
		for _, row := range a.keys {
			if !a.signs(t, claims, unsealed(t, harness.SecretKey, row)) {
				t.Errorf("the real %s key does not sign access tokens", row.Algorithm)
			}
		}
	})
	t.Run("as the random part of an API key", func(t *testing.T) {
		for _, part := range sorted(a.dump.keys) {
			if len(part) == 16 && a.apiKey(completed(v.keyID, part)) {
				t.Fatalf("%q makes an API key", part)
			}
		}
		if key := completed(v.keyID, randomPart(t, v.key)); key != v.key || !a.apiKey(key) {
			t.Errorf("with the real random part, %q is refused", key)
		}
	})
	t.Run("as a password", func(t *testing.T) { a.passwords(t, v) })
}

// users are two users with everything the service gives them.
type users struct {
	admin   harness.Session
	changed string // the password of ada@example.com
	refresh string // a refresh token of ada@example.com
	cookie  string // a refresh token of the administrator
	key     string // an API key of the administrator
	keyID   string
}

// newUsers has two users log in, refresh, and change a password.
func newUsers(t *testing.T, s *harness.Service) users {
	t.Helper()
	v := users{changed: "nine-loud-bitterns-31"}
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	ada = s.Refresh(t, ada.Refresh)
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken refreshToken user { id } } }`
	r := s.Ask(t, ada.Access, change, harness.Vars{"input": harness.Vars{"currentPassword": harness.AdaPassword, "newPassword": v.changed}})
	v.refresh = r.Must(t).Session("changePassword").Refresh
	v.admin = s.Admin(t)
	r = s.Send(t, http.Header{"X-Auth-Mode": {"cookie"}}, harness.LoginOperation, harness.Credentials(harness.AdminEmail, harness.AdminPassword))
	v.cookie = refreshCookie(t, r)
	r = s.Ask(t, v.admin.Access, `mutation { createApiKey(input: {name: "a key", scopes: []}) { key apiKey { id } } }`, nil).Must(t)
	v.key, v.keyID = r.Text("createApiKey.key"), r.Text("createApiKey.apiKey.id")
	return v
}

// passwords looks for the users' passwords in everything. It tries to log
// ada@example.com in with each form of her own row; all the rest would cost a
// hash each.
func (a *dumpAttack) passwords(t *testing.T, v users) {
	for _, text := range sorted(a.dump.texts) {
		if slices.ContainsFunc([]string{harness.AdaPassword, harness.AdminPassword, v.changed}, func(password string) bool { return strings.Contains(text, password) }) {
			t.Errorf("%q contains a password", text)
		}
	}
	own := newDump()
	own.add([]byte(a.hash(t, harness.AdaEmail)))
	tried := 0
	for _, text := range sorted(own.texts) {
		if len(text) < 16 { // too short for the salt or the hash
			continue
		}
		tried++
		if a.acceptsPassword(harness.AdaEmail, text) {
			t.Errorf("%q is accepted as a password", text)
		}
	}
	if tried < 10 {
		t.Errorf("only %d passwords were tried", tried)
	}
	if !a.acceptsPassword(harness.AdaEmail, v.changed) {
		t.Error("the real password is refused")
	}
}

// claims are those of a good access token of the administrator, which the dump
// contains.
func (a *dumpAttack) claims(t *testing.T) *token.Claims {
	t.Helper()
	now := time.Now().Truncate(time.Second)
	owned := slices.IndexFunc(a.sessions, func(row sessionRow) bool { return row.Roles == "{admin}" })
	if owned < 0 {
		t.Fatal("no session of the administrator")
	}
	row := a.sessions[owned]
	c := &token.Claims{
		Issuer: a.Settings().Issuer(), Audience: []string{a.Settings().Audience}, Subject: row.UserID, ID: "made-up", SessionID: row.ID,
		ClientID: "gatehouse", IssuedAt: now, ExpiresAt: now.Add(a.Settings().AccessTokenTTL), AuthTime: now, Roles: []string{"admin"},
		Private: token.Private{Generation: row.Generation},
	}
	good, err := a.Keyring().Signing().Sign(c)
	if err != nil || !a.bearer(good) {
		t.Fatalf("a token with these claims, signed with the service's key, is refused: %v", err)
	}
	return c
}

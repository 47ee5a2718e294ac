package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/token"
	"gatehouse/store/storetest"
)

// TestDumpLogsNobodyIn has somebody who got hold of the database, and of nothing else, try whatever stands in it as each kind of credential.
// Beside it the real ones, tried in the same ways, show that the attempts are well made.
func TestDumpLogsNobodyIn(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	startOn(t, dsn) // leaves a key of the default algorithm
	s := startOn(t, dsn, "JWT_ALG=HS256")
	v := s.victims(t)
	r := s.raid(t, dsn)
	t.Logf("%d texts and %d keys are tried", len(r.dump.texts), len(r.dump.keys))
	attempts := []struct {
		name string
		try  func(string) bool
		real string
	}{
		{"as an access token", r.bearer, v.admin.access},
		{"as a refresh token", r.refreshes, v.refresh},
		{"as the cookie", r.refreshesByCookie, v.cookie},
		{"as SECRET_KEY, to open signing keys", r.opensKeys, s.settings.SecretKey},
		{"as SECRET_KEY, to make refresh tokens", r.makesRefreshTokens, s.settings.SecretKey},
	}
	for _, tt := range attempts {
		t.Run(tt.name, func(t *testing.T) {
			for _, text := range sorted(r.dump.texts) {
				if tt.try(text) {
					t.Fatalf("%q works", text)
				}
			}
			if !tt.try(tt.real) {
				t.Error("the real one does not work")
			}
		})
	}
	t.Run("as a signing key", func(t *testing.T) {
		claims := r.claims(t)
		for _, key := range sorted(r.dump.keys) {
			if r.signs(t, claims, []byte(key)) {
				t.Fatalf("%q signs access tokens", key)
			}
		}
		for _, row := range r.keys {
			if !r.signs(t, claims, unsealed(t, s.settings.SecretKey, row)) {
				t.Errorf("the real %s key does not sign access tokens", row.Algorithm)
			}
		}
	})
	t.Run("as a password", func(t *testing.T) { r.passwords(t, v) })
}

// victims are people with all that the service gives them.
type victims struct {
	admin   login
	changed string // ada's password
	refresh string // a refresh token of ada
	cookie  string // a refresh token of the administrator
}

// victims has two people log in, refresh, and change a password.
func (s *service) victims(t *testing.T) victims {
	t.Helper()
	v := victims{changed: "nine-loud-bitterns-31"}
	ada := s.register(t, adaEmail, adaPassword)
	ada = session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": ada.refresh}))
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken refreshToken user { id } } }`
	r := s.ask(t, ada.access, change, vars{"input": vars{"currentPassword": adaPassword, "newPassword": v.changed}})
	v.refresh = session1(t, "changePassword", r).refresh
	v.admin = s.admin(t)
	r = s.send(t, http.Header{"X-Auth-Mode": {"cookie"}}, loginOperation, vars{"input": vars{"email": adminEmail, "password": adminPassword}})
	v.cookie = theCookie(t, r).Value
	return v
}

// passwords looks for the people's passwords in everything, and tries what stands in ada's own row, in every form of it, at the login: all
// the rest would cost a hash each.
func (r *raid) passwords(t *testing.T, v victims) {
	for _, text := range sorted(r.dump.texts) {
		if slices.ContainsFunc([]string{adaPassword, adminPassword, v.changed}, func(password string) bool { return strings.Contains(text, password) }) {
			t.Errorf("%q holds a password", text)
		}
	}
	own := newDump()
	own.add([]byte(r.hash(t, adaEmail)))
	tried := 0
	for _, text := range sorted(own.texts) {
		if len(text) < 16 { // too short for the salt or the hash
			continue
		}
		tried++
		if r.logsIn(adaEmail, text) {
			t.Errorf("%q logs ada in", text)
		}
	}
	if tried < 10 {
		t.Errorf("only %d passwords were tried", tried)
	}
	if !r.logsIn(adaEmail, v.changed) {
		t.Error("the real password does not work")
	}
}

// claims are those of a good access token of the administrator. The dump tells all of it.
func (r *raid) claims(t *testing.T) *token.Claims {
	t.Helper()
	now := time.Now().Truncate(time.Second)
	owned := slices.IndexFunc(r.sessions, func(row sessionRow) bool { return row.Roles == "{admin}" })
	if owned < 0 {
		t.Fatal("no session of the administrator was found")
	}
	row := r.sessions[owned]
	c := &token.Claims{
		Issuer: r.settings.PublicURL, Audience: []string{r.settings.Audience}, Subject: row.UserID, ID: "made-up", SessionID: row.ID,
		ClientID: "gatehouse", IssuedAt: now, ExpiresAt: now.Add(r.settings.AccessTokenTTL), AuthTime: now, Roles: []string{"admin"},
		Private: token.Private{Generation: row.Generation},
	}
	good, err := r.prepared.keys.Signing().Sign(c)
	if err != nil || !r.bearer(good) {
		t.Fatalf("a token with these claims, signed with the service's key, does not work: %v", err)
	}
	return c
}

package leaks_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jmoiron/sqlx"

	"gatehouse/auth/token"
	"gatehouse/test/harness"
)

// A dumpAttack tries what a dump contains.
type dumpAttack struct {
	*harness.Service
	db       *sqlx.DB
	dump     *dump
	sessions []sessionRow // that have not ended
	keys     []keyRow
}

type sessionRow struct {
	ID         string
	UserID     string `db:"user_id"`
	Roles      string
	Counter    int64
	Generation int
	Seed       []byte
}

type keyRow struct {
	ID, Algorithm string
	Sealed        []byte
}

// newAttack reads the database of the service.
func newAttack(t *testing.T, s *harness.Service, dsn string) *dumpAttack {
	t.Helper()
	db, err := sqlx.ConnectContext(t.Context(), "postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	a := &dumpAttack{Service: s, db: db, dump: readDump(t, db, dsn)}
	a.find(t, &a.sessions, `SELECT s.id, s.user_id, u.roles, s.counter, s.generation, s.seed
		FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.ended_at IS NULL`)
	a.find(t, &a.keys, `SELECT id, algorithm, sealed FROM signing_keys`)
	if len(a.sessions) != 3 || len(a.keys) != 3 {
		t.Fatalf("%d sessions and %d keys were found", len(a.sessions), len(a.keys))
	}
	return a
}

func (a *dumpAttack) find(t *testing.T, rows any, query string) {
	t.Helper()
	if err := a.db.SelectContext(t.Context(), rows, query); err != nil {
		t.Fatal(err)
	}
}

// hash is the stored hash of a user's password.
func (a *dumpAttack) hash(t *testing.T, email string) string {
	t.Helper()
	var hash string
	if err := a.db.GetContext(t.Context(), &hash, `SELECT password_hash FROM users WHERE email = $1`, email); err != nil {
		t.Fatal(err)
	}
	return hash
}

// accepts sends an operation with a header, "" for none, and reports whether it
// succeeds. There is much to try, so it does not use the network.
func (a *dumpAttack) accepts(name, value, query string, variables harness.Vars) bool {
	request := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(harness.Body(query, variables)))
	request.Header.Set("Content-Type", "application/json")
	if name != "" {
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	a.Handler().ServeHTTP(answer, request)
	return answer.Code == http.StatusOK && !strings.Contains(answer.Body.String(), `"errors"`)
}

func (a *dumpAttack) bearer(text string) bool {
	return a.accepts("Authorization", "Bearer "+text, harness.MeOperation, nil)
}

func (a *dumpAttack) apiKey(text string) bool {
	return a.accepts("X-API-Key", text, `{ viewer { id } }`, nil)
}

func (a *dumpAttack) refreshes(text string) bool {
	return a.accepts("", "", harness.RefreshOperation, harness.Vars{"token": text})
}

func (a *dumpAttack) refreshesByCookie(text string) bool {
	return a.accepts("Cookie", "gatehouse-refresh="+text, harness.RefreshOperation, nil)
}

func (a *dumpAttack) acceptsPassword(email, password string) bool {
	return a.accepts("", "", harness.LoginOperation, harness.Credentials(email, password))
}

// opensKeys reports whether a text, as SECRET_KEY, opens a signing key.
func (a *dumpAttack) opensKeys(text string) bool {
	secret, err := token.ParseSecret(text)
	if err != nil {
		return false
	}
	for _, row := range a.keys {
		if _, err := (token.Secrets{Current: secret}).OpenKey(row.ID, token.Algorithm(row.Algorithm), row.Sealed); err == nil {
			return true
		}
	}
	return false
}

// makesRefreshTokens reports whether a text, as SECRET_KEY, makes a good refresh
// token of what a session's row contains.
func (a *dumpAttack) makesRefreshTokens(text string) bool {
	secret, err := token.ParseSecret(text)
	if err != nil {
		return false
	}
	for _, row := range a.sessions {
		made, err := token.Secrets{Current: secret}.IssueRefresh(row.ID, row.Counter, row.Seed)
		if err == nil && a.refreshes(made) {
			return true
		}
	}
	return false
}

// signs reports whether a key, as the secret of HS256, the scalar of ES256 or the
// seed of EdDSA, makes a good access token with the id of any key.
func (a *dumpAttack) signs(t *testing.T, claims *token.Claims, key []byte) bool {
	t.Helper()
	for _, row := range a.keys {
		if len(key) >= 16 && a.bearer(forged(t, claims, row.ID, jwt.SigningMethodHS256, key)) {
			return true
		}
		scalar, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), key)
		if err == nil && a.bearer(forged(t, claims, row.ID, jwt.SigningMethodES256, scalar)) {
			return true
		}
		if len(key) == ed25519.SeedSize && a.bearer(forged(t, claims, row.ID, jwt.SigningMethodEdDSA, ed25519.NewKeyFromSeed(key))) {
			return true
		}
	}
	return false
}

// forged is an access token like ours, made without our code.
func forged(t *testing.T, c *token.Claims, kid string, method jwt.SigningMethod, key any) string {
	t.Helper()
	made := jwt.NewWithClaims(method, jwt.MapClaims{
		"iss": c.Issuer, "aud": c.Audience, "sub": c.Subject, "jti": c.ID, "sid": c.SessionID, "client_id": c.ClientID, "scope": "",
		"roles": c.Roles, "iat": c.IssuedAt.Unix(), "exp": c.ExpiresAt.Unix(), "auth_time": c.AuthTime.Unix(),
		"gatehouse": map[string]int{"generation": c.Private.Generation},
	})
	made.Header["typ"], made.Header["kid"] = "at+jwt", kid
	text, err := made.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// unsealed decrypts a signing key with SECRET_KEY, without our code. It returns
// an HMAC key, the scalar of a P-256 key or the seed of an Ed25519 key.
func unsealed(t *testing.T, secret string, row keyRow) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := hkdf.Key(sha256.New, raw, nil, "gatehouse signing key seal", 32)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	header, rest := row.Sealed[:5], row.Sealed[5:] // a version and the id of the secret
	plain, err := aead.Open(nil, nil, rest, []byte(string(header)+row.Algorithm+"\x00"+row.ID))
	if err != nil {
		t.Fatalf("the %s key does not open: %v", row.Algorithm, err)
	}
	if row.Algorithm == "HS256" {
		return plain
	}
	private, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		t.Fatal(err)
	}
	if k, ok := private.(*ecdsa.PrivateKey); ok {
		scalar, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return scalar
	}
	return private.(ed25519.PrivateKey).Seed()
}

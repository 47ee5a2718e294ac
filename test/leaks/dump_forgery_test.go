package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jmoiron/sqlx"

	"gatehouse/auth/token"
)

// A raid is what somebody does with a dump.
type raid struct {
	*service
	db       *sqlx.DB
	dump     *dump
	sessions []sessionRow // that go on
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

// raid reads the database that the service works on.
func (s *service) raid(t *testing.T, dsn string) *raid {
	t.Helper()
	db, err := sqlx.ConnectContext(t.Context(), "postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r := &raid{service: s, db: db, dump: readDump(t, db, dsn)}
	r.find(t, &r.sessions, `SELECT s.id, s.user_id, u.roles, s.counter, s.generation, s.seed
		FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.ended_at IS NULL`)
	r.find(t, &r.keys, `SELECT id, algorithm, sealed FROM signing_keys`)
	if len(r.sessions) != 3 || len(r.keys) != 2 {
		t.Fatalf("%d sessions and %d keys were found", len(r.sessions), len(r.keys))
	}
	return r
}

func (r *raid) find(t *testing.T, rows any, query string) {
	t.Helper()
	if err := r.db.SelectContext(t.Context(), rows, query); err != nil {
		t.Fatal(err)
	}
}

// hash is what the database has of somebody's password.
func (r *raid) hash(t *testing.T, email string) string {
	t.Helper()
	var hash string
	if err := r.db.GetContext(t.Context(), &hash, `SELECT password_hash FROM users WHERE email = $1`, email); err != nil {
		t.Fatal(err)
	}
	return hash
}

// knock sends an operation, and reports whether it did what it says. It spares the network: there is much to try.
func (r *raid) knock(name, value, query string, variables vars) bool {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return false
	}
	request := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if name != "" {
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	r.handler.ServeHTTP(answer, request)
	return answer.Code == http.StatusOK && !strings.Contains(answer.Body.String(), `"errors"`)
}

func (r *raid) bearer(text string) bool {
	return r.knock("Authorization", "Bearer "+text, meOperation, nil)
}

func (r *raid) refreshes(text string) bool {
	return r.knock("", "", refreshOperation, vars{"token": text})
}

func (r *raid) refreshesByCookie(text string) bool {
	return r.knock("Cookie", "gatehouse-refresh="+text, refreshOperation, nil)
}

func (r *raid) logsIn(email, password string) bool {
	return r.knock("", "", loginOperation, vars{"input": vars{"email": email, "password": password}})
}

// opensKeys reports whether a text, as SECRET_KEY, opens a signing key.
func (r *raid) opensKeys(text string) bool {
	secret, err := token.ParseSecret(text)
	if err != nil {
		return false
	}
	for _, row := range r.keys {
		if _, err := (token.Secrets{Current: secret}).OpenKey(row.ID, token.Algorithm(row.Algorithm), row.Sealed); err == nil {
			return true
		}
	}
	return false
}

// makesRefreshTokens reports whether a text, as SECRET_KEY, makes a refresh token that works out of what a session's row holds.
func (r *raid) makesRefreshTokens(text string) bool {
	secret, err := token.ParseSecret(text)
	if err != nil {
		return false
	}
	for _, row := range r.sessions {
		made, err := token.Secrets{Current: secret}.IssueRefresh(row.ID, row.Counter, row.Seed)
		if err == nil && r.refreshes(made) {
			return true
		}
	}
	return false
}

// signs reports whether a key makes a good access token, as the secret of HS256 or the seed of EdDSA, under the id of any key.
func (r *raid) signs(t *testing.T, claims *token.Claims, key []byte) bool {
	t.Helper()
	for _, row := range r.keys {
		if len(key) >= 16 && r.bearer(forged(t, claims, row.ID, jwt.SigningMethodHS256, key)) {
			return true
		}
		if len(key) == ed25519.SeedSize && r.bearer(forged(t, claims, row.ID, jwt.SigningMethodEdDSA, ed25519.NewKeyFromSeed(key))) {
			return true
		}
	}
	return false
}

// forged is an access token in the shape of ours, made without our code.
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

// unsealed decrypts a signing key with SECRET_KEY, without our code: an HMAC key, or the seed of an Ed25519 key.
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
	return private.(ed25519.PrivateKey).Seed()
}

package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/auth/bymail"
	"gatehouse/auth/password"
	"gatehouse/auth/policy"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
	"gatehouse/graph/document"
	"gatehouse/graph/transport"
)

const (
	ann          = "0190b0a5-3c4f-7d2e-8a11-000000000001" // without scopes
	sue          = "0190b0a5-3c4f-7d2e-8a11-000000000002" // may read and write accounts
	adm          = "0190b0a5-3c4f-7d2e-8a11-000000000003"
	unknownID    = "0190b0a5-3c4f-7d2e-8a11-0000000000ff"
	annsPassword = "correct horse battery staple"
	issuer       = "http://id.example"
)

// numbered returns the ID of an account by number.
func numbered(n int) string { return fmt.Sprintf("0190b0a5-3c4f-7d2e-8a11-%012d", n) }

// shared is what tests share because making it takes time.
var shared = sync.OnceValue(func() (c struct {
	hasher *password.Hasher
	hash   string // of annsPassword
	key    *token.Key
},
) {
	var err error
	if c.hasher, err = password.NewHasher(password.Argon2id, 2, 64); err != nil {
		panic(err)
	}
	if c.hash, err = c.hasher.Hash(context.Background(), annsPassword); err != nil {
		panic(err)
	}
	if c.key, err = token.NewKey(token.EdDSA); err != nil {
		panic(err)
	}
	return c
})

// Limits without a setting.
const (
	nameLimit = 256     // bytes of a name
	urlLimit  = 8 << 10 // bytes of the query of a URL
	keptLimit = 8 << 10 // bytes of a document that is kept
)

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// noonClock shows noon, and no time passes.
type noonClock struct{}

func (noonClock) Now() time.Time         { return noon() }
func (noonClock) Elapsed() time.Duration { return 0 }

// A service is the real handler with a fake store, and its log.
type service struct {
	*Handler
	store       *fakeStore
	revocations *auth.RevocationCache
	verifier    *token.Verifier
	issuer      *auth.Issuer
	log         *bytes.Buffer
}

// newService returns a service. Each function may change its parts.
func newService(t testing.TB, adjust ...func(*Parts)) *service {
	t.Helper()
	compiled, err := policy.Compile(Schema(), policy.Config{Roles: []string{auth.RoleAdmin, auth.RoleUser, "support"}})
	if err != nil {
		t.Fatal(err)
	}
	s := &service{store: &fakeStore{faults: map[string]func() error{}}, log: &bytes.Buffer{}}
	for id, roles := range map[string][]string{ann: {auth.RoleUser}, sue: {"support"}, adm: {auth.RoleAdmin}} {
		u := &auth.User{ID: id, Email: map[string]string{ann: "ann", sue: "sue", adm: "adm"}[id] + "@example.com", Roles: roles, CreatedAt: noon(), UpdatedAt: noon()}
		s.store.users = append(s.store.users, u)
	}
	slices.SortFunc(s.store.users, func(a, b *auth.User) int { return strings.Compare(a.ID, b.ID) })
	s.revocations = auth.NewRevocationCache(compiled.Scopes(), compiled.OwnScopes(), time.Hour, noonClock{})
	s.revocations.Load(revocation.Snapshot{Grants: map[string][]string{auth.RoleAdmin: nil, auth.RoleUser: nil, "support": {"read:users", "write:users"}}})
	callers := &auth.Callers{Revocations: s.revocations, InSync: func() bool { return true }}
	secret, _ := token.NewSecret()
	life := auth.Lifetimes{Idle: time.Hour, Absolute: 24 * time.Hour, PerUser: 5}
	s.issuer = &auth.Issuer{
		Secrets: token.Secrets{Current: secret}, SigningKey: func() *token.Key { return shared().key },
		Issuer: issuer, Audience: issuer, TTL: time.Hour, Callers: callers, Life: life, Now: noon,
	}
	s.verifier = &token.Verifier{
		Issuer: issuer, Audience: issuer, MaxLifetime: time.Hour, Now: noon,
		Key: func(context.Context, string) (*token.Key, error) { return shared().key, nil },
	}
	passwords := &auth.Passwords{Store: s.store, Hasher: shared().hasher, Rules: password.Rules{MinLength: 12}, Now: noon}
	accounts := &auth.Accounts{Store: s.store, Passwords: passwords, Revocations: s.revocations}
	parts := Parts{
		Resolver: &Resolver{
			Accounts: accounts,
			ByMail:   &bymail.Desk{Accounts: accounts},
			Sessions: &auth.Sessions{Store: s.store, Passwords: passwords, Issuer: s.issuer, Revocations: s.revocations, Life: life, Now: noon},
		},
		Authenticator: &authn.Authenticator{Tokens: s.verifier, Callers: callers},
		Policy:        compiled,
		Introspection: document.IntrospectionFull,
		Cookies:       transport.Cookies{Mode: transport.CookieOnHeader, Secure: true, MaxAge: time.Hour},
		Log:           slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:           noon,
	}
	for _, change := range adjust {
		change(&parts)
	}
	if s.Handler, err = NewHandler(parts); err != nil {
		t.Fatal(err)
	}
	return s
}

// token returns an access token of an account, issued some minutes ago, for a
// session with the same ID.
func (s *service) token(t testing.TB, id string, minutes int, change ...func(*token.Claims)) string {
	t.Helper()
	at := noon().Add(-time.Duration(minutes) * time.Minute)
	u, err := s.store.find(func(u *auth.User) bool { return u.ID == id })
	if err != nil {
		t.Fatal(err)
	}
	c := &token.Claims{
		Issuer: issuer, Audience: []string{issuer}, Subject: id, ID: "jti", SessionID: id, ClientID: "gatehouse",
		IssuedAt: at, ExpiresAt: at.Add(time.Hour), AuthTime: at, Roles: u.Roles,
	}
	for _, f := range change {
		f(c)
	}
	text, err := shared().key.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// refreshToken returns a refresh token of a session of ann.
func (s *service) refreshToken(t testing.TB) string {
	t.Helper()
	text, err := s.issuer.Secrets.IssueRefresh(ann, 1, make([]byte, token.RefreshSeedSize))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A reply is a decoded answer.
type reply struct {
	*httptest.ResponseRecorder
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Locations  []struct{ Line, Column int }
		Extensions map[string]any
	}
}

// codes returns the codes of the errors, in order.
func (r *reply) codes() string {
	var codes []string
	for _, e := range r.Errors {
		codes = append(codes, fmt.Sprint(e.Extensions["code"]))
	}
	return strings.Join(codes, " ")
}

// distinctCodes returns the codes of the errors without repetitions.
func (r *reply) distinctCodes() string {
	return strings.Join(slices.Compact(strings.Fields(r.codes())), " ")
}

// paths returns the paths of the errors, in order.
func (r *reply) paths() string {
	var paths []string
	for _, e := range r.Errors {
		paths = append(paths, strings.ReplaceAll(strings.Trim(fmt.Sprint(e.Path), "[]"), " ", "."))
	}
	return strings.Join(paths, " ")
}

// send sends a body with headers, each written "Name: value".
func (s *service) send(t testing.TB, body string, headers ...string) *reply {
	t.Helper()
	r := httptest.NewRequestWithContext(WithRequestID(context.Background(), "request-1"), http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return s.answer(t, r, headers...)
}

func (s *service) answer(t testing.TB, r *http.Request, headers ...string) *reply {
	t.Helper()
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	got := &reply{ResponseRecorder: httptest.NewRecorder()}
	s.ServeHTTP(got, r)
	var members map[string]json.RawMessage
	if err := json.Unmarshal(got.Body.Bytes(), &members); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s", err, got.Body)
	}
	got.Data = members["data"]
	if err := json.Unmarshal(got.Body.Bytes(), got); err != nil {
		t.Fatal(err)
	}
	return got
}

// ask sends an operation as a caller: the ID of an account, or "" for an anonymous
// one.
func (s *service) ask(t testing.TB, caller, query string, variables map[string]any, headers ...string) *reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	if caller != "" {
		headers = append(headers, "Authorization: Bearer "+s.token(t, caller, 0))
	}
	return s.send(t, string(body), headers...)
}

// end ends a session.
func end(revocations *auth.RevocationCache, session string) {
	revocations.Apply(revocation.Change{Session: session, At: noon()})
}

// altered changes the schema: it replaces the first text of each pair with the
// second.
func altered(t testing.TB, pairs ...string) func(*Parts) {
	t.Helper()
	sdl := sources[0].Input
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(sdl, pairs[i]) {
			t.Fatalf("the schema has no %q", pairs[i])
		}
		sdl = strings.ReplaceAll(sdl, pairs[i], pairs[i+1])
	}
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Name: "altered.graphqls", Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := policy.Compile(schema, policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return func(p *Parts) { p.Policy = compiled }
}

// quote returns a text as a JSON string.
func quote(t testing.TB, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}

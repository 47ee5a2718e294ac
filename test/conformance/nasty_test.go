package conformance_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/auth/clock"
	"gatehouse/auth/policy"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/test/nasty"
)

// A nastyService guards the schema of package nasty, as a service of another team
// would guard its own.
type nastyService struct {
	key    *token.Key
	parts  graph.Parts
	schema *ast.Schema
	tokens sync.Map // by id and class
	acting sync.Map // principals, by the text of a key
	wholes sync.Map // data, by id and operation
}

const nastyIssuer = "https://nasty.example.com"

// startNasty makes the service, with a signing key of its own.
func startNasty(t testing.TB) *nastyService {
	t.Helper()
	key, err := token.NewKey(token.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	schema := loadSchema(t, nasty.SDL)
	s := &nastyService{key: key, schema: schema}
	verifier := &token.Verifier{Issuer: nastyIssuer, Audience: nastyIssuer, Key: func(context.Context, string) (*token.Key, error) { return key, nil }, Now: time.Now}
	verified, err := token.NewCachedVerifier(verifier, func() uint64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := policy.Compile(schema, policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	revocations := auth.NewRevocationCache(compiled.Scopes(), compiled.OwnScopes(), time.Hour, clock.New(time.Now))
	grants := map[string][]string{}
	for _, c := range classesOf(schema) {
		for _, role := range c.roles {
			if len(c.roles) == 1 && role != auth.RoleAdmin {
				grants[role] = c.scopes
			}
		}
	}
	revocations.Load(revocation.Snapshot{Grants: grants})
	s.parts = graph.Parts{
		Executable: nasty.Executable, Authenticator: &authn.Authenticator{
			Keys: s, Tokens: verified, Callers: &auth.Callers{Revocations: revocations, InSync: func() bool { return true }},
		}, Policy: compiled,
		Introspection: document.IntrospectionFull, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}
	return s
}

// starts returns why a service with another schema does not start, nil if it
// does.
func (s *nastyService) starts(sdl string) error {
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Name: "schema.graphqls", Input: sdl})
	if err != nil {
		return err
	}
	_, err = s.handler(schema)
	return err
}

// handler serves the schema, changed or not.
func (s *nastyService) handler(schema *ast.Schema) (http.Handler, error) {
	parts := s.parts
	var err error
	if parts.Policy, err = policy.Compile(schema, policy.Config{}); err != nil {
		return nil, err
	}
	h, err := graph.NewHandler(parts)
	if err != nil {
		return nil, err
	}
	return h, nil
}

// sign makes an access token for a caller of a class.
func (s *nastyService) sign(t testing.TB, id string, c class) string {
	t.Helper()
	if kept, ok := s.tokens.Load(id + c.name); ok {
		return kept.(string)
	}
	text, err := s.key.Sign(claimsOf(nastyIssuer, id, "session-of-"+id, c))
	if err != nil {
		t.Error(err)
	}
	if c.byKey() {
		text = auth.KeyPrefix + rand.Text()
		p := &auth.Principal{ID: id, Roles: []string{"admin", "keeper", "vet"}, Scopes: c.scopes, ExpiresAt: time.Now().Add(time.Hour), Delegated: c.delegated}
		if c.key {
			p.KeyID = "key"
		}
		s.acting.Store(text, p)
	}
	s.tokens.Store(id+c.name, text)
	return text
}

// Authenticate implements [authn.KeyAuthenticator].
func (s *nastyService) Authenticate(_ context.Context, text string) (*auth.Principal, error) {
	if p, ok := s.acting.Load(text); ok {
		return p.(*auth.Principal), nil
	}
	return nil, auth.ErrKeyInvalid
}

// claimsOf are the claims of a token for a caller of a class.
func claimsOf(issuer, id, session string, c class) *token.Claims {
	now := time.Now().Truncate(time.Second)
	claims := &token.Claims{
		Issuer: issuer, Audience: []string{issuer}, Subject: id, ID: rand.Text(), SessionID: session, ClientID: "gatehouse",
		IssuedAt: now, ExpiresAt: now.Add(10 * time.Minute), AuthTime: now, Scopes: c.scopes, Roles: c.roles,
	}
	claims.AuthTime = now.Add(-c.ago)
	if c.factors == 2 {
		claims.AMR = []string{"pwd", "otp", "mfa"}
	}
	if c.expired {
		claims.IssuedAt, claims.ExpiresAt = now.Add(-20*time.Minute), now.Add(-10*time.Minute)
	}
	if c.limited {
		claims.Private = token.Private{Limited: true, Limit: append([]string{}, c.scopes...), Roles: []string{auth.RoleAdmin}}
	}
	return claims
}

// suite returns the suite that checks the service. Its data is known, and the
// same for all callers.
func (s *nastyService) suite(t testing.TB) *suite {
	t.Helper()
	open, err := s.handler(unguarded(loadSchema(t, nasty.SDL)))
	if err != nil {
		t.Fatal(err)
	}
	g := newGenerator(s.schema, map[string]any{})
	w := &suite{schema: s.schema, experiments: g.experiments(), classes: classesOf(s.schema)}
	w.prepare = func(t testing.TB, c class, _ *experiment, own bool) fixture {
		id, wanted := nasty.Ann, nasty.Ben
		if own {
			wanted = id
		}
		f := fixture{values: map[string]string{"@ID@": wanted}}
		f.loggedIn = func(map[string]any) *caller {
			return &caller{id: wanted, roles: []string{"keeper"}, scopes: []string{"read:chips"}, factors: 1}
		}
		if !c.anonymous {
			f.token = s.sign(t, id, c)
		}
		if !c.anonymous && !c.expired {
			f.caller = newCaller(id, c)
		}
		f.whole = func(text string, variables map[string]any) map[string]any {
			return s.whole(t, open, id, text, variables)
		}
		return f
	}
	return w
}

// whole is the data of an operation if nothing were refused.
func (s *nastyService) whole(t testing.TB, open http.Handler, id, text string, variables map[string]any) map[string]any {
	t.Helper()
	key := fmt.Sprint(id, text, variables)
	if kept, ok := s.wholes.Load(key); ok {
		return kept.(map[string]any)
	}
	r := serve(t, open, s.sign(t, id, class{name: "any"}), text, variables)
	if len(r.Errors) > 0 {
		t.Errorf("%s: %s", text, r.Body)
	}
	s.wholes.Store(key, r.Data)
	return r.Data
}

// TestNastyNeedsEachDirective removes each directive of the schema in turn. Two
// are redundant, because others require as much: the interface of a cat, and
// roles, which only authenticated callers have.
func TestNastyNeedsEachDirective(t *testing.T) {
	s := startNasty(t)
	s.suite(t).mutants(t, nasty.SDL, []string{"Cat.name @authenticated", "Keeper.vault @authenticated"}, s.handler)
}

// absent are the paths that lead to an object of another type in the zoo's data:
// the mascot is a cat.
func absent() []string {
	return []string{
		"Mutation.become to Note", "Mutation.feed to Dog", "Mutation.feed to Wolf", "Mutation.rename to Cat", "Mutation.rename to Wolf",
		"Mutation.retire to Cat", "Mutation.retire to Dog", "Mutation.retire to Pet", "Mutation.sell to Dog", "Mutation.sell to Wolf",
		"Query.home to Note", "Query.keeper to Note", "Query.mascot to Dog", "Query.mascot to Wolf", "Query.me to Note",
	}
}

// TestNastyConforms checks a service whose schema is hard to guard against that
// schema.
func TestNastyConforms(t *testing.T) {
	s := startNasty(t)
	w := s.suite(t)
	h, err := s.handler(s.schema)
	if err != nil {
		t.Fatal(err)
	}
	trials := w.trials()
	differ, reached := w.run(t, h, trials, 20)
	for _, d := range differ {
		t.Error(d)
	}
	t.Logf("%d operations, %d trials", len(w.experiments), len(trials))
	if left := w.unreached(reached); !testing.Short() && !slices.Equal(left, absent()) {
		t.Errorf("not reached: %q, want %q", left, absent())
	}
}

package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"
	"golang.org/x/crypto/argon2"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/auth/token"
	"gatehouse/graph"
	"gatehouse/graph/document"
)

// A judgedService is the whole service, with callers of every class.
type judgedService struct {
	*service
	hash string         // of adaPassword
	made atomic.Int64   // how many accounts
	cast map[string]acc // those that nothing changes, by class
}

// An acc is an account with a session.
type acc struct {
	id, email, session, refresh string
}

// startJudged runs the service with an account for each class of callers.
func startJudged(t testing.TB) (*judgedService, *world) {
	t.Helper()
	s := &judgedService{service: start(t), hash: cheapHash(adaPassword), cast: map[string]acc{}}
	schema := loadSchema(t, string(schemaSDL))
	w := &world{schema: schema, classes: classesOf(schema), experiments: s.generator(schema).experiments(), stage: s.stage}
	for _, c := range w.classes {
		if len(c.roles) == 1 && c.roles[0] != auth.RoleAdmin && c.roles[0] != auth.RoleUser {
			if err := s.store.CreateRole(t.Context(), auth.Role{Name: c.roles[0], Scopes: c.scopes}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range w.classes {
		s.cast[c.name] = s.account(t, c)
	}
	return s, w
}

// cheapHash is one that costs next to nothing to verify, as an import may bring along.
func cheapHash(password string) string {
	const salt = "sixteen bytes it"
	tag := argon2.IDKey([]byte(password), []byte(salt), 1, 8, 1, 32)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, b64.EncodeToString([]byte(salt)), b64.EncodeToString(tag))
}

// generator knows which values lead somewhere in our schema.
func (s *judgedService) generator(schema *ast.Schema) *generator {
	const another = "nine-loud-magpies-58"
	g := newGenerator(schema, map[string]any{
		"Query.access(operation:)": "{ me { id } }", "Query.accessAs(operation:)": "{ me { id } }", "Query.accessAs(role:)": "user",
		"Viewer.can(coordinates:)": []any{"Query.me"},
		"RegisterInput.email":      "@NEW@", "RegisterInput.password": adaPassword,
		"LoginInput.email": "@EMAIL@", "LoginInput.password": adaPassword,
		"ChangePasswordInput.currentPassword": adaPassword, "ChangePasswordInput.newPassword": another,
		"ChangeEmailInput.email": "@NEW@", "ChangeEmailInput.currentPassword": adaPassword,
		"Mutation.deleteMe(currentPassword:)": adaPassword, "UpdateUserInput.email": "@NEW@",
		"Mutation.refresh(refreshToken:)": "@REFRESH@", "Mutation.logout(refreshToken:)": "@REFRESH@",
		"Mutation.setUserRoles(roles:)": []any{"user"},
	}, "Mutation.refresh(refreshToken:)", "Query.accessAs(role:)")
	g.vain = map[string]any{"RegisterInput.password": "short", "LoginInput.password": "wrong", "ChangePasswordInput.newPassword": "short"}
	return g
}

// account makes an account with a session, whose password is adaPassword.
func (s *judgedService) account(t testing.TB, c class) acc {
	t.Helper()
	now := time.Now().Truncate(time.Microsecond)
	u := &auth.User{
		ID: uuid.Must(uuid.NewV7()).String(), Email: s.address(), Roles: rolesOf(c), CreatedAt: now, UpdatedAt: now,
	}
	session := &auth.Session{
		ID: uuid.Must(uuid.NewV7()).String(), UserID: u.ID, Seed: make([]byte, token.RefreshSeedSize), AuthTime: now, CreatedAt: now,
	}
	if c.limited {
		session.Limit = &auth.Limit{Scopes: c.scopes}
	}
	if err := s.store.CreateUser(t.Context(), &auth.Credential{User: u, Hash: s.hash}, u.Email, session); err != nil {
		t.Error(err)
	}
	refresh, err := s.prepared.secrets.IssueRefresh(session.ID, session.Counter, session.Seed)
	if err != nil {
		t.Error(err)
	}
	return acc{id: u.ID, email: u.Email, session: session.ID, refresh: refresh}
}

func (s *judgedService) address() string {
	return fmt.Sprintf("somebody-%d@example.com", s.made.Add(1))
}

// rolesOf are the roles of an account of the class, whatever its session asked for.
func rolesOf(c class) []string {
	switch {
	case c.limited:
		return []string{auth.RoleAdmin}
	case c.roles == nil:
		return []string{auth.RoleUser}
	}
	return c.roles
}

// stage makes accounts where an operation may change them.
func (s *judgedService) stage(t testing.TB, c class, e *experiment, own bool) scene {
	t.Helper()
	caller, target := s.cast[c.name], s.cast["role user"]
	if c.name == "role user" {
		target = s.cast["role admin"]
	}
	if changes := e.text[:1] == "m"; changes {
		caller, target = s.account(t, c), s.account(t, class{})
	}
	if own {
		target = caller
	}
	sc := scene{values: map[string]string{"@ID@": target.id, "@EMAIL@": target.email, "@REFRESH@": target.refresh, "@NEW@": s.address()}}
	sc.loggedIn = func(result map[string]any) *asker {
		user, _ := result["user"].(map[string]any)
		id, _ := user["User_id"].(string)
		return &asker{id: id}
	}
	if c.nobody {
		return sc
	}
	text, err := s.prepared.keys.Signing().Sign(claimsOf(s.settings.PublicURL, caller.id, caller.session, c))
	if err != nil {
		t.Error(err)
	}
	sc.token = text
	if !c.expired {
		sc.caller = &asker{id: caller.id, roles: c.roles, scopes: c.scopes}
	}
	return sc
}

// changed serves another schema over the same database.
func (s *judgedService) changed(t testing.TB) startChanged {
	t.Helper()
	live := auth.NewLive([]string{"delete:users", "read:users", "write:users"}, s.settings.AccessTokenTTL, time.Now)
	if err := s.reload(t.Context(), live); err != nil {
		t.Fatal(err)
	}
	s.store.Changed = live.Apply
	verified, err := auth.NewVerified(s.verifier(s.prepared.keys), s.prepared.keys.Epoch)
	if err != nil {
		t.Fatal(err)
	}
	callers := &auth.Callers{Live: live, Hearing: func() bool { return true }, Store: s.store}
	parts := graph.Parts{
		Resolver: s.resolver(s.prepared, callers, nil), Authenticator: &auth.Authenticator{Tokens: verified, Callers: callers},
		Introspection: document.IntrospectionFull, Cookies: s.settings.cookies(), Log: s.deployment.log, Now: time.Now,
	}
	return func(schema *ast.Schema) (http.Handler, error) {
		p := parts
		var err error
		if p.Policy, err = policy.Compile(schema, policy.Config{}); err != nil {
			return nil, err
		}
		h, err := graph.NewHandler(p)
		if err != nil {
			return nil, err
		}
		return h, nil
	}
}

// TestServiceConforms judges the service by its schema alone.
func TestServiceConforms(t *testing.T) {
	s, w := startJudged(t)
	trials := w.trials()
	differ, reached := w.run(t, s.handler, trials, 20)
	for _, d := range differ {
		t.Error(d)
	}
	t.Logf("%d operations, %d trials", len(w.experiments), len(trials))
	// Whoever is disabled has no session left to list.
	if left := w.unreached(reached); !testing.Short() && !slices.Equal(left, []string{"Mutation.disableUser to Session"}) {
		t.Errorf("nobody reached %q", left)
	}
}

// TestServiceNeedsEachDirective takes each directive out of the schema in turn. One changes nothing: whom changePassword authenticates is the
// caller it asks for.
func TestServiceNeedsEachDirective(t *testing.T) {
	s, w := startJudged(t)
	w.mutants(t, string(schemaSDL), []string{"Mutation.changePassword @authenticates"}, s.changed(t))
}

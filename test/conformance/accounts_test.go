package conformance_test

import (
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/passkey"
	"gatehouse/auth/token"
	"gatehouse/test/harness"
	"gatehouse/test/passkeytest"
)

// A service is the whole service, with an account for each class of callers.
type service struct {
	*harness.Service
	hash     string             // of harness.AdaPassword
	count    atomic.Int64       // of accounts
	accounts map[string]account // that no operation changes, by class
	keys     *apikey.Keys
	program  account // for which administrators make keys
	app      client  // that no operation changes
	passkeys *passkey.Keys
	factors  *desk.Desk
	database *sql.DB
}

// An account is one with a session.
type account struct {
	id, email, session, refresh string
	key, keyID                  string
	passkeyID                   string
	device                      *passkeytest.Device // nil: it has no passkey
	person                      bool
}

// create makes an account with a session, whose password is harness.AdaPassword, and
// an API key if keyed is set, with a passkey if it is guarded; the class may have a key, too.
func (s *service) create(t testing.TB, c class, keyed, guarded bool) account {
	t.Helper()
	now := time.Now().Truncate(time.Microsecond)
	u := &auth.User{
		ID: uuid.Must(uuid.NewV7()).String(), Kind: auth.Person, Email: s.email(), Roles: rolesOf(c), CreatedAt: now, UpdatedAt: now,
	}
	if c.key {
		u.Kind = auth.Service
	}
	session := &auth.Session{
		ID: uuid.Must(uuid.NewV7()).String(), UserID: u.ID, Kind: auth.OwnSession, Seed: make([]byte, token.RefreshSeedSize), AuthTime: now, CreatedAt: now,
	}
	if c.limited {
		session.Limit = &auth.Limit{Scopes: c.scopes}
	}
	if err := s.Store().CreateUser(t.Context(), &auth.Credential{User: u, Hash: s.hash}, u.Email, session); err != nil {
		t.Error(err)
	}
	refresh, err := s.Server().Deployment().Secrets.IssueRefresh(session.ID, session.Counter, session.Seed)
	if err != nil {
		t.Error(err)
	}
	a := account{id: u.ID, email: u.Email, session: session.ID, refresh: refresh, keyID: u.ID}
	if c.byKey() || keyed {
		a.key, a.keyID = s.key(t, u, c)
	}
	a.passkeyID, a.person = u.ID, u.Kind == auth.Person
	if keyed && guarded && a.person {
		s.addPasskey(t, &a)
	}
	return a
}

// key makes an API key of an account, and returns it with its id.
func (s *service) key(t testing.TB, u *auth.User, c class) (text, id string) {
	t.Helper()
	var scopes []string
	if c.byKey() {
		scopes = c.scopes
	}
	made, err := s.keys.CreateFor(t.Context(), u, apikey.CreateInput{Name: "key", Scopes: scopes})
	if err != nil {
		t.Error(err)
		return "", ""
	}
	return made.Key, made.APIKey.ID
}

// byKey reports whether callers of the class send an API key.
func (c class) byKey() bool { return c.delegated || c.key }

// email is a new email address.
func (s *service) email() string { return fmt.Sprintf("user-%d@example.com", s.count.Add(1)) }

// rolesOf are the roles of an account of the class.
func rolesOf(c class) []string {
	switch {
	case c.limited, c.byKey():
		return []string{auth.RoleAdmin}
	case c.roles == nil:
		return []string{auth.RoleUser}
	}
	return c.roles
}

// prepare returns a fixture for an experiment. A mutation gets accounts of its
// own, because it may change them.
func (s *service) prepare(t testing.TB, c class, e *experiment, own bool) fixture {
	t.Helper()
	caller, target := s.accounts[c.name], s.accounts["role user"]
	if c.name == "role user" {
		target = s.accounts["role admin"]
	}
	if mutation := e.text[:1] == "m"; mutation {
		keyed := e.mentions("apiKeys", "@KEY@", "passkeys", "@PASSKEY@", "@passkey_login@", "beginReauthentication", "@challenge@")
		caller, target = s.create(t, c, keyed, e.guards()), s.create(t, class{}, keyed, e.guards())
		if e.mentions("grants", "client", "revokeGrant") {
			s.allow(t, caller.id, target.id)
		}
	}
	app := s.app
	if e.text[:1] == "m" && e.mentions("@CLIENT@", "@RESOURCE@") {
		app = s.client(t, e.mentions("@RESOURCE@"))
	}
	if own {
		target = caller
	}
	f := fixture{
		values: map[string]string{
			"@ID@": target.id, "@EMAIL@": target.email, "@REFRESH@": target.refresh, "@NEW@": s.email(), "@KEY@": caller.keyID, "@PROGRAM@": s.program.id, "@PASSKEY@": caller.passkeyID,
			"@CLIENT@": app.id, "@RESOURCE@": app.resource, "@IDENTIFIER@": s.app.identifier, "@APP@": s.app.id, "@UUID@": uuid.NewString(),
		},
		loggedIn: loggedIn,
	}
	s.prove(t, e, f.values, target)
	s.answer(t, e, f.values, caller, target)
	s.challenge(t, e, f.values, caller, target)
	if c.anonymous {
		return f
	}
	text, err := s.Keyring().Signing().Sign(claimsOf(s.Settings().Issuer(), caller.id, caller.session, c))
	if err != nil {
		t.Error(err)
	}
	f.token = text
	if c.byKey() {
		f.token = caller.key
	}
	if !c.expired {
		f.caller = newCaller(caller.id, c)
	}
	return f
}

func newCaller(id string, c class) *caller {
	return &caller{id: id, roles: c.roles, scopes: c.scopes, delegated: c.delegated, key: c.key, ago: c.ago, factors: max(1, c.factors)}
}

// loggedIn is the caller that a payload authenticates.
func loggedIn(payload map[string]any) *caller {
	user, _ := payload["user"].(map[string]any)
	id, _ := user["User_id"].(string)
	return &caller{id: id, factors: 1}
}

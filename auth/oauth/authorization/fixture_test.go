package authorization

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/policy"
	"gatehouse/auth/token"
)

// now is when everything happens.
var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

const (
	issuer    = "https://id.example.com"
	audience  = "https://id.example.com"
	callback  = "https://app.example.com/callback"
	loopback  = "http://127.0.0.1/callback"
	notesURI  = "https://notes.example.com"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // RFC 7636, Appendix B
)

// A fakeStore remembers in memory.
type fakeStore struct {
	requests map[string]*Stored
	sessions map[string]*auth.Session
	users    map[string]*auth.User
	grants   map[string]*clients.Grant
	codes    []*oauth.AuthorizationCode
	ended    []string
	err      error // of every method
}

func (s *fakeStore) StoreRequest(_ context.Context, r *Request, flow []byte, _ time.Duration) error {
	if s.err != nil {
		return s.err
	}
	s.requests[r.ID] = &Stored{Request: r, Flow: flow}
	return nil
}

func (s *fakeStore) BindRequest(_ context.Context, id, clientID string, flow []byte, _ time.Duration) (*Stored, error) {
	stored := s.requests[id]
	if stored == nil || stored.Request.ClientID != clientID || stored.Expired || stored.Flow != nil && !slices.Equal(stored.Flow, flow) {
		return nil, auth.ErrNotFound
	}
	stored.Flow = flow
	return stored, nil
}

func (s *fakeStore) Request(_ context.Context, id string) (*Stored, error) {
	if s.requests[id] == nil {
		return nil, auth.ErrNotFound
	}
	return s.requests[id], nil
}

func (s *fakeStore) SignedIn(_ context.Context, cookie *token.SignIn, _ auth.Lifetimes) (*SignedIn, error) {
	session := s.sessions[cookie.SessionID]
	if session == nil || !slices.Equal(token.Proof(cookie.ProofKey(), session.Seed), cookie.Proof()) {
		return nil, auth.ErrSessionNotFound
	}
	u := s.users[session.UserID]
	return &SignedIn{SessionID: session.ID, AuthTime: session.AuthTime, AMR: session.AMR, UserID: u.ID, Email: u.Email, Roles: u.Roles}, nil
}

func (s *fakeStore) ReplaceSignIn(_ context.Context, old string, _ *auth.Session) error {
	s.ended = append(s.ended, old)
	delete(s.sessions, old)
	return nil
}

func (s *fakeStore) EndSignIn(_ context.Context, _ string, ids ...string) error {
	s.ended = append(s.ended, ids...)
	return nil
}

func (s *fakeStore) Grant(_ context.Context, userID, clientID string) (*clients.Grant, error) {
	if g := s.grants[userID+" "+clientID]; g != nil {
		return g, nil
	}
	return nil, auth.ErrNotFound
}

func (s *fakeStore) Answer(_ context.Context, a *Answer) (*Answered, error) {
	stored := s.requests[a.RequestID]
	if stored.Answered != nil {
		return stored.Answered, nil
	}
	if a.Code != nil {
		if s.sessions[a.Code.Parent] == nil {
			return nil, auth.ErrSessionEnded
		}
		s.codes = append(s.codes, a.Code)
	}
	if a.Grant != nil {
		key := a.Code.UserID + " " + a.ClientID
		s.grants[key], _ = a.Grant(s.grants[key])
	}
	stored.Answered = &Answered{Code: a.Code}
	return stored.Answered, nil
}

// ByPassword takes the password "right".
func (s *fakeStore) ByPassword(_ context.Context, in auth.PasswordLogin) (*auth.Session, *auth.User, error) {
	for _, u := range s.users {
		if u.Email == in.Email && in.Password == "right" {
			session, err := in.Session(u)
			if err == nil {
				s.sessions[session.ID] = session
			}
			return session, u, err
		}
	}
	return nil, nil, auth.ErrInvalidCredentials
}

type fakeHints map[string]*Hint

func (h fakeHints) Hint(_ context.Context, text string) (*Hint, error) {
	if h[text] == nil {
		return nil, errors.New("not an ID token")
	}
	return h[text], nil
}

type fakeRegistry map[string]*clients.Client

func (r fakeRegistry) Client(id string) (*clients.Client, bool) {
	c, found := r[id]
	return c, found
}

func (r fakeRegistry) Resource(identifier string) (*clients.Resource, bool) {
	if !clients.SameResource(identifier, notesURI) {
		return nil, false
	}
	return &clients.Resource{Identifier: notesURI, Name: "Notes", Scopes: []clients.ResourceScope{
		{Name: "notes:read", Title: "Read your notes", Own: true}, {Name: "notes:all", Title: "Read all notes"},
	}}, true
}

// registered are the clients that there are.
func registered() fakeRegistry {
	all := []clients.GrantType{clients.AuthorizationCode, clients.RefreshToken}
	scopes := []string{"email", "notes:all", "notes:read", "offline_access", "openid", "profile", "read:users"}
	page := "https://app.example.com/"
	app := clients.Client{
		ID: "app", Kind: clients.Public, Name: "App", URI: &page, RedirectURIs: []string{callback, callback + "?a=b"}, Grants: all, Scopes: scopes,
		Resources: []string{notesURI}, PKCE: true, PostLogoutRedirectURIs: []string{"https://app.example.com/bye"},
	}
	change := func(id string, change func(*clients.Client)) *clients.Client {
		c := app
		c.ID = id
		change(&c)
		return &c
	}
	return fakeRegistry{
		"app":      &app,
		"disabled": change("disabled", func(c *clients.Client) { c.Disabled = true }),
		"pushing":  change("pushing", func(c *clients.Client) { c.PushedRequests = true }),
		"service":  change("service", func(c *clients.Client) { c.Grants = []clients.GrantType{clients.ClientCredentials} }),
		"nonce":    change("nonce", func(c *clients.Client) { c.Kind, c.PKCE = clients.Confidential, false }),
		"online":   change("online", func(c *clients.Client) { c.Grants = all[:1] }),
		"ours":     change("ours", func(c *clients.Client) { c.FirstParty = true }),
		"program":  change("program", func(c *clients.Client) { c.RedirectURIs = []string{loopback} }),
	}
}

// A fixture is a service and a browser.
type fixture struct {
	*Service
	t       *testing.T
	store   *fakeStore
	browser Browser
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	secret, _ := token.NewSecret()
	store := &fakeStore{
		requests: map[string]*Stored{}, sessions: map[string]*auth.Session{}, grants: map[string]*clients.Grant{},
		users: map[string]*auth.User{
			"ada": {ID: "ada", Email: "ada@example.com", Roles: []string{"user"}},
			"bob": {ID: "bob", Email: "bob@example.com", Roles: []string{"support"}},
		},
	}
	return &fixture{t: t, store: store, browser: Browser{Flow: NewFlow()}, Service: &Service{
		Store: store, Sessions: store, Clients: registered(), Secrets: token.Secrets{Current: secret},
		Hints: fakeHints{"ada's": {Subject: "ada", ClientID: "app", SessionID: "sid"}, "bob's": {Subject: "bob", ClientID: "app"}, "another's": {Subject: "ada", ClientID: "online"}},
		Granted: func(roles []string) []string {
			if slices.Contains(roles, "support") {
				return []string{"notes:all", "read:users"}
			}
			return nil
		},
		Scopes: []policy.Scope{
			{Name: "email", Title: "See your email address", Own: true, Coordinates: []string{"Query.me", "User.email"}},
			{Name: "openid", Title: "Know who you are", Own: true, Coordinates: []string{"Query.me"}},
			{Name: "profile", Title: "See your name", Own: true, Coordinates: []string{"Query.me"}},
			{Name: "read:users", Title: "Read all accounts", Coordinates: []string{"Query.user", "Query.users"}},
		},
		Issuer: issuer, Audience: audience, Life: auth.Lifetimes{SignIn: 12 * time.Hour, Absolute: 90 * 24 * time.Hour, PerUser: 50},
		Now: func() time.Time { return now },
	}}
}

// signIn gives the browser a session of the person, who logged in that long ago.
func (f *fixture) signIn(userID string, ago time.Duration) *auth.Session {
	f.t.Helper()
	session := auth.NewSession(f.t.Context(), now.Add(-ago), userID, auth.SignInSession)
	f.store.sessions[session.ID] = session
	cookie, err := f.Secrets.IssueSignIn(session.ID, session.Seed)
	if err != nil {
		f.t.Fatal(err)
	}
	f.browser.SignIn = cookie
	return session
}

// allowed notes what the person allowed the client.
func (f *fixture) allowed(userID, clientID string, scopes ...string) *clients.Grant {
	g := &clients.Grant{UserID: userID, ClientID: clientID, Scopes: scopes, ChangedAt: now.Add(-time.Hour)}
	for _, scope := range f.Scopes {
		if slices.Contains(scopes, scope.Name) {
			g.Coordinates = append(g.Coordinates, scope.Coordinates...)
		}
	}
	f.store.grants[userID+" "+clientID] = g
	return g
}

// asking are the parameters of a good request, with others; an empty value removes one.
func asking(changes ...string) url.Values {
	form := url.Values{
		"client_id": {"app"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid email"}, "state": {"xyz"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		form.Del(changes[i])
		if changes[i+1] != "" {
			form.Set(changes[i], changes[i+1])
		}
	}
	return form
}

// outcome says what a step comes to: a page, an error code, or "code".
func outcome(step *Step, err error) string {
	page := (*PageError)(nil)
	switch {
	case errors.As(err, &page):
		return "page " + string(page.Problem)
	case err != nil:
		return err.Error()
	case step.Response == nil:
		return string(step.Page)
	case step.Response.Error != nil:
		return string(step.Response.Error.Code)
	}
	return "code"
}

// begin begins a request.
func (f *fixture) begin(form url.Values) (*Step, string) {
	step, err := f.Begin(f.t.Context(), form, f.browser)
	return step, outcome(step, err)
}

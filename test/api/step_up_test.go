package api_test

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/graph"
	"gatehouse/test/harness"
)

const reauthenticate = `mutation($input: ReauthenticateInput!) {
	reauthenticate(input: $input) { accessToken refreshToken user { id } } }`

// The operations that ask for a proof within ten minutes, or take the password instead. $p is the
// password, which may be null.
var (
	changePassword   = `mutation($p: String) { changePassword(input: {currentPassword: $p, newPassword: "nine-loud-bitterns-31"}) { accessToken refreshToken user { id } } }`
	changeEmail      = `mutation($p: String) { changeEmail(input: {currentPassword: $p, email: "countess@example.com"}) { email } }`
	deleteMe         = `mutation($p: String) { deleteMe(currentPassword: $p) }`
	createKeyWith    = `mutation($p: String) { createApiKey(input: {currentPassword: $p, name: "x", scopes: []}) { key } }`
	setRoles         = `mutation($id: ID!) { setUserRoles(id: $id, roles: ["user"]) { roles } }`
	createAnyService = `mutation { createServiceAccount(input: {name: "x"}) { id } }`
)

// stale makes all sessions of the account those of a person who proved who they are 11 minutes
// ago, and returns the session as it is then.
func stale(t *testing.T, s *harness.Service, session harness.Session) harness.Session {
	t.Helper()
	within(t, s, func(db *sql.DB) error {
		_, err := db.ExecContext(t.Context(), `UPDATE sessions SET auth_time = now() - interval '11 minutes' WHERE user_id = $1`, session.UserID)
		return err
	})
	return s.Refresh(t, session.Refresh)
}

// within does something in the service's database.
func within(t *testing.T, s *harness.Service, do func(*sql.DB) error) {
	t.Helper()
	db, err := sql.Open("postgres", s.Server().Deployment().DSN())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(do(db), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestViewerSaysHowAuthenticated: the access token says when and how its person proved who they
// are, at every door, and after a refresh.
func TestViewerSaysHowAuthenticated(t *testing.T) {
	s := harness.Start(t)
	s.Member(t, harness.AdaEmail, "admin")
	const query = `{ viewer { authenticatedAt amr factors } }`
	check := func(name string, r harness.Reply, factors float64, methods ...string) {
		t.Helper()
		r.Must(t)
		at, err := time.Parse(time.RFC3339, r.Text("viewer.authenticatedAt"))
		if known := err == nil && time.Since(at).Abs() < time.Minute; known != (factors > 0) {
			t.Errorf("%s: authenticated at %q", name, r.Text("viewer.authenticatedAt"))
		}
		if r.At("viewer.factors") != factors || !slices.Equal(r.Texts("viewer.amr"), methods) {
			t.Errorf("%s: %s", name, r.Body)
		}
	}
	ada := s.Login(t, harness.AdaEmail, harness.AdaPassword)
	check("a login", s.Ask(t, ada.Access, query, nil), 1, "pwd")
	check("a refresh", s.Ask(t, s.Refresh(t, ada.Refresh).Access, query, nil), 1, "pwd")
	bob := s.Register(t, "bob@example.com", harness.AdaPassword)
	check("a registration", s.Ask(t, bob.Access, query, nil), 1, "pwd")
	key, _ := newKey(t, s, ada)
	check("an API key", s.Send(t, withKey(key), query, nil), 0)
	_, service, _ := newService(t, s, ada, []string{}, "user")
	check("the key of a service", s.Send(t, withKey(service), query, nil), 0)
}

// TestStepUp: what is dangerous asks for a recent proof, or the password, and changes nothing
// without. With a wrong password it is refused, however fresh the session is.
func TestStepUp(t *testing.T) {
	type vars = harness.Vars
	own := []string{changePassword, changeEmail, deleteMe, createKeyWith}
	for _, query := range own {
		name := strings.TrimSpace(query[strings.Index(query, "{")+1 : strings.Index(query[20:], "(")+20])
		t.Run(name, func(t *testing.T) {
			s := harness.Start(t)
			fresh := s.Register(t, "bob@example.com", harness.AdaPassword)
			ada := stale(t, s, s.Register(t, harness.AdaEmail, harness.AdaPassword))
			for _, given := range []vars{{}, {"p": nil}} {
				r := s.Ask(t, ada.Access, query, given)
				r.WantReason(t, "STEP_UP_REQUIRED", "stale")
				if r.Header.Get("WWW-Authenticate") != `Bearer error="insufficient_user_authentication", max_age="600"` &&
					!strings.Contains(r.Header.Get("WWW-Authenticate"), "insufficient_user_authentication") {
					t.Errorf("WWW-Authenticate: %q", r.Header.Get("WWW-Authenticate"))
				}
			}
			for _, wrong := range []string{"", "not-the-password"} {
				s.Ask(t, ada.Access, query, vars{"p": wrong}).Want(t, "INVALID_CREDENTIALS")
				s.Ask(t, fresh.Access, query, vars{"p": wrong}).Want(t, "INVALID_CREDENTIALS")
			}
			me := s.Ask(t, ada.Access, `{ me { email apiKeys { id } } }`, nil).Must(t)
			if me.Text("me.email") != harness.AdaEmail || len(me.At("me.apiKeys").([]any)) > 0 {
				t.Errorf("refused, and yet %s", me.Body)
			}
			s.Login(t, harness.AdaEmail, harness.AdaPassword)
			s.Ask(t, ada.Access, query, vars{"p": harness.AdaPassword}).Must(t)
			if name == "changeEmail" { // bob gets another one
				query = strings.Replace(query, "countess", "robert", 1)
			}
			s.Ask(t, fresh.Access, query, vars{}).Must(t)
		})
	}
}

// TestAdministratorStepsUp: an administrator gives roles and makes accounts for programs after
// a recent proof only.
func TestAdministratorStepsUp(t *testing.T) {
	s := harness.Start(t)
	bob := s.Register(t, "bob@example.com", harness.AdaPassword)
	s.Member(t, harness.AdaEmail, "admin")
	ada := stale(t, s, s.Login(t, harness.AdaEmail, harness.AdaPassword))
	for _, query := range []string{setRoles, createAnyService} {
		id := harness.Vars{"id": bob.UserID}
		s.Ask(t, bob.Access, query, id).WantReason(t, "FORBIDDEN", "missing_role")
		s.Ask(t, ada.Access, query, id).WantReason(t, "STEP_UP_REQUIRED", "stale")
		raised := s.Ask(t, ada.Access, reauthenticate, harness.Vars{"input": harness.Vars{"password": harness.AdaPassword}}).Must(t).Session("reauthenticate")
		s.Ask(t, raised.Access, query, id).Must(t)
		s.Ask(t, ada.Access, query, id).WantReason(t, "STEP_UP_REQUIRED", "stale") // the token from before
		ada = stale(t, s, raised)
	}
}

// TestReauthenticate: the session goes on with the same refresh token, and is fresh.
func TestReauthenticate(t *testing.T) {
	s := harness.Start(t)
	admin := s.Member(t, harness.AdaEmail, "admin")
	raise := func(token string, input harness.Vars) harness.Reply {
		return s.Ask(t, token, reauthenticate, harness.Vars{"input": input})
	}
	password := harness.Vars{"password": harness.AdaPassword}
	ada := stale(t, s, s.Login(t, harness.AdaEmail, harness.AdaPassword))
	for _, input := range []harness.Vars{
		{}, {"password": nil}, {"password": harness.AdaPassword, "totp": "123456"}, {"passkey": harness.Vars{}}, {"ceremony": "x"},
		{"code": "12345678"}, {"request": "x"}, {"proof": "x", "code": "12345678", "request": "x"},
	} {
		raise(ada.Access, input).Want(t, "BAD_USER_INPUT")
	}
	for _, input := range []harness.Vars{
		{"password": "not-the-password"}, {"password": ""}, {"totp": "123456"}, {"recoveryCode": "x"}, {"passkey": harness.Vars{"id": "x"}, "ceremony": "x"},
	} {
		raise(ada.Access, input).Want(t, "INVALID_CREDENTIALS")
	}
	raise(ada.Access, harness.Vars{"code": "12345678", "request": "x"}).WantReason(t, "FORBIDDEN", "not_offered")
	raise("", password).WantReason(t, "UNAUTHENTICATED", "no_credential")
	key, _ := newKey(t, s, admin, "read:users")
	s.Send(t, withKey(key), reauthenticate, harness.Vars{"input": password}).WantReason(t, "FORBIDDEN", "not_delegable")
	_, service, _ := newService(t, s, s.Login(t, harness.AdaEmail, harness.AdaPassword), []string{}, "user")
	s.Send(t, withKey(service), reauthenticate, harness.Vars{"input": password}).WantReason(t, "FORBIDDEN", "not_delegable")
	s.Ask(t, ada.Access, createAnyService, nil).WantReason(t, "STEP_UP_REQUIRED", "stale")

	r := raise(ada.Access, password).Must(t)
	raised := r.Session("reauthenticate")
	if raised.Refresh != ada.Refresh || raised.UserID != ada.UserID || s.SessionID(t, raised.Access) != s.SessionID(t, ada.Access) {
		t.Errorf("%s; want the session to go on with its refresh token", r.Body)
	}
	s.Ask(t, raised.Access, createAnyService, nil).Must(t)
	next := s.Refresh(t, ada.Refresh) // of the other tab
	s.Ask(t, next.Access, createAnyService, nil).Must(t)
	s.Ask(t, s.Refresh(t, next.Refresh).Access, createAnyService, nil).Must(t)

	other := stale(t, s, s.Login(t, harness.AdaEmail, harness.AdaPassword))
	raise(other.Access, password).Must(t)
	s.Ask(t, other.Access, `mutation { logout }`, nil).Must(t)
	raise(other.Access, password).WantReason(t, "UNAUTHENTICATED", "session_ended")
}

// TestReauthenticateKeepsLimit: a session that is limited to scopes stays limited.
func TestReauthenticateKeepsLimit(t *testing.T) {
	s := harness.Start(t)
	s.Member(t, harness.AdaEmail, "admin")
	limited := stale(t, s, s.Login(t, harness.AdaEmail, harness.AdaPassword, "read:users"))
	raised := s.Ask(t, limited.Access, reauthenticate, harness.Vars{"input": harness.Vars{"password": harness.AdaPassword}}).Must(t).Session("reauthenticate")
	v := s.Ask(t, raised.Access, `{ viewer { roles scopes } }`, nil).Must(t)
	if len(v.Texts("viewer.roles")) > 0 || !slices.Equal(v.Texts("viewer.scopes"), []string{"read:users"}) {
		t.Errorf("%s", v.Body)
	}
	s.Ask(t, raised.Access, createAnyService, nil).WantReason(t, "FORBIDDEN", "missing_role")
}

// TestReauthenticateInCookie: in a browser the refresh token stays in its cookie.
func TestReauthenticateInCookie(t *testing.T) {
	s := harness.Start(t)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	header := harness.Bearer(ada.Access)
	header.Set("Cookie", "gatehouse-refresh="+ada.Refresh)
	r := s.Send(t, header, reauthenticate, harness.Vars{"input": harness.Vars{"password": harness.AdaPassword}}).Must(t)
	if r.At("reauthenticate.refreshToken") != nil || theCookie(t, r).Value != ada.Refresh {
		t.Errorf("%s, cookie %v", r.Body, theCookie(t, r))
	}
}

// TestReauthenticateSlowsGuesses: wrong passwords in one session have to wait, and those of
// another session don't.
func TestReauthenticateSlowsGuesses(t *testing.T) {
	s := harness.Start(t, "RATE_LIMITS=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	other := s.Login(t, harness.AdaEmail, harness.AdaPassword)
	guess := func(session harness.Session, password string) harness.Reply {
		return s.Ask(t, session.Access, reauthenticate, harness.Vars{"input": harness.Vars{"password": password}})
	}
	for range 10 {
		guess(ada, "not-the-password").Want(t, "INVALID_CREDENTIALS")
	}
	guess(ada, harness.AdaPassword).Want(t, "RATE_LIMITED")
	s.Ask(t, ada.Access, reauthenticate, harness.Vars{"input": harness.Vars{"totp": "123456"}}).Want(t, "RATE_LIMITED")
	guess(other, harness.AdaPassword).Must(t)
}

// TestReauthenticateByMail: a mail is enough for an account that has no password, once, and
// only in its own session.
func TestReauthenticateByMail(t *testing.T) {
	p := startPost(t, "LOGIN_METHODS=email,password")
	ada, bob := p.Register(t, harness.AdaEmail, harness.AdaPassword), p.Register(t, "bob@example.com", harness.AdaPassword)
	p.exec(t, `UPDATE users SET email_verified = true`)
	mailed := func(to string) (input harness.Vars, proof string) {
		t.Helper()
		p.past(t)
		r := p.Ask(t, "", requestLogin, harness.Vars{"email": to}).Must(t)
		m := p.mail(t, to)
		return harness.Vars{"request": r.Text("requestLogin.request"), "code": m.Code()}, m.Proof()
	}
	raise := func(session harness.Session, input harness.Vars) harness.Reply {
		return p.Ask(t, session.Access, reauthenticate, harness.Vars{"input": input})
	}
	ada, bob = stale(t, p.Service, ada), stale(t, p.Service, bob)
	code, proof := mailed(harness.AdaEmail)
	raise(ada, code).Want(t, "INVALID_CREDENTIALS") // she has a password
	p.exec(t, `UPDATE users SET has_password = false`)
	raise(ada, harness.Vars{"request": code["request"], "code": "00000000"}).Want(t, "PROOF_INVALID")
	raise(ada, harness.Vars{"proof": code["request"]}).Want(t, "PROOF_INVALID")
	raise(bob, code).Want(t, "PROOF_INVALID")
	raise(bob, harness.Vars{"proof": proof}).Want(t, "PROOF_INVALID")
	p.Ask(t, ada.Access, changePassword, nil).Want(t, "STEP_UP_REQUIRED")
	raised := raise(ada, code).Must(t).Session("reauthenticate")
	if raised.Refresh != ada.Refresh {
		t.Error("the refresh token is another one")
	}
	raise(ada, harness.Vars{"proof": proof}).Want(t, "PROOF_INVALID") // the code was of the same proof
	_, proof = mailed(harness.AdaEmail)
	raised = raise(ada, harness.Vars{"proof": proof}).Must(t).Session("reauthenticate")
	v := p.Ask(t, raised.Access, `{ viewer { amr factors } }`, nil).Must(t)
	if !slices.Equal(v.Texts("viewer.amr"), []string{"otp"}) || v.At("viewer.factors") != 1.0 {
		t.Errorf("%s", v.Body)
	}
	p.Ask(t, raised.Access, changePassword, nil).Must(t) // an account without a password sets one
	p.Login(t, harness.AdaEmail, "nine-loud-bitterns-31")
}

// TestFreshIsOneTime: the schema and auth agree on how long a proof counts.
func TestFreshIsOneTime(t *testing.T) {
	p, err := graph.Policy([]string{"admin", "user"})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, field := range p.Schema().Mutation.Fields {
		fresh := field.Directives.ForName("fresh")
		if fresh == nil || fresh.Arguments.ForName("orGiven") == nil {
			continue
		}
		found++
		if within, err := time.ParseDuration(fresh.Arguments.ForName("within").Value.Raw); err != nil || within != auth.Recent {
			t.Errorf("%s: a proof counts for %v by the schema, and for %v without it", field.Name, within, auth.Recent)
		}
	}
	if found < 6 {
		t.Errorf("%d fields take a password instead of a recent proof", found)
	}
}

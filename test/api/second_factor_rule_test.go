package api_test

import (
	"net/url"
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestSecondFactorOff: no one sets up a factor, and those who have one are still asked.
func TestSecondFactorOff(t *testing.T) {
	dsn := storetest.DSN(t)
	on := harness.StartOn(t, dsn)
	on.SetUpTOTP(t, on.Register(t, harness.AdaEmail, harness.AdaPassword))
	off := harness.StartOn(t, dsn, "SECOND_FACTOR=off")
	bob := off.Register(t, "bob@example.com", harness.AdaPassword)
	off.Ask(t, bob.Access, harness.BeginTOTPOperation, nil).WantReason(t, "FORBIDDEN", "not_offered")
	off.Ask(t, bob.Access, harness.BeginPasskeyOperation, nil).WantReason(t, "FORBIDDEN", "not_offered")
	login := harness.StartOn(t, dsn, "SECOND_FACTOR=off", "LOGIN_METHODS=password,passkey")
	login.Ask(t, bob.Access, harness.BeginPasskeyOperation, nil).Must(t) // to log in with
	off.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Challenge(t)
	on.Ask(t, bob.Access, harness.BeginTOTPOperation, nil).Must(t)
	for rule, s := range map[string]*harness.Service{"OFF": off, "OPTIONAL": on} {
		if r := s.Ask(t, "", `{ loginMethods { secondFactor } }`, nil).Must(t); r.Text("loginMethods.secondFactor") != rule {
			t.Errorf("%s", r.Body)
		}
	}
}

// rights is what a session may do.
const rights = `{ viewer { roles scopes factors } }`

// TestSecondFactorRequired: until an account logs in with two factors, it can do nothing but set one
// up, in sessions of before, too.
func TestSecondFactorRequired(t *testing.T) {
	dsn := storetest.DSN(t)
	before := harness.StartOn(t, dsn).Login(t, harness.AdminEmail, harness.AdminPassword)
	s := harness.StartOn(t, dsn, "SECOND_FACTOR=required", "OAUTH=on")
	none := func(token string) {
		t.Helper()
		s.Ask(t, token, `{ users { edges { cursor } } }`, nil).Want(t, "FORBIDDEN")
		if r := s.Ask(t, token, rights, nil).Must(t); !strings.Contains(r.Body, `"roles":[],"scopes":[],"factors":1`) {
			t.Errorf("%s", r.Body)
		}
	}
	none(before.Access)
	admin := s.Admin(t)
	none(admin.Access)
	if claims := claimsOf(t, admin.Access); claims["scope"] != "" && claims["scope"] != nil {
		t.Errorf("other services see the scopes %v", claims["scope"])
	}
	none(s.Refresh(t, before.Refresh).Access)
	app := s.SetUpTOTP(t, admin)
	none(admin.Access) // until the next one
	raised := s.Refresh(t, admin.Refresh)
	s.Ask(t, raised.Access, `{ users { edges { cursor } } }`, nil).Must(t)
	s.Ask(t, raised.Access, harness.DeleteTOTPOperation, nil).Want(t, "CONFLICT") // the last one
	token := s.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdminEmail, harness.AdminPassword)).Challenge(t)
	harness.ForgetSteps(t, dsn)
	in := s.Ask(t, "", harness.AnswerChallengeOperation, harness.Answer(token, "totp", app.Code(t, 0))).Must(t).Session("answerChallenge")
	s.Ask(t, in.Access, `{ users { edges { cursor } } }`, nil).Must(t)
}

// TestRequiredOfAdmins asks administrators alone, from the moment on that they are.
func TestRequiredOfAdmins(t *testing.T) {
	s := harness.Start(t, "SECOND_FACTOR=admins")
	admin := s.Admin(t)
	s.Ask(t, admin.Access, `{ users { edges { cursor } } }`, nil).Want(t, "FORBIDDEN")
	s.SetUpTOTP(t, admin)
	admin = s.Refresh(t, admin.Refresh)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	if r := s.Ask(t, ada.Access, rights, nil).Must(t); !strings.Contains(r.Body, `"roles":["user"]`) {
		t.Errorf("%s", r.Body)
	}
	s.Ask(t, admin.Access, `mutation($id: ID!) { setUserRoles(id: $id, roles: ["admin", "user"]) { id } }`, harness.Vars{"id": ada.UserID}).Must(t)
	if r := s.Ask(t, ada.Access, rights, nil).Must(t); !strings.Contains(r.Body, `"roles":[],"scopes":[]`) {
		t.Errorf("%s", r.Body)
	}
}

// TestRequiredAtSignInPage: applications get nothing of an account that has to set up a factor first.
func TestRequiredAtSignInPage(t *testing.T) {
	g := startPost(t, "OAUTH=on", "OAUTH_PASSWORD_GRANT=on", "SECOND_FACTOR=admins")
	admin := g.Admin(t)
	g.SetUpTOTP(t, admin)
	admin = g.Refresh(t, admin.Refresh)
	r := g.Ask(t, admin.Access, harness.CreateClientOperation, harness.Vars{"input": harness.Vars{
		"name": "An application", "redirectUris": []string{harness.Callback}, "grants": []string{"AUTHORIZATION_CODE", "PASSWORD"}, "scopes": []string{"openid"},
	}}).Must(t)
	app := harness.Application{ID: r.Text("createClient.client.id"), Secret: r.Text("createClient.clientSecret")}
	ada := g.Register(t, harness.AdaEmail, harness.AdaPassword)
	visit := func() string {
		_, text := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword).Visit(t, app.AuthorizeURL(g.URL, "openid"), harness.Callback)
		return text
	}
	if text := visit(); text != "" {
		t.Errorf("an account without the role: %s", text)
	}
	g.Ask(t, admin.Access, `mutation($id: ID!) { setUserRoles(id: $id, roles: ["admin"]) { id } }`, harness.Vars{"id": ada.UserID}).Must(t)
	if text := visit(); !strings.Contains(text, "needs a second factor") {
		t.Errorf("an administrator: %s", text)
	}
	if body := passwordGrant(t, g, app, harness.AdaPassword); !strings.Contains(body, "second factor") {
		t.Errorf("the password grant: %s", body)
	}
}

// TestRequiredOfApplications: an application that a person allowed before gets no scopes any more that open
// something.
func TestRequiredOfApplications(t *testing.T) {
	dsn := storetest.DSN(t)
	before := harness.StartOn(t, dsn, "OAUTH=on")
	app := before.Application(t, nil)
	before.Register(t, harness.AdaEmail, harness.AdaPassword)
	code := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword).Code(t, app.AuthorizeURL(before.URL, "openid email offline_access"), harness.Callback)
	first, err := before.Redeem(t.Context(), app, code)
	first.Must(t, err)
	s := harness.StartOn(t, dsn, "OAUTH=on", "SECOND_FACTOR=required")
	const email = `{ me { email } }`
	before.Ask(t, first.Access, email, nil).Must(t)
	s.Ask(t, first.Access, email, nil).Want(t, "FORBIDDEN")
	next, err := s.Token(t.Context(), app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}})
	s.Ask(t, next.Must(t, err).Access, email, nil).Want(t, "FORBIDDEN")
	if next.Scope != "offline_access" { // which opens nothing
		t.Errorf("the scopes are %q", next.Scope)
	}
}

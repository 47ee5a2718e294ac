package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// TestSessionIsListedAndEnded: the browser's session is among the person's own, and ends
// with whatever ends those.
func TestSessionIsListedAndEnded(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, nil)
	const next = "the next quiet herons 43"
	password := harness.AdaPassword
	listed := func() string {
		r := s.Ask(t, s.Login(t, harness.AdaEmail, password).Access, `{ me { sessions { id kind } } }`, nil).Must(t)
		for _, at := range r.At("me.sessions").([]any) {
			if session := at.(map[string]any); session["kind"] == "SIGN_IN_PAGE" {
				return session["id"].(string)
			}
		}
		return ""
	}
	for _, tt := range []struct {
		name string
		end  func(id string)
	}{
		{"revokeSession", func(id string) {
			s.Ask(t, s.Login(t, harness.AdaEmail, password).Access, `mutation($id: ID!) { revokeSession(id: $id) }`, harness.Vars{"id": id}).Must(t)
		}},
		{"revokeOtherSessions", func(string) {
			s.Ask(t, s.Login(t, harness.AdaEmail, password).Access, `mutation { revokeOtherSessions }`, nil).Must(t)
		}},
		{"disableUser", func(string) {
			root := s.Admin(t).Access
			s.Ask(t, root, `mutation($id: ID!) { disableUser(id: $id) { id } }`, harness.Vars{"id": ada.UserID}).Must(t)
			s.Ask(t, root, `mutation($id: ID!) { enableUser(id: $id) { id } }`, harness.Vars{"id": ada.UserID}).Must(t)
		}},
		{"changePassword", func(string) {
			s.Ask(t, s.Login(t, harness.AdaEmail, password).Access, `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { expiresIn } }`,
				harness.Vars{"input": harness.Vars{"currentPassword": password, "newPassword": next}}).Must(t)
			password = next
		}},
	} {
		b := signedIn(t, s, app)
		quiet := "/oauth/authorize?" + asking(app, "prompt", "none").Encode()
		if got := answer(t, b.get(quiet)); got.Get("code") == "" {
			t.Fatalf("%s: before, %v", tt.name, got)
		}
		id := listed()
		if id == "" {
			t.Fatalf("%s: the session is not listed", tt.name)
		}
		tt.end(id)
		if got := answer(t, b.get(quiet)); got.Get("error") != "login_required" {
			t.Errorf("%s: afterwards, %v", tt.name, got)
		}
	}
}

// TestGuessingOnThePage: the page and GraphQL have one limit.
func TestGuessingOnThePage(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "RATE_LIMITS=on")
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, nil)
	b := newBrowser(t, s)
	id := b.begin(app)
	codes := map[int]int{}
	for range 25 {
		w := b.logIn(id, harness.AdaEmail, "wrong")
		codes[w.Code]++
		if w.Code == http.StatusTooManyRequests && (w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `name="password"`)) {
			t.Fatalf("%v %s", w.Header(), w.Body)
		}
	}
	if codes[http.StatusBadRequest] < 5 || codes[http.StatusBadRequest] > 20 || codes[http.StatusTooManyRequests] < 5 {
		t.Errorf("the answers are %v", codes)
	}
	if r := s.Ask(t, "", harness.LoginOperation, harness.Credentials("bob@example.com", "wrong")); r.Code() != "INVALID_CREDENTIALS" {
		t.Errorf("another account: %s", r.Code())
	}
}

// testServiceAccounts: a program has no password, and is not asked for anything.
func testServiceAccounts(t *testing.T, s *harness.Service) {
	account := s.Ask(t, s.Admin(t).Access, `mutation { createServiceAccount(input: {name: "Nightly"}) { id } }`, nil).Must(t).Text("createServiceAccount.id")
	b := newBrowser(t, s)
	id := b.begin(s.Application(t, nil))
	for _, email := range []string{account, account + "@service.invalid", "Nightly"} {
		if w := b.logIn(id, email, "anything"); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", email, w.Code)
		}
	}
	if w := b.logIn(id, harness.AdminEmail, harness.AdminPassword); w.Code != http.StatusSeeOther {
		t.Errorf("a person: %d", w.Code)
	}
}

// testLogout: the tokens of what was allowed in the browser end with it.
func testLogout(t *testing.T, s *harness.Service) {
	app := s.Application(t, harness.Vars{"postLogoutRedirectUris": []string{"https://app.example.com/bye"}})
	b := signedIn(t, s, app)
	logout := url.Values{"client_id": {app.ID}, "post_logout_redirect_uri": {"https://app.example.com/bye"}, "state": {"s"}}
	if w := b.get("/oauth/logout?" + logout.Encode()); w.Code != 200 || !strings.Contains(w.Body.String(), `name="state" value="s"`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := b.post("/oauth/logout", logout); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/oauth/logout?") {
		t.Errorf("an application's form: %d %v", w.Code, w.Header())
	}
	logout.Set("answer", "yes")
	if w := b.post("/oauth/logout", logout); w.Code != 303 || w.Header().Get("Location") != "https://app.example.com/bye?state=s" || b.cookies["gatehouse-signin"] != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if got := answer(t, b.get("/oauth/authorize?"+asking(app, "prompt", "none").Encode())); got.Get("error") != "login_required" {
		t.Error(got)
	}
}

// testLog: neither codes nor cookies, and nothing of the query.
func testLog(t *testing.T, s *harness.Service) {
	app := s.Application(t, nil)
	b := newBrowser(t, s)
	id := b.begin(app, "nonce", "the-nonce", "login_hint", "the-hint")
	b.logIn(id, harness.AdaEmail, harness.AdaPassword)
	code := answer(t, b.allow(id, "email")).Get("code")
	b.get("/oauth/logout?id_token_hint=the-token")
	log := s.Log.String()
	for _, secret := range []string{code, b.cookies["gatehouse-flow"], b.cookies["gatehouse-signin"], "the-state", "the-nonce", "the-hint", "the-token", challenge, harness.AdaPassword} {
		if secret == "" || strings.Contains(log, secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	for _, part := range []string{`"endpoint":"consent"`, `"outcome":"code"`, `"client_id":"` + app.ID + `"`} {
		if !strings.Contains(log, part) {
			t.Errorf("%s is not in the log", part)
		}
	}
}

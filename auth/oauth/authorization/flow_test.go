package authorization

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
)

// TestNext: who is logged in, since when and what was allowed decide what comes next.
func TestNext(t *testing.T) {
	all := []string{"email", "notes:read", "offline_access", "openid", "profile", "read:users"}
	tests := []struct {
		name    string
		form    url.Values
		person  string
		ago     time.Duration // since the log-in
		allowed []string
		want    string
	}{
		{"nothing allowed", asking(), "ada", time.Hour, nil, "consent"},
		{"nothing allowed, quietly", asking("prompt", "none"), "ada", time.Hour, nil, "consent_required"},
		{"too little allowed", asking(), "ada", time.Hour, []string{"openid"}, "consent"},
		{"another resource", asking("resource", notesURI), "ada", time.Hour, all, "consent"},
		{"all allowed", asking(), "ada", time.Hour, all, "code"},
		{"all allowed, quietly", asking("prompt", "none"), "ada", time.Hour, all, "code"},
		{"to stay connected", asking("scope", "openid offline_access"), "ada", time.Hour, all, "code"},
		{"prompt=consent", asking("prompt", "consent"), "ada", time.Hour, all, "consent"},
		{"prompt=select_account", asking("prompt", "select_account"), "ada", time.Hour, all, "consent"},

		{"a program on the computer", asking("client_id", "program", "redirect_uri", loopback), "ada", time.Hour, all, "code"},
		{"one that stays connected", asking("client_id", "program", "redirect_uri", loopback, "scope", "openid offline_access"), "ada", time.Hour, all, "consent"},

		{"ours", asking("client_id", "ours"), "ada", time.Hour, nil, "code"},
		{"ours, not logged in", asking("client_id", "ours"), "", 0, nil, "login"},
		{"ours, prompt=consent", asking("client_id", "ours", "prompt", "consent"), "ada", time.Hour, nil, "consent"},

		{"prompt=login", asking("prompt", "login"), "ada", time.Second, all, "login"},
		{"prompt=login consent", asking("prompt", "login consent"), "ada", time.Second, all, "login"},
		{"just logged in for it", asking("prompt", "login"), "ada", 0, all, "code"},
		{"max_age=0", asking("max_age", "0"), "ada", time.Second, all, "login"},
		{"max_age=0, just logged in for it", asking("max_age", "0"), "ada", 0, all, "code"},
		{"max_age passed", asking("max_age", "3599"), "ada", time.Hour, all, "login"},
		{"max_age passed, quietly", asking("max_age", "3599", "prompt", "none"), "ada", time.Hour, all, "login_required"},
		{"max_age", asking("max_age", "3600"), "ada", time.Hour, all, "code"},
		{"max_age of ages", asking("max_age", "99999999999999999999"), "ada", 24 * time.Hour, all, "code"},

		{"a hint of another person", asking("id_token_hint", "bob's"), "ada", time.Hour, all, "login"},
		{"a hint of another person, quietly", asking("id_token_hint", "bob's", "prompt", "none"), "ada", time.Hour, all, "login_required"},
		{"another person logged in", asking("id_token_hint", "bob's"), "ada", 0, all, "login_required"},
		{"a hint", asking("id_token_hint", "ada's", "prompt", "none"), "ada", time.Hour, all, "code"},
		{"a hint of another client", asking("id_token_hint", "another's"), "ada", time.Hour, all, "code"},

		{"a scope that only roles grant", asking("scope", "read:users"), "ada", time.Hour, nil, "access_denied"},
		{"one of such scopes", asking("scope", "openid read:users"), "ada", time.Hour, []string{"openid"}, "code"},
		{"granted by a role", asking("scope", "read:users"), "bob", time.Hour, nil, "consent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			if tt.person != "" {
				f.signIn(tt.person, tt.ago)
			}
			if tt.allowed != nil {
				f.allowed(tt.person, tt.form.Get("client_id"), tt.allowed...)
			}
			if _, got := f.begin(tt.form); got != tt.want {
				t.Errorf("outcome = %s, want %s", got, tt.want)
			}
			if codes := len(f.store.codes); (codes == 1) != (tt.want == "code") {
				t.Errorf("%d codes", codes)
			}
		})
	}
}

// TestFrames: in a frame only prompt=none is answered, and always so, session or not.
func TestFrames(t *testing.T) {
	f := newFixture(t)
	f.signIn("ada", time.Hour)
	f.allowed("ada", "app", "openid", "email")
	f.browser.Framed = true
	if _, got := f.begin(asking("prompt", "none")); got != "login_required" {
		t.Errorf("in a frame: %s", got)
	}
	f.browser.Framed = false
	if _, got := f.begin(asking("prompt", "none")); got != "code" {
		t.Errorf("as a page: %s", got)
	}
}

// TestCodeHolds: the code stands for what was asked, for which person and since when.
func TestCodeHolds(t *testing.T) {
	f := newFixture(t)
	session := f.signIn("ada", time.Hour)
	g := f.allowed("ada", "app", "openid", "email")
	g.Resources = []string{notesURI}
	step, got := f.begin(asking("nonce", "n-0S6", "resource", notesURI+"/"))
	if got != "code" {
		t.Fatal(got)
	}
	code := f.store.codes[0]
	if code.ClientID != "app" || code.UserID != "ada" || code.Parent != session.ID || code.RedirectURI != callback || code.Challenge != challenge ||
		code.Nonce != "n-0S6" || !slices.Equal(code.Scopes, []string{"email", "openid"}) || !slices.Equal(code.Resources, []string{notesURI}) ||
		!code.AuthTime.Equal(session.AuthTime) || !slices.Equal(code.AMR, []string{"pwd"}) || !code.ExpiresAt.Equal(now.Add(time.Minute)) {
		t.Errorf("%+v", code)
	}
	to, err := url.Parse(step.Response.URL())
	if err != nil || to.Query().Get("iss") != issuer || to.Query().Get("state") != "xyz" {
		t.Fatalf("%s, %v", to, err)
	}
	read, err := f.Secrets.ParseCode(to.Query().Get("code"))
	if err != nil || read.ID != code.ID {
		t.Errorf("%v, %v", read, err)
	}
}

// TestLogIn: the right person's password leads on, and the browser's session is another
// one afterwards.
func TestLogIn(t *testing.T) {
	f := newFixture(t)
	before := f.signIn("ada", time.Hour)
	step, _ := f.begin(asking("prompt", "login"))
	id := step.Request.ID
	for _, wrong := range [][2]string{{"ada@example.com", "wrong"}, {"eve@example.com", "right"}} {
		if cookie, _, err := f.LogIn(t.Context(), id, f.browser, wrong[0], wrong[1], nil); !errors.Is(err, auth.ErrInvalidCredentials) || cookie != "" {
			t.Errorf("%q: %q, %v", wrong, cookie, err)
		}
	}
	cookie, step, err := f.LogIn(t.Context(), id, f.browser, "ada@example.com", "right", nil)
	if got := outcome(step, err); got != "consent" || cookie == "" || cookie == f.browser.SignIn {
		t.Fatalf("%s, with the cookie %q", got, cookie)
	}
	if !slices.Equal(f.store.ended, []string{before.ID}) {
		t.Errorf("ended %v", f.store.ended)
	}
	f.browser.SignIn = cookie
	if c, step, err := f.Consent(t.Context(), id, f.browser); err != nil || c == nil {
		t.Errorf("then %s", outcome(step, err))
	}
}

// TestAnotherBrowser: no page answers to a browser that did not begin the request (RFC
// 9700, 4.7; session fixation).
func TestAnotherBrowser(t *testing.T) {
	f := newFixture(t)
	f.signIn("ada", time.Hour)
	step, _ := f.begin(asking())
	id, shown := step.Request.ID, ""
	if c, _, err := f.Consent(t.Context(), id, f.browser); err == nil {
		shown = c.Shown
	}
	for _, flow := range []string{"", NewFlow()} {
		b := f.browser
		b.Flow = flow
		if got := everyPage(t, f, id, shown, b); got != strings.Repeat("page other_browser ", 5) {
			t.Errorf("with the flow %q: %s", flow, got)
		}
	}
	if len(f.store.codes) > 0 {
		t.Error("a code was issued")
	}
	if step, err := f.Allow(t.Context(), id, f.browser, shown, []string{"email"}); outcome(step, err) != "code" {
		t.Errorf("in its own browser: %s", outcome(step, err))
	}
}

// everyPage sends a request to each page, and says what they come to.
func everyPage(t *testing.T, f *fixture, id, shown string, b Browser) (all string) {
	_, step, err := f.Login(t.Context(), id, b)
	all += outcome(step, err) + " "
	_, step, err = f.LogIn(t.Context(), id, b, "ada@example.com", "right", nil)
	all += outcome(step, err) + " "
	_, step, err = f.Consent(t.Context(), id, b)
	all += outcome(step, err) + " "
	step, err = f.Allow(t.Context(), id, b, shown, []string{"email"})
	all += outcome(step, err) + " "
	step, err = f.Refuse(t.Context(), id, b)
	return all + outcome(step, err) + " "
}

func TestExpired(t *testing.T) {
	f := newFixture(t)
	step, _ := f.begin(asking())
	if _, _, err := f.Login(t.Context(), step.Request.ID, f.browser); err != nil {
		t.Fatal(err)
	}
	f.store.requests[step.Request.ID].Expired = true
	id := step.Request.ID
	for _, id := range []string{id, NewFlow(), "", "../x", "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", ""), strings.ToUpper(id) + " "} {
		if got := everyPage(t, f, id, "", f.browser); got != strings.Repeat("page expired_request ", 5) {
			t.Errorf("%q: %s", id, got)
		}
	}
	page := (*PageError)(nil)
	if _, _, err := f.Login(t.Context(), step.Request.ID, f.browser); !errors.As(err, &page) || page.Client == nil {
		t.Errorf("the page does not know where to start again: %v", err)
	}
}

// TestPressedTwice: the second press of a button has the first one's answer, until the
// client has used the code.
func TestPressedTwice(t *testing.T) {
	f := newFixture(t)
	f.signIn("ada", time.Hour)
	step, _ := f.begin(asking())
	id := step.Request.ID
	c, _, err := f.Consent(t.Context(), id, f.browser)
	if err != nil {
		t.Fatal(err)
	}
	first, err := f.Allow(t.Context(), id, f.browser, c.Shown, []string{"email"})
	if outcome(first, err) != "code" {
		t.Fatal(err)
	}
	second, err := f.Allow(t.Context(), id, f.browser, c.Shown, []string{"email"})
	if outcome(second, err) != "code" || second.Response.URL() != first.Response.URL() || len(f.store.codes) != 1 {
		t.Errorf("%s, %d codes", outcome(second, err), len(f.store.codes))
	}
	if third, err := f.Refuse(t.Context(), id, f.browser); outcome(third, err) != "code" {
		t.Errorf("then refused: %s", outcome(third, err))
	}
	for name, spoil := range map[string]func(*Answered){"used": func(a *Answered) { a.Used = true }, "old": func(a *Answered) { a.Old = true }} {
		answered := *f.store.requests[id].Answered
		spoil(f.store.requests[id].Answered)
		if got := everyPage(t, f, id, c.Shown, f.browser); got != strings.Repeat("page answered_before ", 5) {
			t.Errorf("%s: %s", name, got)
		}
		f.store.requests[id].Answered = &answered
	}
}

func TestRefuse(t *testing.T) {
	f := newFixture(t)
	step, _ := f.begin(asking())
	for range 2 {
		again, err := f.Refuse(t.Context(), step.Request.ID, f.browser)
		if got := outcome(again, err); got != "access_denied" {
			t.Errorf("outcome = %s", got)
		}
	}
	if len(f.store.codes)+len(f.store.grants) > 0 {
		t.Error("something was allowed")
	}
}

// TestEndedMeanwhile: a session that ends between the page and the button allows nothing.
func TestEndedMeanwhile(t *testing.T) {
	f := newFixture(t)
	session := f.signIn("ada", time.Hour)
	step, _ := f.begin(asking())
	c, _, err := f.Consent(t.Context(), step.Request.ID, f.browser)
	if err != nil {
		t.Fatal(err)
	}
	delete(f.store.sessions, session.ID)
	if again, err := f.Allow(t.Context(), step.Request.ID, f.browser, c.Shown, nil); outcome(again, err) != "login" {
		t.Errorf("outcome = %s", outcome(again, err))
	}
}

// TestClientEndsMeanwhile: so does a client that is disabled, or loses its redirect URI.
func TestClientEndsMeanwhile(t *testing.T) {
	for _, change := range []func(*clients.Client){func(c *clients.Client) { c.Disabled = true }, func(c *clients.Client) { c.RedirectURIs = nil }} {
		f := newFixture(t)
		f.signIn("ada", time.Hour)
		step, _ := f.begin(asking())
		change(f.Clients.(fakeRegistry)["app"])
		if got := everyPage(t, f, step.Request.ID, "", f.browser); got != strings.Repeat("page unknown_client ", 5) {
			t.Errorf("outcome = %s", got)
		}
	}
}

// TestStoreAway: an application learns that the service can't answer.
func TestStoreAway(t *testing.T) {
	f := newFixture(t)
	for want, err := range map[string]error{"temporarily_unavailable": auth.ErrUnavailable, "server_error": errors.New("disk full")} {
		f.store.err = err
		if _, got := f.begin(asking()); got != want {
			t.Errorf("%v: %s", err, got)
		}
	}
	f.store.err = nil
	if _, got := f.begin(asking()); got != "login" {
		t.Error(got)
	}
}

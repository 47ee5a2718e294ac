package pages

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/factor"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/oauth/authorization"
	"gatehouse/auth/oauth/clients"
)

// shown returns a page.
func shown(t *testing.T, name string, page any) string {
	t.Helper()
	w := httptest.NewRecorder()
	if err := (&visit{w: w}).show(200, name, page); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}

// TestConsentPage: what the page says of each thing that it may show.
func TestConsentPage(t *testing.T) {
	at := time.Date(2026, 11, 27, 23, 0, 0, 0, time.UTC)
	c := &authorization.Consent{
		Request: &authorization.Request{ID: "the-id"}, Client: &clients.Client{Name: "Sunny & Co"}, Person: &authorization.SignedIn{Email: "ada@example.com"},
		Host: "app.example.com", Offline: true, Services: []string{"Notes"}, Allowed: &at, Shown: "what-was-shown",
		Scopes: []authorization.Scope{
			{Name: "openid", Title: "Know who you are", Kept: true},
			{Name: "email", Title: "See your address", Fields: []authorization.Field{{Coordinate: "User.email"}, {Coordinate: "User.phone", New: true}}},
			{Name: "notes:read", Title: "Read your notes", Service: "Notes", New: true},
			{Name: "untitled"},
		},
	}
	page := &consentPage{Words: english(), Consent: c, Offline: "offline_access"}
	text := shown(t, "consent", page)
	for _, part := range []string{
		"<h1>Sunny &amp; Co wants to use your account</h1>", "go back to app.example.com", "on 27 November 2026", `value="what-was-shown"`,
		`value="openid" checked disabled`, `value="email" checked>`, "<code>User.email</code></li>", `<code>User.phone</code> <strong class="new">new</strong>`,
		"<details open>", `Read your notes (at Notes) <strong class="new">new</strong>`, "<span>untitled</span>", `value="offline_access" checked`,
		"<li>Notes</li>", `href="login?request=the-id"`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
	c.Local, c.Host, c.Allowed, c.Services, c.Offline, c.Scopes = true, "", nil, nil, false, c.Scopes[:1]
	page.Words, page.Problem = german(), german().Changed
	text = shown(t, "consent", page)
	for part, want := range map[string]bool{
		"Dieses Programm gibt an, Sunny &amp; Co zu sein": true, `role="alert"`: true, "offline_access": false, "Notes": false, "2026": false, "zurück": false,
	} {
		if strings.Contains(text, part) != want {
			t.Errorf("%s: %t in %s", part, want, text)
		}
	}
}

// TestLoginPage: it leads to what the service offers to those who can't log in, and to nothing else.
func TestLoginPage(t *testing.T) {
	login := &authorization.Login{Request: &authorization.Request{ID: "the-id"}, Client: &clients.Client{Name: "Wiki"}}
	for _, links := range []Links{
		{}, {Forgot: "https://id.example.com/account#forgot"},
		{Forgot: "https://id.example.com/a?b=c&d#forgot", Register: "https://id.example.com/account#register"},
	} {
		text := shown(t, "login", &loginPage{Words: english(), Login: login, Links: links})
		for word, link := range map[string]string{"Forgot your password?": links.Forgot, "Create an account": links.Register} {
			whole := `<a href="` + strings.ReplaceAll(link, "&", "&amp;") + `">` + word + `</a>`
			if strings.Contains(text, whole) != (link != "") || link == "" && strings.Contains(text, word) {
				t.Errorf("%+v: %s", links, text)
			}
		}
	}
}

// TestFactorDemanded: only a person who lacks a second factor is led to where one is set up.
func TestFactorDemanded(t *testing.T) {
	login := &authorization.Login{Request: &authorization.Request{ID: "the-id"}, Client: &clients.Client{Name: "Wiki"}}
	for problem, want := range map[string]bool{"": false, english().Wrong: false, english().NoFactor: true} {
		page := &loginPage{Words: english(), Login: login, Links: Links{Security: "https://id.example.com/account#security"}, Problem: problem}
		text := shown(t, "login", page)
		if strings.Contains(text, `<a href="https://id.example.com/account#security">Set up a second factor</a>`) != want {
			t.Errorf("%q: %s", problem, text)
		}
	}
}

// TestChallengePage: it asks for what the account has, and for nothing else.
func TestChallengePage(t *testing.T) {
	login := &authorization.Login{Request: &authorization.Request{ID: "the-id"}, Client: &clients.Client{Name: "Wiki"}}
	tests := []struct {
		name     string
		methods  []factor.Kind
		recovery bool
		want     map[string]bool // whether the page has it
	}{
		{"an app", []factor.Kind{factor.TOTP}, false, map[string]bool{`name="totp"`: true, "recovery_code": false, "passkey": false}},
		{
			"an app and codes",
			[]factor.Kind{factor.TOTP, factor.RecoveryCode},
			false,
			map[string]bool{`required autofocus`: true, `name="recovery_code"`: true, `class="other" open`: false, "passkey": false},
		},
		{"a wrong code", []factor.Kind{factor.TOTP, factor.RecoveryCode}, true, map[string]bool{`class="other" open`: true}},
		{
			"a passkey",
			[]factor.Kind{factor.Passkey},
			false,
			map[string]bool{
				`data-options="{&#34;publicKey&#34;:{&#34;challenge&#34;:&#34;\u003cAA\u003e&#34;}}"`: true, `src="passkey.js"`: true,
				`name="passkey"`: true, "can&#39;t use": true, `name="totp"`: false, "recovery_code": false,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			open := &desk.Open{Methods: tt.methods, Passkey: map[string]any{"publicKey": map[string]any{"challenge": "<AA>"}}}
			text := shown(t, "challenge", &challengePage{Words: english(), Login: login, Token: "the-token", Open: open, Recovery: tt.recovery})
			for part, want := range tt.want {
				if strings.Contains(text, part) != want {
					t.Errorf("%s: %t in %s", part, !want, text)
				}
			}
			if forms := strings.Count(text, "<form "); forms != len(tt.methods) || strings.Count(text, `name="challenge" value="the-token"`) != forms {
				t.Errorf("%d forms in %s", forms, text)
			}
		})
	}
}

// TestOnward: a private scheme, and an address with an ampersand, are led to as they are.
func TestOnward(t *testing.T) {
	for _, to := range []string{"com.example.app:/cb?code=a&state=b", "https://app.example.com/?x=%22&code=a", "http://[::1]:7/cb?code=a"} {
		w := httptest.NewRecorder()
		if err := (&visit{w: w, words: english()}).onward(to); err != nil {
			t.Fatal(err)
		}
		escaped := strings.ReplaceAll(to, "&", "&amp;")
		for _, part := range []string{`content="0;url=` + escaped + `"`, `<a href="` + escaped + `">Continue</a>`} {
			if !strings.Contains(w.Body.String(), part) {
				t.Errorf("%s is not in %s", part, w.Body)
			}
		}
	}
}

package api_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// ropc is the form with which a person's password becomes tokens.
func ropc(more ...string) url.Values {
	f := url.Values{"grant_type": {"password"}, "username": {harness.AdaEmail}, "password": {harness.AdaPassword}}
	for i := 0; i < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

// TestOAuthKeepsTheUnverifiedOut: with EMAIL_VERIFICATION=required, no door opens before the
// address is verified, and each that the right password is given to sends the link again.
func TestOAuthKeepsTheUnverifiedOut(t *testing.T) {
	p := startPost(t, "EMAIL_VERIFICATION=required", "OAUTH=on", "OAUTH_PASSWORD_GRANT=on")
	p.exec(t, `UPDATE users SET email_verified = true`) // the administrator's
	app := p.Application(t, harness.Vars{"grants": []string{"AUTHORIZATION_CODE", "PASSWORD"}})
	p.Ask(t, "", harness.RegisterOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).WantReason(t, "FORBIDDEN", "email_unverified")
	link := p.mail(t, harness.AdaEmail)
	authorize := app.AuthorizeURL(p.URL, "openid email")
	own := harness.Application{} // no client
	doors := map[string]func(password string) (refused string){
		"the page for logging in": func(password string) string {
			_, text := harness.NewBrowser(t, harness.AdaEmail, password).Visit(t, authorize, harness.Callback)
			return text
		},
		"the password grant of a client": func(password string) string { return passwordGrant(t, p, app, password) },
		"the password grant":             func(password string) string { return passwordGrant(t, p, own, password) },
	}
	for name, door := range doors {
		if text := door("not the password"); !strings.Contains(text, "is wrong") {
			t.Errorf("%s, with a wrong password: %q", name, text)
		}
		p.past(t)
		if text := door(harness.AdaPassword); !strings.Contains(text, "open the link") && !strings.Contains(text, "is not verified") {
			t.Errorf("%s: %q", name, text)
		}
		if again := p.mail(t, harness.AdaEmail); again.Link() != link.Link() {
			t.Errorf("%s: another link was sent", name)
		}
	}
	p.Ask(t, "", verifyEmail, harness.Vars{"input": harness.Vars{"proof": link.Proof(), "password": harness.AdaPassword}}).Must(t)
	for name, door := range doors {
		if text := door(harness.AdaPassword); text != "" {
			t.Errorf("%s, after the verification: %q", name, text)
		}
	}
}

// passwordGrant returns why the password is refused; "" if it is not.
func passwordGrant(t *testing.T, p *postal, app harness.Application, password string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/oauth/token", strings.NewReader(ropc("password", password).Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if app.ID != "" {
		r.SetBasicAuth(app.ID, app.Secret)
	}
	status, body := roundTrip(t, r)
	if status == http.StatusOK {
		return ""
	}
	if status != http.StatusBadRequest || !strings.Contains(body, `"invalid_grant"`) {
		t.Errorf("%d %s", status, body)
	}
	return body
}

// roundTrip sends a request, and returns the status and the body of its answer.
func roundTrip(t *testing.T, r *http.Request) (status int, body string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// TestIDTokenSaysWhetherTheAddressIsVerified follows a person who verifies the address.
func TestIDTokenSaysWhetherTheAddressIsVerified(t *testing.T) {
	p := startPost(t, "EMAIL_VERIFICATION=optional", "OAUTH=on")
	app := p.Application(t, nil)
	p.Register(t, harness.AdaEmail, harness.AdaPassword)
	link := p.mail(t, harness.AdaEmail)
	says := func() string {
		code := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword).Code(t, app.AuthorizeURL(p.URL, "openid email"), harness.Callback)
		r, err := p.Redeem(t.Context(), app, code)
		tokens := r.Must(t, err)
		claims, err := base64.RawURLEncoding.DecodeString(strings.Split(tokens.IDToken, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		info, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/oauth/userinfo", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		info.Header.Set("Authorization", "Bearer "+tokens.Access)
		_, body := roundTrip(t, info)
		return string(claims) + body
	}
	if got := says(); strings.Count(got, `"email_verified":false`) != 2 {
		t.Errorf("before: %s", got)
	}
	p.Ask(t, "", verifyEmail, harness.Vars{"input": harness.Vars{"proof": link.Proof(), "password": harness.AdaPassword}}).Must(t)
	if got := says(); strings.Count(got, `"email_verified":true`) != 2 {
		t.Errorf("after: %s", got)
	}
}

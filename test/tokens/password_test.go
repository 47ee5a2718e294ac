package tokens_test

import (
	"net/url"
	"testing"

	"gatehouse/test/harness"
)

func passwordForm(email, password string, more ...string) url.Values {
	return with(form("grant_type", "password", "username", email, "password", password), more...)
}

// TestPassword: the form of tools that know an address and a password only logs a person in, as the mutation
// login does; with a client it lets that act for the person.
func TestPassword(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "OAUTH_PASSWORD_GRANT=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, harness.Vars{"grants": []string{"PASSWORD", "REFRESH_TOKEN"}, "redirectUris": []string{}})
	without := s.Application(t, nil)
	basic := [2]string{app.ID, app.Secret}

	own := send(t, s.URL, request{path: "/token", form: passwordForm(harness.AdaEmail, harness.AdaPassword)}).want(t, 200, "")
	if own.IDToken != "" || own.TokenType != "Bearer" {
		t.Errorf("answer %s", own.Body)
	}
	if r := s.Ask(t, own.Access, `{ me { id sessions { id } } viewer { clientId delegated roles } }`, nil).Must(t); r.Text("me.id") != ada.UserID || r.At("viewer.clientId") != nil {
		t.Errorf("a person's own session: %s", r.Body)
	}
	s.Refresh(t, own.Refresh) // at the door of its kind
	send(t, s.URL, request{form: refreshing(own.Refresh), basic: basic}).want(t, 400, "invalid_grant")

	a := send(t, s.URL, request{form: passwordForm(harness.AdaEmail, harness.AdaPassword, "scope", "openid offline_access read:users"), basic: basic}).want(t, 200, "")
	if a.Scope != "offline_access openid" || a.IDToken == "" || a.Refresh == "" {
		t.Errorf("answer %s", a.Body)
	}
	s.Ask(t, a.Access, `{ me { sessions { id } } }`, nil).WantReason(t, "FORBIDDEN", "not_delegable")
	send(t, s.URL, request{form: refreshing(a.Refresh), basic: basic}).want(t, 200, "")
	if a := send(t, s.URL, request{form: passwordForm(harness.AdaEmail, harness.AdaPassword), basic: basic}).want(t, 200, ""); a.Refresh != "" || a.Scope != "email openid profile" {
		t.Errorf("without a scope: %s", a.Body)
	}

	for name, tt := range map[string]struct {
		r      request
		status int
		code   string
	}{
		"a wrong password":            {request{form: passwordForm(harness.AdaEmail, "x")}, 400, "invalid_grant"},
		"an unknown address":          {request{form: passwordForm("no@example.com", harness.AdaPassword)}, 400, "invalid_grant"},
		"not an address":              {request{form: passwordForm("ada", harness.AdaPassword)}, 400, "invalid_grant"},
		"no password":                 {request{form: passwordForm(harness.AdaEmail, "")}, 400, "invalid_request"},
		"no address":                  {request{form: passwordForm("", harness.AdaPassword)}, 400, "invalid_request"},
		"no grant_type":               {request{form: with(passwordForm(harness.AdaEmail, harness.AdaPassword), "grant_type", "")}, 401, "invalid_client"},
		"a scope that roles lack":     {request{form: passwordForm(harness.AdaEmail, harness.AdaPassword, "scope", "read:users")}, 400, "invalid_scope"},
		"another resource":            {request{form: passwordForm(harness.AdaEmail, harness.AdaPassword, "resource", "https://x.example")}, 400, "invalid_target"},
		"a client without this grant": {request{form: passwordForm(harness.AdaEmail, harness.AdaPassword), basic: [2]string{without.ID, without.Secret}}, 400, "unauthorized_client"},
		"a wrong secret":              {request{form: passwordForm(harness.AdaEmail, harness.AdaPassword), basic: [2]string{app.ID, "x"}}, 401, "invalid_client"},
		"a client that is unknown":    {request{form: passwordForm(harness.AdaEmail, harness.AdaPassword, "client_id", "x")}, 401, "invalid_client"},
		"a client's wrong password":   {request{form: passwordForm(harness.AdaEmail, "x"), basic: basic}, 400, "invalid_grant"},
		"a scope the client lacks":    {request{form: passwordForm(harness.AdaEmail, harness.AdaPassword, "scope", "write:users"), basic: basic}, 400, "invalid_scope"},
	} {
		if a := send(t, s.URL, tt.r); a.Status != tt.status || a.Error != tt.code {
			t.Errorf("%s: %d %s, want %d %s", name, a.Status, a.Body, tt.status, tt.code)
		}
	}
}

// TestPasswordOff: without the setting no password is looked at.
func TestPasswordOff(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	send(t, s.URL, request{form: passwordForm(harness.AdaEmail, harness.AdaPassword)}).want(t, 400, "unsupported_grant_type")
}

// TestPasswordsAreGuessedSlowly: failures here and at the mutation login count together, and so does its
// rate limit.
func TestPasswordsAreGuessedSlowly(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "OAUTH_PASSWORD_GRANT=on", "RATE_LIMITS=on", "PASSWORD_HASHER=bcrypt")
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	wrong := request{form: passwordForm(harness.AdaEmail, "x")}
	limited := false
	for range 40 {
		a := send(t, s.URL, wrong)
		if a.Status == 429 {
			limited = a.Error == "temporarily_unavailable" && a.Header.Get("Retry-After") != ""
			break
		}
		a.want(t, 400, "invalid_grant")
	}
	if !limited {
		t.Fatal("passwords may be guessed without an end")
	}
	s.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Want(t, "RATE_LIMITED")
	send(t, s.URL, request{form: passwordForm(harness.AdaEmail, harness.AdaPassword)}).want(t, 429, "temporarily_unavailable")
}

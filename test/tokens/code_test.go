package tokens_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// exchange is the form that exchanges a code.
func exchange(code string) url.Values {
	return form("grant_type", "authorization_code", "code", code, "redirect_uri", harness.Callback, "code_verifier", verifier)
}

// TestCode: a code is exchanged for tokens once, in whichever way the client authenticates, and
// whatever else the request has.
func TestCode(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, nil)
	public := s.Application(t, harness.Vars{"kind": "PUBLIC"})
	all := []string{"openid", "profile", "email", "offline_access"}
	for name, tt := range map[string]struct {
		app harness.Application
		r   func(f url.Values) request
	}{
		"basic": {app, func(f url.Values) request { return request{form: f, basic: [2]string{app.ID, app.Secret}} }},
		"basic, encoded": {app, func(f url.Values) request {
			return request{form: f, basic: [2]string{encoded(app.ID), encoded(app.Secret)}}
		}},
		"basic and the same client_id": {app, func(f url.Values) request {
			return request{form: with(f, "client_id", app.ID), basic: [2]string{app.ID, app.Secret}}
		}},
		"form": {app, func(f url.Values) request {
			return request{form: with(f, "client_id", app.ID, "client_secret", app.Secret)}
		}},
		"at /token": {app, func(f url.Values) request {
			return request{path: "/token", form: with(f, "client_id", app.ID, "client_secret", app.Secret)}
		}},
		"public":                           {public, func(f url.Values) request { return request{form: with(f, "client_id", public.ID)} }},
		"public, basic without a password": {public, func(f url.Values) request { return request{form: f, basic: [2]string{public.ID, ""}} }},
		"parameters that no one knows": {public, func(f url.Values) request {
			return request{form: with(f, "client_id", public.ID, "audience", "x", "foo", "bar")}
		}},
		"empty parameters": {public, func(f url.Values) request {
			f = with(f, "client_id", public.ID)
			f["client_secret"], f["scope"], f["client_assertion"] = []string{""}, []string{""}, []string{""}
			return request{form: f}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			text := issue(t, s, consent{app: tt.app, userID: ada.UserID, scopes: all, nonce: "n-0S6"})
			a := send(t, s.URL, tt.r(exchange(text))).want(t, http.StatusOK, "")
			if a.TokenType != "Bearer" || a.ExpiresIn != 900 || a.Scope != "email offline_access openid profile" || a.Refresh == "" {
				t.Errorf("answer %s", a.Body)
			}
			if r := s.Ask(t, a.Access, `{ me { id email } viewer { scopes roles } }`, nil).Must(t); r.Text("me.id") != ada.UserID {
				t.Errorf("me: %s", r.Body)
			}
			send(t, s.URL, tt.r(exchange(text))).want(t, http.StatusBadRequest, "invalid_grant")
			s.Ask(t, a.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
		})
	}
}

// encoded encodes as strictly as any client does.
func encoded(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteByte('%')
		b.WriteByte("0123456789ABCDEF"[c>>4])
		b.WriteByte("0123456789ABCDEF"[c&15])
	}
	return b.String()
}

// TestCodeRefused: a code is refused unless everything about it is right. Its own client uses it up
// with a wrong request, another client or one that fails to authenticate does not.
func TestCodeRefused(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app, other := s.Application(t, nil), s.Application(t, nil)
	plain := s.Application(t, harness.Vars{"pkce": false})
	machine := s.Application(t, harness.Vars{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "scopes": []string{}})
	id, secret := app.ID, app.Secret
	tests := []struct {
		name   string
		change []string // of the form
		basic  [2]string
		status int
		code   string
		after  int // the status of the right request afterwards
	}{
		{"no verifier", []string{"code_verifier", ""}, [2]string{id, secret}, 400, "invalid_grant", 400},
		{"another verifier", []string{"code_verifier", strings.Repeat("a", 43)}, [2]string{id, secret}, 400, "invalid_grant", 400},
		{"a short verifier", []string{"code_verifier", "a"}, [2]string{id, secret}, 400, "invalid_grant", 400},
		{"the challenge as the verifier", []string{"code_verifier", challenge}, [2]string{id, secret}, 400, "invalid_grant", 400},
		{"another redirect_uri", []string{"redirect_uri", harness.Callback + "/"}, [2]string{id, secret}, 400, "invalid_grant", 400},
		{"no redirect_uri", []string{"redirect_uri", ""}, [2]string{id, secret}, 400, "invalid_grant", 400},
		{"no code", []string{"code", ""}, [2]string{id, secret}, 400, "invalid_request", 200},
		{"no grant_type", []string{"grant_type", ""}, [2]string{id, secret}, 400, "invalid_request", 200},
		{"another grant_type", []string{"grant_type", "implicit"}, [2]string{id, secret}, 400, "unsupported_grant_type", 200},
		{"another grant_type, in other letters", []string{"grant_type", "Authorization_Code"}, [2]string{id, secret}, 400, "unsupported_grant_type", 200},
		{"a wrong secret", nil, [2]string{id, secret + "x"}, 401, "invalid_client", 200},
		{"no secret", []string{"client_id", id}, [2]string{}, 401, "invalid_client", 200},
		{"an empty secret", nil, [2]string{id, ""}, 401, "invalid_client", 200},
		{"no client", nil, [2]string{}, 401, "invalid_client", 200},
		{"an unknown client", nil, [2]string{"0199f0a2-0000-7000-8000-000000000002", secret}, 401, "invalid_client", 200},
		{"the secret twice", []string{"client_secret", secret}, [2]string{id, secret}, 400, "invalid_request", 200},
		{"two clients", []string{"client_id", other.ID}, [2]string{id, secret}, 400, "invalid_request", 200},
		{"another client", nil, [2]string{other.ID, other.Secret}, 400, "invalid_grant", 200},
		{"a client without this grant", nil, [2]string{machine.ID, machine.Secret}, 400, "unauthorized_client", 200},
		{"a resource that is unknown", []string{"resource", "https://other.example"}, [2]string{id, secret}, 400, "invalid_target", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := issue(t, s, consent{app: app, userID: ada.UserID, scopes: []string{"openid"}})
			right := exchange(text)
			a := send(t, s.URL, request{form: with(right, tt.change...), basic: tt.basic}).want(t, tt.status, tt.code)
			if challenged := a.Header.Get("WWW-Authenticate") != ""; challenged != (tt.status == 401 && tt.basic[0] != "") {
				t.Errorf("WWW-Authenticate: %q", a.Header.Get("WWW-Authenticate"))
			}
			if strings.Contains(a.Body, text) || a.Description == "" {
				t.Errorf("answer %s", a.Body)
			}
			if a := send(t, s.URL, request{form: right, basic: [2]string{id, secret}}); a.Status != tt.after {
				t.Errorf("afterwards, the right request: %d %s, want %d", a.Status, a.Body, tt.after)
			}
		})
	}
	t.Run("a verifier without a challenge", func(t *testing.T) {
		c := consent{app: plain, userID: ada.UserID, scopes: []string{"openid"}, nonce: "n", plain: true}
		basic := [2]string{plain.ID, plain.Secret}
		send(t, s.URL, request{form: exchange(issue(t, s, c)), basic: basic}).want(t, 400, "invalid_grant")
		send(t, s.URL, request{form: with(exchange(issue(t, s, c)), "code_verifier", ""), basic: basic}).want(t, 200, "")
	})
}

// TestCodeOfWhatEnded: a code does not outlive the consent, the account's password or the client that
// it was made with.
func TestCodeOfWhatEnded(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	for i, tt := range []struct {
		name string
		end  func(t *testing.T, ada harness.Session, app harness.Application)
		code string
	}{
		{"nothing", func(*testing.T, harness.Session, harness.Application) {}, ""},
		{"the consent", func(t *testing.T, ada harness.Session, app harness.Application) {
			s.Ask(t, ada.Access, `mutation($id: ID!) { revokeGrant(clientId: $id) }`, harness.Vars{"id": app.ID}).Must(t)
		}, "invalid_grant"},
		{"the password", func(t *testing.T, ada harness.Session, _ harness.Application) {
			s.Ask(t, ada.Access, `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }`,
				harness.Vars{"input": harness.Vars{"currentPassword": harness.AdaPassword, "newPassword": "nine-brown-herons-77"}}).Must(t)
		}, "invalid_grant"},
		{"the account", func(t *testing.T, ada harness.Session, _ harness.Application) {
			s.Ask(t, s.Admin(t).Access, `mutation($id: ID!) { disableUser(id: $id) { id } }`, harness.Vars{"id": ada.UserID}).Must(t)
		}, "invalid_grant"},
		{"all sessions", func(t *testing.T, ada harness.Session, _ harness.Application) {
			s.Ask(t, s.Admin(t).Access, `mutation($id: ID!) { revokeAllSessions(userId: $id) }`, harness.Vars{"id": ada.UserID}).Must(t)
		}, "invalid_grant"},
		{"the client", func(t *testing.T, _ harness.Session, app harness.Application) {
			s.Ask(t, s.Admin(t).Access, `mutation($id: ID!) { disableClient(id: $id) { id } }`, harness.Vars{"id": app.ID}).Must(t)
		}, "invalid_client"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ada := s.Register(t, string(rune('a'+i))+harness.AdaEmail, harness.AdaPassword)
			app := s.Application(t, nil)
			text := issue(t, s, consent{app: app, userID: ada.UserID, scopes: []string{"openid"}})
			tt.end(t, ada, app)
			a := send(t, s.URL, request{form: exchange(text), basic: [2]string{app.ID, app.Secret}})
			if a.Error != tt.code {
				t.Errorf("answer %d %s, want %q", a.Status, a.Body, tt.code)
			}
		})
	}
}

// TestApplicationsSessions: a client has at most twenty sessions of a person, and ends none of the
// person's own.
func TestApplicationsSessions(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "SESSIONS_PER_USER=2")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app, other := s.Application(t, nil), s.Application(t, nil)
	open := func(app harness.Application) string {
		text := issue(t, s, consent{app: app, userID: ada.UserID, scopes: []string{"openid"}})
		return send(t, s.URL, request{form: exchange(text), basic: [2]string{app.ID, app.Secret}}).want(t, 200, "").Access
	}
	ofOther := open(other)
	var all []string
	for range 22 {
		all = append(all, open(app))
	}
	var living []int
	for i, access := range all {
		if s.Ask(t, access, `{ me { id } }`, nil).Code() == "" {
			living = append(living, i)
		}
	}
	if len(living) != 20 || !slices.Contains(living, 21) || slices.Contains(living, 0) {
		t.Errorf("%d sessions live: %v", len(living), living)
	}
	s.WantAlive(t, "the person", ada)
	s.Ask(t, ofOther, `{ me { id } }`, nil).Must(t)
}

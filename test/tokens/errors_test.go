package tokens_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// endpoints are those that take forms.
var endpoints = []string{"/oauth/token", "/token", "/oauth/revoke", "/oauth/introspect", "/oauth/par"}

// TestOff: without OAUTH=on there is none of it, and the metadata of before.
func TestOff(t *testing.T) {
	s := harness.Start(t)
	for _, path := range append([]string{
		"/oauth/authorize", "/oauth/login", "/oauth/consent", "/oauth/logout", "/oauth/userinfo", "/oauth/pages.css",
		"/.well-known/openid-configuration", "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/graphql",
	}, endpoints...) {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			if a, err := do(r); err != nil || a.Status != http.StatusNotFound {
				t.Errorf("%s %s: %d, %v", method, path, a.Status, err)
			}
		}
	}
	if status := s.Status(t, "/.well-known/oauth-authorization-server"); status != http.StatusOK {
		t.Errorf("the metadata for verifiers: %d", status)
	}
	if r := s.Ask(t, "x", `{ me { id } }`, nil); r.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
		t.Errorf("challenge %q", r.Header.Get("WWW-Authenticate"))
	}
}

// TestBadRequests: what is not a form of a client gets an error of RFC 6749 as JSON, whatever the endpoint,
// and nothing of it comes back.
func TestBadRequests(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	app := s.Application(t, nil)
	const probe = "pr0be"
	raw := func(method, media, body string) func(string) (*http.Request, error) {
		return func(path string) (*http.Request, error) {
			r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
			if err == nil && media != "" {
				r.Header.Set("Content-Type", media)
			}
			return r, err
		}
	}
	const media = "application/x-www-form-urlencoded"
	client := "client_id=" + app.ID + "&client_secret=" + app.Secret
	tests := []struct {
		name   string
		make   func(path string) (*http.Request, error)
		status int
		code   string
	}{
		{"GET", raw(http.MethodGet, "", ""), 405, "invalid_request"},
		{"PUT", raw(http.MethodPut, media, client), 405, "invalid_request"},
		{"DELETE", raw(http.MethodDelete, media, client), 405, "invalid_request"},
		{"JSON", raw(http.MethodPost, "application/json", `{"grant_type":"`+probe+`"}`), 415, "invalid_request"},
		{"multipart", raw(http.MethodPost, "multipart/form-data; boundary=x", "--x--"), 415, "invalid_request"},
		{"text", raw(http.MethodPost, "text/plain", client), 415, "invalid_request"},
		{"no media type", raw(http.MethodPost, "", client), 415, "invalid_request"},
		{"100 KB of scope", raw(http.MethodPost, media, client+"&scope="+strings.Repeat(probe, 20_000)), 413, "invalid_request"},
		{"a broken escape", raw(http.MethodPost, media, client+"&scope=%zz"+probe), 400, "invalid_request"},
		{"a semicolon", raw(http.MethodPost, media, client+";scope="+probe), 400, "invalid_request"},
		{"NUL", raw(http.MethodPost, media, client+"&scope=%00"+probe), 400, "invalid_request"},
		{"NUL in a name", raw(http.MethodPost, media, client+"&sc%00ope="+probe), 400, "invalid_request"},
		{"not UTF-8", raw(http.MethodPost, media, client+"&scope=%ff"+probe), 400, "invalid_request"},
		{"nothing", raw(http.MethodPost, media, ""), 401, "invalid_client"},
		{"the client in the URL", func(path string) (*http.Request, error) { return raw(http.MethodPost, media, "")(path + "?" + client) }, 401, "invalid_client"},
		{"a charset", raw(http.MethodPost, media+"; charset=UTF-8", "client_id="+probe), 401, "invalid_client"},
	}
	for _, path := range endpoints {
		for _, tt := range tests {
			r, err := tt.make(path)
			if err != nil {
				t.Fatal(err)
			}
			a, err := do(r)
			if err != nil || a.Status != tt.status || a.Error != tt.code || a.Description == "" || strings.Contains(a.Body, probe) {
				t.Errorf("%s, %s: %d %s, %v; want %d %s", path, tt.name, a.Status, a.Body, err, tt.status, tt.code)
			}
			if media := a.Header.Get("Content-Type"); media != "application/json" {
				t.Errorf("%s, %s: Content-Type %q", path, tt.name, media)
			}
			if allow := a.Header.Get("Allow"); (allow != "") != (tt.status == 405) {
				t.Errorf("%s, %s: Allow %q", path, tt.name, allow)
			}
		}
	}
	if log := s.Log.String(); strings.Contains(log, probe) || strings.Contains(log, app.Secret) {
		t.Errorf("the log repeats what was sent: %s", log)
	}
}

// TestRepeatedParameters: a parameter that comes twice is refused, except for resource, also if both are
// the same, and before the client is looked at.
func TestRepeatedParameters(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "OAUTH_PASSWORD_GRANT=on")
	app := s.Application(t, nil)
	for _, path := range endpoints {
		for _, name := range []string{
			"grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret", "client_assertion",
			"client_assertion_type", "username", "password", "token", "token_type_hint", "state", "nonce", "request_uri", "foo",
		} {
			for _, values := range [][]string{{"a", "a"}, {"a", "b"}, {"", ""}, {"a", ""}} {
				f := form("client_id", app.ID, "client_secret", app.Secret, "grant_type", "client_credentials", "token", "x")
				f[name] = values
				if a := send(t, s.URL, request{path: path, form: f}); a.Status != 400 || a.Error != "invalid_request" || !strings.Contains(a.Description, "more than once") {
					t.Errorf("%s, %s=%q: %d %s", path, name, values, a.Status, a.Body)
				}
			}
		}
	}
	two := url.Values{"resource": {"http://localhost:8080", "https://other.example"}, "grant_type": {"client_credentials"}}
	machine, _ := machine(t, s, []string{})
	send(t, s.URL, request{form: two, basic: [2]string{machine.ID, machine.Secret}}).want(t, 400, "invalid_target")
}

// TestBasic: a header Authorization that is not one Basic credential is refused, and answered with the
// challenge.
func TestBasic(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	app, _ := machine(t, s, []string{})
	f := form("grant_type", "client_credentials")
	good := http.Request{Header: http.Header{}}
	good.SetBasicAuth(app.ID, app.Secret)
	right := good.Header.Get("Authorization")
	for name, tt := range map[string]struct {
		values []string
		status int
	}{
		"right":                {[]string{right}, 200},
		"in small letters":     {[]string{"basic" + right[5:]}, 200},
		"twice":                {[]string{right, right}, 401},
		"Bearer":               {[]string{"Bearer x"}, 401},
		"empty":                {[]string{""}, 401},
		"no credential":        {[]string{"Basic"}, 401},
		"not base64":           {[]string{"Basic !"}, 401},
		"no colon":             {[]string{"Basic YQ=="}, 401},
		"a broken escape":      {[]string{"Basic JTp4"}, 401},
		"NUL":                  {[]string{"Basic AGE6Yg=="}, 401},
		"a percent, unescaped": {[]string{"Basic YTolJQ=="}, 401},
	} {
		a := send(t, s.URL, request{form: f, header: http.Header{"Authorization": tt.values}})
		if a.Status != tt.status || (tt.status == 401) != (a.Error == "invalid_client") {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
		if challenge := a.Header.Get("WWW-Authenticate"); strings.HasPrefix(challenge, "Basic ") != (tt.status == 401) && name != "empty" {
			t.Errorf("%s: challenge %q", name, challenge)
		}
	}
}

// TestAnyOrigin: pages of any site may use the endpoints, without cookies, and read what they are told. A
// preflight has the headers that clients of OAuth send.
func TestAnyOrigin(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	for _, path := range append([]string{"/oauth/userinfo"}, endpoints...) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "https://app.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "authorization,dpop,mcp-protocol-version")
		a, err := do(r)
		if err != nil || a.Status != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != "*" ||
			a.Header.Get("Access-Control-Allow-Headers") != "authorization,dpop,mcp-protocol-version" ||
			a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: preflight %d %v, %v", path, a.Status, a.Header, err)
		}
		header := http.Header{"Origin": {"https://app.example"}}
		a = send(t, s.URL, request{path: path, form: form("client_id", "x"), header: header})
		if a.Status != 401 || a.Header.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.Contains(a.Header.Get("Access-Control-Expose-Headers"), "Www-Authenticate") {
			t.Errorf("%s: %d %v", path, a.Status, a.Header)
		}
	}
	for _, path := range []string{
		"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/.well-known/oauth-protected-resource",
		"/.well-known/oauth-protected-resource/graphql", "/.well-known/jwks.json",
	} {
		if h := header(t, s.URL+path); h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if h := header(t, s.URL+"/oauth/authorize"); h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("the page for browsers: %v", h)
	}
}

// header returns the header of the answer to a page of another site.
func header(t *testing.T, url string) http.Header {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://app.example")
	a, err := do(r)
	if err != nil {
		t.Fatal(err)
	}
	return a.Header
}

// TestChallenge: each 401 of the API says where its metadata is, also to pages of other sites.
func TestChallenge(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "PUBLIC_URL=https://id.example.com/auth", "CORS_ORIGINS=https://app.example.com")
	r := s.Send(t, http.Header{"Authorization": {"Bearer x"}, "Origin": {"https://app.example.com"}}, `{ me { id } }`, nil)
	want := `Bearer error="invalid_token", resource_metadata="https://id.example.com/auth/.well-known/oauth-protected-resource"`
	if r.Status != 401 || r.Header.Get("WWW-Authenticate") != want || !strings.Contains(r.Header.Get("Access-Control-Expose-Headers"), "Www-Authenticate") {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	for _, path := range []string{"", "/graphql", "/auth", "/auth/graphql"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/.well-known/oauth-protected-resource"+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		a, err := do(r)
		want := `{"resource":"https://id.example.com/auth","authorization_servers":["https://id.example.com/auth"],` +
			`"jwks_uri":"https://id.example.com/auth/.well-known/jwks.json","scopes_supported":["openid","profile","email"],"bearer_methods_supported":["header"]}`
		if err != nil || a.Body != want {
			t.Errorf("%s: %d %s, %v", path, a.Status, a.Body, err)
		}
	}
	if status := s.Status(t, "/.well-known/oauth-protected-resource/other"); status != 404 {
		t.Errorf("another resource: %d", status)
	}
}

// TestMetadata: both documents are one, at every place where a client looks, with the issuer byte for byte,
// and list what is on.
func TestMetadata(t *testing.T) {
	for issuer, paths := range map[string][]string{
		"https://id.example.com": {"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"},
		"https://id.example.com/auth": {
			"/.well-known/openid-configuration", "/.well-known/openid-configuration/auth", "/auth/.well-known/openid-configuration",
			"/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/auth",
		},
	} {
		for _, password := range []string{"off", "on"} {
			s := harness.Start(t, "OAUTH=on", "PUBLIC_URL="+issuer, "OAUTH_PASSWORD_GRANT="+password)
			more := ""
			if password == "on" {
				more = `,"password"`
			}
			for _, path := range paths {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				a, err := do(r)
				if err != nil || a.Status != 200 || a.Header.Get("Cache-Control") != "public, max-age=300" {
					t.Fatalf("%s: %d %v, %v", path, a.Status, a.Header, err)
				}
				for _, part := range []string{
					`"issuer":%q`, `"authorization_endpoint":"%s/oauth/authorize"`, `"token_endpoint":"%s/oauth/token"`,
					`"pushed_authorization_request_endpoint":"%s/oauth/par"`, `"revocation_endpoint":"%s/oauth/revoke"`,
					`"introspection_endpoint":"%s/oauth/introspect"`, `"userinfo_endpoint":"%s/oauth/userinfo"`,
					`"end_session_endpoint":"%s/oauth/logout"`, `"jwks_uri":"%s/.well-known/jwks.json"`,
				} {
					if want := fmt.Sprintf(part, issuer); !strings.Contains(a.Body, want) {
						t.Errorf("%s lacks %s", a.Body, want)
					}
				}
				for _, want := range []string{
					`"grant_types_supported":["authorization_code","refresh_token","client_credentials"` + more + `]`,
					`"response_types_supported":["code"]`, `"response_modes_supported":["query"]`, `"subject_types_supported":["public"]`,
					`"id_token_signing_alg_values_supported":["RS256","ES256","EdDSA"]`, `"code_challenge_methods_supported":["S256"]`,
					`"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","private_key_jwt","none"]`,
					`"token_endpoint_auth_signing_alg_values_supported":["EdDSA","Ed25519","ES256","RS256","PS256"]`,
					`"authorization_response_iss_parameter_supported":true`, `"request_parameter_supported":false`,
					`"request_uri_parameter_supported":false`, `"claims_parameter_supported":false`, `"require_pushed_authorization_requests":false`,
					`"prompt_values_supported":["none","login","consent","select_account"]`, `"ui_locales_supported":["en"`,
					`"scopes_supported":["openid","profile","email","roles","offline_access","`, `"read:users"`,
				} {
					if !strings.Contains(a.Body, want) {
						t.Errorf("%s lacks %s", a.Body, want)
					}
				}
			}
		}
	}
}

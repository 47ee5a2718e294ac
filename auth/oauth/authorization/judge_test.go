package authorization

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestBegin judges requests of a browser without a session: a good one leads to
// the page for logging in.
func TestBegin(t *testing.T) {
	long := strings.Repeat("s", maxState)
	tests := []struct {
		name string
		form url.Values
		want string
	}{
		{"no client", asking("client_id", ""), "page unknown_client"},
		{"unknown client", asking("client_id", "unknown"), "page unknown_client"},
		{"disabled client", asking("client_id", "disabled"), "page unknown_client"},
		{"two clients", twice(asking(), "client_id", "app"), "page unknown_client"},
		{"no redirect URI", asking("redirect_uri", ""), "page bad_redirect"},
		{"two redirect URIs", twice(asking(), "redirect_uri", callback), "page bad_redirect"},
		{"another redirect URI", asking("redirect_uri", "https://evil.example.com/callback"), "page bad_redirect"},
		{"a longer redirect URI", asking("redirect_uri", callback+"/"), "page bad_redirect"},
		{"a redirect URI with a query", asking("redirect_uri", callback+"?x=y"), "page bad_redirect"},
		{"a redirect URI with a fragment", asking("redirect_uri", callback+"#x"), "page bad_redirect"},
		{"a redirect URI with a user", asking("redirect_uri", "https://app.example.com@evil.example.com/callback"), "page bad_redirect"},
		{"a redirect URI with a line break", asking("redirect_uri", callback+"\n"), "page bad_redirect"},
		{"a redirect URI in capitals", asking("redirect_uri", strings.ToUpper(callback)), "page bad_redirect"},
		{"a redirect URI in escapes", asking("redirect_uri", "https://app.example.com/%63allback"), "page bad_redirect"},
		{"http for https", asking("redirect_uri", "http://app.example.com/callback"), "page bad_redirect"},

		{"no response type", asking("response_type", ""), "invalid_request"},
		{"implicit", asking("response_type", "token"), "unsupported_response_type"},
		{"hybrid", asking("response_type", "code id_token"), "unsupported_response_type"},
		{"another response mode", asking("response_mode", "form_post"), "invalid_request"},
		{"a code in the fragment", asking("response_mode", "fragment"), "invalid_request"},
		{"a request object", asking("request", "eyJ"), "request_not_supported"},
		{"another's request_uri", asking("request_uri", "https://app.example.com/request"), "request_uri_not_supported"},
		{"not pushed", asking("client_id", "pushing"), "invalid_request"},
		{"no code grant", asking("client_id", "service"), "unauthorized_client"},
		{"too long a state", asking("state", long+"s"), "invalid_request"},
		{"two states", twice(asking(), "state", "xyz"), "invalid_request"},
		{"two scopes", twice(asking(), "scope", "openid"), "invalid_request"},
		{"two nonces", twice(asking("nonce", "a"), "nonce", "a"), "invalid_request"},
		{"two prompts", twice(asking("prompt", "login"), "prompt", "login"), "invalid_request"},
		{"two hints", twice(asking("login_hint", "a"), "login_hint", "b"), "invalid_request"},
		{"two challenges", twice(asking(), "code_challenge", challenge), "invalid_request"},

		{"no PKCE", asking("code_challenge", "", "code_challenge_method", ""), "invalid_request"},
		{"a method alone", asking("code_challenge", ""), "invalid_request"},
		{"plain", asking("code_challenge_method", "plain"), "invalid_request"},
		{"no method, which is plain", asking("code_challenge_method", ""), "invalid_request"},
		{"a short challenge", asking("code_challenge", challenge[:42]), "invalid_request"},
		{"a padded challenge", asking("code_challenge", challenge[:42]+"="), "invalid_request"},
		{"a long challenge", asking("code_challenge", challenge+"A"), "invalid_request"},
		{"a nonce for a public client", asking("code_challenge", "", "code_challenge_method", "", "nonce", "n"), "invalid_request"},
		{"neither PKCE nor nonce", asking("client_id", "nonce", "code_challenge", "", "code_challenge_method", ""), "invalid_request"},
		{"a nonce without openid", asking("client_id", "nonce", "code_challenge", "", "code_challenge_method", "", "nonce", "n", "scope", "email"), "invalid_request"},

		{"no scope that it may have", asking("scope", "write:everything"), "invalid_scope"},
		{"a quote in a scope", asking("scope", `openid "`), "invalid_scope"},
		{"a tab between scopes", asking("scope", "openid\temail"), "invalid_scope"},
		{"100 KB of scope", asking("scope", strings.Repeat("a", 100<<10)), "invalid_scope"},
		{"many scopes", asking("scope", strings.Repeat("a b ", 50<<10)), "invalid_scope"},
		{"offline alone without refresh tokens", asking("client_id", "online", "scope", "offline_access"), "invalid_scope"},
		{"an unknown resource", asking("resource", "https://other.example.com"), "invalid_target"},
		{"a resource with a fragment", asking("resource", notesURI+"#x"), "invalid_target"},
		{"another path", asking("resource", notesURI+"/mcp"), "invalid_target"},
		{"a known and an unknown resource", twice(asking("resource", notesURI), "resource", "x"), "invalid_target"},

		{"an unknown prompt", asking("prompt", "create"), "invalid_request"},
		{"none and login", asking("prompt", "none login"), "invalid_request"},
		{"max_age in words", asking("max_age", "x"), "invalid_request"},
		{"max_age below zero", asking("max_age", "-1"), "invalid_request"},
		{"a long nonce", asking("nonce", strings.Repeat("n", maxNonce+1)), "invalid_request"},
		{"a nonce with NUL", asking("nonce", "a\x00"), "invalid_request"},
		{"not UTF-8", asking("nonce", "\xff"), "invalid_request"},

		{"no one may be asked", asking("prompt", "none"), "login_required"},
		{"a hint of another client, and no one may be asked", asking("prompt", "none", "id_token_hint", "another's"), "login_required"},
		{"an unreadable hint, and no one may be asked", asking("prompt", "none", "id_token_hint", "eyJ"), "login_required"},

		{"good", asking(), "login"},
		{"no state", asking("state", ""), "login"},
		{"the longest state", asking("state", long), "login"},
		{"response_mode=query", asking("response_mode", "query"), "login"},
		{"a registered query", asking("redirect_uri", callback+"?a=b"), "login"},
		{"a loopback port", asking("client_id", "program", "redirect_uri", "http://127.0.0.1:49152/callback"), "login"},
		{"the other loopback host", asking("client_id", "program", "redirect_uri", "http://localhost:49152/callback"), "page bad_redirect"},
		{"a nonce for PKCE", asking("client_id", "nonce", "code_challenge", "", "code_challenge_method", "", "nonce", "n"), "login"},
		{"no scope", asking("scope", ""), "login"},
		{"an unknown scope among others", asking("scope", "openid write:everything"), "login"},
		{"a resource", asking("resource", notesURI), "login"},
		{"a resource with a slash", asking("resource", notesURI+"/"), "login"},
		{"two resources", twice(asking("resource", notesURI), "resource", audience), "login"},
		{"unknown parameters", asking("foo", "bar", "acr_values", "1 2", "display", "popup", "claims", "{}", "claims_locales", "de"), "login"},
		{"an unknown parameter twice", twice(asking("foo", "bar"), "foo", "bar"), "login"},
		{"max_age of ages", asking("max_age", "99999999999999999999999"), "login"},
		{"a hint", asking("id_token_hint", "ada's", "login_hint", "ada@example.com", "ui_locales", "de fr"), "login"},
		{"an unreadable hint", asking("id_token_hint", "eyJ"), "login"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			step, got := f.begin(tt.form)
			if got != tt.want {
				t.Fatalf("outcome = %s, want %s", got, tt.want)
			}
			if stored := len(f.store.requests) > 0; stored != (got == "login" || tt.form.Get("prompt") == "none" && tt.form.Get("id_token_hint") == "") {
				t.Errorf("stored: %t", stored)
			}
			if step != nil && step.Response != nil {
				checkReflected(t, step.Response, tt.form)
			}
		})
	}
}

// checkReflected fails if an answer repeats more of the request than its state, or goes
// elsewhere.
func checkReflected(t *testing.T, r *Response, form url.Values) {
	t.Helper()
	to, err := url.Parse(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.URL(), form.Get("redirect_uri")) {
		t.Errorf("the answer goes to %s", r.URL())
	}
	query := to.Query()
	if r.Fragment {
		query, _ = url.ParseQuery(to.Fragment)
	}
	if query.Get("iss") != issuer {
		t.Errorf("iss = %q", query.Get("iss"))
	}
	want := form.Get("state")
	if len(want) > maxState || len(form["state"]) > 1 {
		want = ""
	}
	if query.Get("state") != want {
		t.Errorf("state = %q, want %q", query.Get("state"), want)
	}
	for name, values := range form {
		for _, value := range values {
			if name != "state" && len(value) > 20 && name != "redirect_uri" && strings.Contains(query.Encode(), url.QueryEscape(value)) && value != issuer {
				t.Errorf("the answer repeats %s", name)
			}
		}
	}
}

// twice returns the parameters with another value of one.
func twice(form url.Values, name, value string) url.Values {
	form.Add(name, value)
	return form
}

// TestImplicitLearnsInTheFragment: an old client looks there (RFC 6749, 4.2.2.1).
func TestImplicitLearnsInTheFragment(t *testing.T) {
	tests := []struct {
		types, mode string
		fragment    bool
	}{
		{"token", "", true},
		{"id_token", "", true},
		{"id_token token", "", true},
		{"code id_token", "", true},
		{"code token", "query", false},
		{"id_token", "fragment", true},
		{"none", "", false},
		{"CODE", "", false},
	}
	for _, tt := range tests {
		step, got := newFixture(t).begin(asking("response_type", tt.types, "response_mode", tt.mode))
		if got != "unsupported_response_type" || step.Response.Fragment != tt.fragment || strings.Contains(step.Response.URL(), "#") != tt.fragment {
			t.Errorf("%q, %q: %s to %s", tt.types, tt.mode, got, step.Response.URL())
		}
	}
}

// TestStateIsEchoed byte for byte.
func TestStateIsEchoed(t *testing.T) {
	for _, state := range []string{"a b+c%20d&e=f#g", "\x00\xff\n", "ä€😀", strings.Repeat("&", maxState)} {
		step, _ := newFixture(t).begin(asking("state", state, "prompt", "none"))
		to, err := url.Parse(step.Response.URL())
		if err != nil || to.Query().Get("state") != state {
			t.Errorf("state %q became %q, %v", state, to.Query().Get("state"), err)
		}
	}
}

// TestRequestHolds: what is stored is what is granted, in the registered form.
func TestRequestHolds(t *testing.T) {
	tests := []struct {
		name              string
		form              url.Values
		scopes, resources []string
	}{
		{"some scopes", asking("scope", "profile openid openid write:everything"), []string{"openid", "profile"}, nil},
		{"none: all but offline_access", asking("scope", ""), []string{"email", "notes:all", "notes:read", "openid", "profile", "read:users"}, nil},
		{"offline_access", asking("scope", "openid offline_access"), []string{"offline_access", "openid"}, nil},
		{"offline_access without refresh tokens", asking("client_id", "online", "scope", "openid offline_access"), []string{"openid"}, nil},
		{"a resource", asking("resource", notesURI+"/"), []string{"email", "openid"}, []string{notesURI}},
		{"a resource twice", twice(asking("resource", notesURI+"/"), "resource", notesURI), []string{"email", "openid"}, []string{notesURI}},
		{"our own", asking("resource", audience+"/"), []string{"email", "openid"}, nil},
		{"both", twice(asking("resource", notesURI), "resource", audience), []string{"email", "openid"}, []string{audience, notesURI}},
		{"no resource", asking("resource", ""), []string{"email", "openid"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			step, got := newFixture(t).begin(tt.form)
			if got != "login" {
				t.Fatal(got)
			}
			if r := step.Request; !slices.Equal(r.Scopes, tt.scopes) || !slices.Equal(r.Resources, tt.resources) || r.Challenge != challenge {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestHintsAreShownOnlyIfPrintable: the page shows login_hint.
func TestHintsAreShownOnlyIfPrintable(t *testing.T) {
	for hint, want := range map[string]string{
		"ada@example.com": "ada@example.com", "<script>": "<script>", "a\nb": "", "\u202eevil": "", strings.Repeat("a", 255): "",
	} {
		step, _ := newFixture(t).begin(asking("login_hint", hint))
		if step.Request.LoginHint != want {
			t.Errorf("%q became %q", hint, step.Request.LoginHint)
		}
	}
}

func TestDescriptionsAreASCII(t *testing.T) {
	for _, form := range []url.Values{asking("response_type", ""), asking("scope", "x"), asking("prompt", "none"), asking("max_age", "x")} {
		step, _ := newFixture(t).begin(form)
		for _, c := range step.Response.Error.Description {
			if c < 0x20 || c > 0x7e || c == '"' || c == '\\' { // RFC 6749, 4.1.2.1
				t.Errorf("%q has %q", step.Response.Error.Description, c)
			}
		}
	}
}

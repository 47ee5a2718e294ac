package tokens_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/test/harness"
)

// signer is a client that authenticates with a key of its own.
type signer struct {
	harness.Application
	key ed25519.PrivateKey
}

// keyed registers a client with a key.
func keyed(t testing.TB, s *harness.Service, input harness.Vars) signer {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := harness.Vars{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(public), "kid": "k"}
	input["jwks"] = harness.Vars{"keys": []harness.Vars{jwk}}
	return signer{s.Application(t, input), private}
}

// assertion makes an assertion with the jti.
func (c signer) assertion(t testing.TB, jti string) string {
	t.Helper()
	payload, err := json.Marshal(map[string]any{
		"iss": c.ID, "sub": c.ID, "aud": "http://localhost:8080", "exp": time.Now().Add(time.Minute).Unix(), "jti": jti,
	})
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"EdDSA","typ":"JWT"}`)) + "." + encode(payload)
	return text + "." + encode(ed25519.Sign(c.key, []byte(text)))
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// TestAssertionOnce: of twenty who send one assertion at once to two replicas, one is the client.
func TestAssertionOnce(t *testing.T) {
	both := replicas(t)
	ada := both[0].Register(t, harness.AdaEmail, harness.AdaPassword)
	app := keyed(t, both[0], harness.Vars{})
	for round := range 5 {
		code := issue(t, both[0], consent{app: app.Application, userID: ada.UserID, scopes: []string{"profile"}})
		f := with(exchange(code), "client_assertion", app.assertion(t, string(rune('a'+round))), "client_assertion_type", assertionType)
		if round == 0 {
			known := with(form("token", "x"), "client_assertion", "", "client_assertion_type", assertionType)
			harness.Eventually(t, "the replica knows the client", func() bool {
				known.Set("client_assertion", app.assertion(t, rand.Text()))
				return send(t, both[1].URL, request{path: "/oauth/revoke", form: known}).Status == 200
			})
		}
		won := 0
		for _, a := range together(t, both, 20, func(int) request { return request{form: f} }) {
			switch {
			case a.Status == 200:
				won++
			case a.Status != 401 || a.Error != "invalid_client":
				t.Errorf("%d %s", a.Status, a.Body)
			}
		}
		if won != 1 {
			t.Errorf("round %d: %d are the client", round, won)
		}
	}
}

// A door is where a credential is presented. It reports whether the credential is accepted there.
type door struct {
	name string
	open func(t *testing.T, credential string) bool
}

// TestKindsDontPassForEachOther presents every kind of credential at every door. Each is accepted at its own
// only.
func TestKindsDontPassForEachOther(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app, robot := s.Application(t, nil), keyed(t, s, harness.Vars{})
	basic := [2]string{app.ID, app.Secret}
	code := func() string {
		return issue(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
	}
	tokens := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
	program, _ := machine(t, s, []string{})
	in := signIn(t, s, ada.UserID)
	cookie, err := s.Server().Deployment().Secrets.IssueSignIn(in.ID, in.Seed)
	if err != nil {
		t.Fatal(err)
	}
	key := s.Ask(t, ada.Access, `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }`, harness.Vars{
		"input": harness.Vars{"name": "k", "scopes": []string{"openid", "profile"}, "currentPassword": harness.AdaPassword},
	}).Must(t).Text("createApiKey.key")
	pushed := send(t, s.URL, request{path: "/oauth/par", basic: basic, form: form("response_type", "code", "redirect_uri", harness.Callback,
		"scope", "openid", "code_challenge", challenge, "code_challenge_method", "S256")}).want(t, http.StatusCreated, "")
	var par struct {
		URI string `json:"request_uri"`
	}
	if err := json.Unmarshal([]byte(pushed.Body), &par); err != nil {
		t.Fatal(err)
	}
	credentials := map[string]string{
		"access token": tokens.Access, "program's access token": send(t, s.URL, credentials(program)).want(t, 200, "").Access,
		"own access token": ada.Access, "ID token": tokens.IDToken, "refresh token": tokens.Refresh, "own refresh token": ada.Refresh,
		"code": code(), "sign-in cookie": cookie, "API key": key, "assertion": robot.assertion(t, "1"), "pushed request": par.URI,
		"client secret": app.Secret,
	}
	bearers := []string{"access token", "program's access token", "own access token", "API key"}
	accepted := map[string][]string{
		"bearer at the API": bearers, "X-API-Key at the API": {"API key"}, "refresh at the API": {"own refresh token"},
		"userinfo": {"access token"}, "refresh_token": {"refresh token"}, "code": {"code"}, "client_assertion": {"assertion"},
		"client_secret": {"client secret"}, "sign-in cookie": {"sign-in cookie"}, "request_uri": {"pushed request"},
	}
	for _, d := range doors(s, app, basic) {
		for name, credential := range credentials {
			want := slices.Contains(accepted[d.name], name)
			if got := d.open(t, credential); got != want {
				t.Errorf("%s as %s: accepted %v, want %v", name, d.name, got, want)
			}
		}
	}
}

// doors are all doors of the service.
func doors(s *harness.Service, app harness.Application, basic [2]string) []door {
	token := func(t *testing.T, r request) bool { return send(t, s.URL, r).Status == 200 }
	return []door{
		{"bearer at the API", func(t *testing.T, c string) bool { return s.Ask(t, c, `{ viewer { id } }`, nil).Code() == "" }},
		{"X-API-Key at the API", func(t *testing.T, c string) bool {
			return s.Send(t, http.Header{"X-Api-Key": {c}}, `{ viewer { id } }`, nil).Code() == ""
		}},
		{"refresh at the API", func(t *testing.T, c string) bool {
			return s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": c}).Code() == ""
		}},
		{"userinfo", func(t *testing.T, c string) bool {
			return token(t, request{path: "/oauth/userinfo", header: http.Header{"Authorization": {"Bearer " + c}}})
		}},
		{"refresh_token", func(t *testing.T, c string) bool { return token(t, request{form: refreshing(c), basic: basic}) }},
		{"client_assertion", func(t *testing.T, c string) bool {
			return token(t, request{path: "/oauth/revoke", form: form("token", "x", "client_assertion", c, "client_assertion_type", assertionType)})
		}},
		{"client_secret", func(t *testing.T, c string) bool {
			return token(t, request{path: "/oauth/revoke", form: form("token", "x"), basic: [2]string{app.ID, c}})
		}},
		{"sign-in cookie", func(t *testing.T, c string) bool {
			to := authorize(t, s, c, url.Values{
				"response_type": {"code"}, "client_id": {app.ID}, "redirect_uri": {harness.Callback}, "scope": {"openid"}, "prompt": {"none"},
				"code_challenge": {challenge}, "code_challenge_method": {"S256"},
			})
			return !strings.Contains(to, "error=login_required")
		}},
		{"request_uri", func(t *testing.T, c string) bool {
			to := authorize(t, s, "", url.Values{"client_id": {app.ID}, "request_uri": {c}})
			return strings.HasPrefix(to, "/oauth/login")
		}},
		{"code", func(t *testing.T, c string) bool { return token(t, request{form: exchange(c), basic: basic}) }},
	}
}

// authorize sends a browser to /oauth/authorize, and returns where it is sent from there; "" if nowhere.
func authorize(t *testing.T, s *harness.Service, cookie string, query url.Values) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/oauth/authorize?"+query.Encode(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "gatehouse-signin", Value: cookie})
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.Header.Get("Location")
}

// TestIDTokenAlgorithms: a client gets ID tokens in the algorithm that it is registered for, with a key of the
// key set, and the key of RS256 has 2,048 bits.
func TestIDTokenAlgorithms(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "JWT_ALG=EdDSA")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	keys := keySet(t, s)
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		input := harness.Vars{}
		if alg != "RS256" { // which is the default
			input["idTokenAlgorithm"] = alg
		}
		a := grant(t, s, consent{app: s.Application(t, input), userID: ada.UserID, scopes: offline})
		header := decoded(t, strings.Split(a.IDToken, ".")[0])
		key := keys[header["kid"].(string)]
		if header["alg"] != alg || header["typ"] != "JWT" || key == nil || key["alg"] != alg || key["use"] != "sig" {
			t.Errorf("%s: header %v, key %v", alg, header, key)
		}
		if n, _ := key["n"].(string); alg == "RS256" && len(n) != 342 {
			t.Errorf("an RSA key of %d characters", len(n))
		}
		if access := decoded(t, strings.Split(a.Access, ".")[0]); access["alg"] != "EdDSA" || access["typ"] != "at+jwt" {
			t.Errorf("the access token is signed with %v", access)
		}
	}
	if len(keys) != 3 {
		t.Errorf("%d keys", len(keys))
	}
}

func decoded(t *testing.T, segment string) (all map[string]any) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// keySet returns the service's public keys by their ids.
func keySet(t *testing.T, s *harness.Service) map[string]map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/.well-known/jwks.json", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	a, err := do(r)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal([]byte(a.Body), &set); err != nil {
		t.Fatal(err)
	}
	byID := map[string]map[string]any{}
	for _, key := range set.Keys {
		byID[key["kid"].(string)] = key
	}
	return byID
}

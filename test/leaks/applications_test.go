package leaks_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// form sends a form, with the name and the password of Basic if there is a name. The answer may
// contain those secrets that it issues.
func (c canaries) form(t *testing.T, p *harness.Process, path string, basic [2]string, form url.Values, issued ...string) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, p.Client.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic[0] != "" {
		request.SetBasicAuth(basic[0], basic[1])
	}
	return c.do(t, request, issued...)
}

// applications registers a client of OAuth and has it act for a person, in every way. Its
// secrets, its codes and its tokens are secrets, wherever they are presented.
func (c canaries) applications(t *testing.T, p *harness.Process) {
	t.Helper()
	admin := p.Client.Login(t, harness.AdminEmail, string(c["ADMIN_PASSWORD"]))
	ask := func(query string, variables harness.Vars) harness.Reply {
		r, err := harness.ParseReply(http.StatusOK, nil, []byte(c.post(t, p, harness.Bearer(admin.Access), operation(query, variables))))
		if err != nil {
			t.Fatal(err)
		}
		return r.Must(t)
	}
	made := ask(harness.CreateClientOperation, harness.Vars{"input": harness.Vars{
		"name": "Wiki", "redirectUris": []string{harness.Callback}, "scopes": []string{"openid", "email", "offline_access"},
		"grants": []string{"AUTHORIZATION_CODE", "REFRESH_TOKEN", "PASSWORD"},
	}})
	app := harness.Application{ID: made.Text("createClient.client.id"), Secret: made.Text("createClient.clientSecret")}
	c["a client's secret"] = []byte(app.Secret)
	rotated := ask(`mutation($id: ID!) { rotateClientSecret(id: $id, overlap: "1h") { clientSecret client { id } } }`, harness.Vars{"id": app.ID})
	c["a client's next secret"] = []byte(rotated.Text("rotateClientSecret.clientSecret"))
	ask(`query($id: ID!) { client(id: $id) { name secretCreatedAt } clients { nodes { id } } }`, harness.Vars{"id": app.ID})

	authorize := app.AuthorizeURL(p.Client.URL, "openid email offline_access")
	code := harness.NewBrowser(t, harness.AdminEmail, string(c["ADMIN_PASSWORD"])).Code(t, authorize+"&prompt=consent", harness.Callback)
	c["an authorization code"] = []byte(code)
	r, err := p.Client.Redeem(t.Context(), app, code)
	tokens := r.Must(t, err)
	c["an application's access token"], c["an application's refresh token"] = []byte(tokens.Access), []byte(tokens.Refresh)
	c["an ID token"] = []byte(tokens.IDToken)
	c.misuse(t, p, app, code, tokens)
}

// misuse presents an application's secrets in each place, right and wrong.
func (c canaries) misuse(t *testing.T, p *harness.Process, app harness.Application, code string, tokens harness.TokenReply) {
	t.Helper()
	right, wrong := [2]string{app.ID, app.Secret}, [2]string{app.ID, c.plant("a wrong client secret")}
	none, password := [2]string{}, c.plant("a password for the token endpoint")
	used := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {harness.Callback}, "code_verifier": {c.plant("a verifier")}}
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}
	for _, form := range []url.Values{
		used, {"grant_type": {"password"}, "username": {harness.AdminEmail}, "password": {password}},
		{"grant_type": {code}, "scope": {app.Secret}, code: {app.Secret}}, {"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh + "x"}},
		{"token": {tokens.Access}, "client_id": {app.ID}, "client_secret": {app.Secret}}, {"token": {code}}, {"token": {tokens.IDToken}},
		{"client_assertion": {c.plant("an assertion")}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}},
		{"client_id": {app.Secret}, "client_secret": {app.ID}}, {"client_id": {app.ID}, "redirect_uri": {"https://example.com/" + code}, "code": {code, code}},
	} {
		for path, basics := range map[string][][2]string{
			"/oauth/token": {right, wrong, none}, "/oauth/introspect": {right, wrong}, "/oauth/par": {right, none}, "/oauth/revoke": {wrong, none},
			"/oauth/userinfo": {none}, "/oauth/authorize": {none}, "/oauth/login": {none}, "/oauth/nowhere": {none},
		} {
			for _, basic := range basics {
				c.form(t, p, path, basic, form)
			}
			request, err := http.NewRequest(http.MethodGet, p.Client.URL+path+"?"+form.Encode(), http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			c.do(t, request)
		}
	}
	c.form(t, p, "/oauth/token", wrong, refresh)
	c.form(t, p, "/oauth/revoke", right, url.Values{"token": {tokens.Refresh}})
	c.form(t, p, "/oauth/token", right, refresh)
	for _, header := range []http.Header{{"Authorization": {"Bearer " + app.Secret}}, {"Authorization": {"Bearer " + code}}, {"Authorization": {"Bearer " + tokens.IDToken}}, {"X-Api-Key": {app.Secret}}} {
		c.post(t, p, header, operation(harness.MeOperation, nil))
	}
	c.post(t, p, nil, operation(`mutation($t: String) { refresh(refreshToken: $t) { accessToken } }`, harness.Vars{"t": tokens.Refresh}))
}

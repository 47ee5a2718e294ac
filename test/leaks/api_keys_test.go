package leaks_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// apiKeys makes a key, and presents it in every place, whole and damaged. All but its hint
// is a secret.
func (c canaries) apiKeys(t *testing.T, p *harness.Process) {
	t.Helper()
	admin := p.Client.Login(t, harness.AdminEmail, string(c["ADMIN_PASSWORD"]))
	const create = `mutation { createApiKey(input: {name: "a key", scopes: []}) { key apiKey { hint } } }`
	r, err := harness.ParseReply(http.StatusOK, nil, []byte(c.post(t, p, harness.Bearer(admin.Access), operation(create, nil))))
	if err != nil {
		t.Fatal(err)
	}
	key := r.Must(t).Text("createApiKey.key")
	hint := len(r.Text("createApiKey.apiKey.hint"))
	c["an API key"] = []byte(key[hint : len(key)-4])
	damaged := key[:len(key)-4] + "aaaa"
	for _, text := range []string{key, damaged, key[:len(key)-2]} {
		const query = `{ viewer { id } me { apiKeys { id name hint } } }`
		for _, header := range []http.Header{{"X-Api-Key": {text}}, {"X-Api-Key": {text, text}}, {"Authorization": {"Bearer " + text}}, {"Authorization": {"ApiKey " + text}}, {"Cookie": {"api_key=" + text}}} {
			c.post(t, p, header, operation(query, nil))
		}
		c.post(t, p, nil, operation(`mutation($k: ID!) { revokeApiKey(id: $k) }`, harness.Vars{"k": text}))
		c.post(t, p, harness.Bearer(admin.Access), operation(`mutation($k: ID!, $s: String!) { revokeApiKey(id: $k) rotateApiKey(id: $k) { key } createApiKey(input: {name: $s, scopes: [$s]}) { key } }`,
			harness.Vars{"k": text, "s": text}))
		for _, path := range []string{
			"/graphql?query=" + url.QueryEscape(query) + "&api_key=" + text, "/graphql?query=" + url.QueryEscape(create) + "&api_key=" + text,
			"/graphql?api%5Fkey=" + text, "/graphql?query=%7Bme&api_key=" + text + "&api_key=" + text, "/schema.graphqls?api_key=" + text, "/nowhere?api_key=" + text,
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
				request, err := http.NewRequest(method, p.Client.URL+path, strings.NewReader(operation(query, nil)))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Content-Type", "application/json")
				c.do(t, request)
			}
		}
	}
}

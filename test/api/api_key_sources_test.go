package api_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// A wire is a request as another program sends it.
type wire struct {
	method, path, body string
	header             http.Header
}

// post is the request of a program that sends JSON.
func post(query string, header http.Header) wire {
	return wire{http.MethodPost, "/graphql", string(harness.Body(query, nil)), header}
}

// get is the request of a program that puts the operation into the URL.
func get(query string, header http.Header) wire {
	return wire{http.MethodGet, "/graphql?query=" + url.QueryEscape(query), "", header}
}

// with adds a parameter to the URL.
func (w wire) with(name, value string) wire {
	separator := "?"
	if strings.Contains(w.path, "?") {
		separator = "&"
	}
	w.path += separator + name + "=" + url.QueryEscape(value)
	return w
}

// send sends the request with what Python's httpx, which FastAPI's clients use, adds.
func (w wire) send(t *testing.T, s *harness.Service) harness.Reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), w.method, s.URL+w.path, bytes.NewReader([]byte(w.body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"gzip, deflate"}, "User-Agent": {"python-httpx/0.28.1"}}
	if w.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range w.header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := harness.ParseReply(answer.StatusCode, answer.Header, body)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// TestKeySources sends a key in every place, as clients of FastAPI's APIKeyHeader,
// APIKeyQuery and APIKeyCookie do, to a service that takes headers alone and to one that
// takes all.
func TestKeySources(t *testing.T) {
	strict := harness.Start(t)
	open := harness.StartOn(t, strict.Settings().DatabaseURL, "API_KEY_SOURCES=header,query,cookie")
	ada := strict.Register(t, harness.AdaEmail, harness.AdaPassword)
	key, _ := newKey(t, strict, ada, "write:profile")
	token := ada.Access
	const query, mutation = `{ viewer { id } }`, `mutation { updateUser(id: "ID", input: {name: "x"}) { id } }`
	rename := strings.Replace(mutation, "ID", ada.UserID, 1)
	cookie := http.Header{"Cookie": {"theme=dark; api_key=" + key}}
	tests := []struct {
		name   string
		wire   wire
		strict string // "" for the owner's, or what says no
		open   string
	}{
		{"APIKeyHeader", post(query, withKey(key)), "", ""},
		{"APIKeyHeader with GET", get(query, withKey(key)), "", ""},
		{"header in lower case", post(query, http.Header{"x-api-key": {key}}), "", ""},
		{"Bearer", post(query, harness.Bearer(key)), "", ""},
		{"Bearer with GET", get(query, harness.Bearer(key)), "", ""},
		{"APIKeyQuery", get(query, nil).with("api_key", key), "BAD_REQUEST", ""},
		{"APIKeyQuery with POST", post(query, nil).with("api_key", key), "BAD_REQUEST", ""},
		{"APIKeyCookie", post(query, cookie), "no_credential", ""},
		{"APIKeyCookie with GET", get(query, http.Header{"Cookie": cookie["Cookie"], "X-Requested-With": {"httpx"}}), "no_credential", ""},
		{"a page's GET with the cookie", get(query, cookie), "BAD_REQUEST", "BAD_REQUEST"},

		{"a mutation by header", post(rename, withKey(key)), "", ""},
		{"a mutation by cookie", post(rename, cookie), "no_credential", ""},
		{"a mutation in the URL", get(rename, nil).with("api_key", key), "BAD_REQUEST", "BAD_REQUEST"},
		{"a mutation with the key in the URL", post(rename, nil).with("api_key", key), "BAD_REQUEST", "BAD_REQUEST"},

		{"header and token", post(query, http.Header{"X-API-Key": {key}, "Authorization": {"Bearer " + token}}), "token_invalid", "token_invalid"},
		{"header and empty Authorization", post(query, http.Header{"X-API-Key": {key}, "Authorization": {""}}), "token_invalid", "token_invalid"},
		{"header twice", post(query, http.Header{"X-API-Key": {key, key}}), "token_invalid", "token_invalid"},
		{"header and query", post(query, withKey(key)).with("api_key", key), "BAD_REQUEST", "token_invalid"},
		{"query twice", get(query, nil).with("api_key", key).with("api_key", key), "BAD_REQUEST", "token_invalid"},
		{"query and token", post(query, harness.Bearer(token)).with("api_key", key), "BAD_REQUEST", "token_invalid"},
		{"header and cookie", post(query, http.Header{"X-API-Key": {key}, "Cookie": cookie["Cookie"]}), "", "token_invalid"},
		{"cookie twice", post(query, http.Header{"Cookie": {"api_key=" + key + "; api_key=" + key}}), "no_credential", "token_invalid"},

		{"an empty header", post(query, withKey("")), "key_invalid", "key_invalid"},
		{"a token in the header", post(query, withKey(token)), "key_invalid", "key_invalid"},
		{"a list in the header", post(query, withKey(key+", "+key)), "key_invalid", "key_invalid"},
		{"Bearer in the header", post(query, withKey("Bearer "+key)), "key_invalid", "key_invalid"},
		{"another scheme", post(query, http.Header{"Authorization": {"ApiKey " + key}}), "token_invalid", "token_invalid"},
		{"a cut key", post(query, withKey(key[:51])), "key_invalid", "key_invalid"},
		{"an empty parameter", get(query, nil).with("api_key", ""), "BAD_REQUEST", "key_invalid"},
		{"another parameter", get(query, nil).with("apikey", key), "BAD_REQUEST", "BAD_REQUEST"},
		{"a public query with a bad key", post(`{ __typename }`, withKey("gh_")), "", ""},
	}
	for _, tt := range tests {
		for _, service := range []struct {
			name string
			s    *harness.Service
			want string
		}{{"strict", strict, tt.strict}, {"open", open, tt.open}} {
			r := tt.wire.send(t, service.s)
			got := r.Reason()
			if got == "" {
				got = r.Code()
			}
			if got != service.want || r.Header.Get("Cache-Control") != "no-store" || strings.Contains(r.Body, key[3:]) {
				t.Errorf("%s, %s: %d %v %s, want %q", tt.name, service.name, r.Status, r.Header, r.Body, service.want)
			}
			if unauthenticated := strings.HasSuffix(got, "_invalid"); unauthenticated != (r.Status == http.StatusUnauthorized) {
				t.Errorf("%s, %s: status %d", tt.name, service.name, r.Status)
			}
		}
	}
	for _, s := range []*harness.Service{strict, open} {
		if log := s.Log.String(); strings.Contains(log, key[3:]) || strings.Contains(log, key[20:40]) {
			t.Errorf("the log has the key: %s", log)
		}
	}
	if !strings.Contains(open.Log.String(), "API_KEY_SOURCES") || strings.Contains(strict.Log.String(), "API_KEY_SOURCES") {
		t.Error("only the service that takes keys from URLs warns of it")
	}
}

// TestKeyReachesEveryDoor asks at each place that looks at who asks.
func TestKeyReachesEveryDoor(t *testing.T) {
	s := harness.Start(t, "CORS_ORIGINS=http://localhost:3000")
	filtered := harness.StartOn(t, s.Settings().DatabaseURL, "INTROSPECTION=filtered")
	s.Member(t, harness.AdaEmail, "admin")
	ada := s.Login(t, harness.AdaEmail, harness.AdaPassword)
	key, _ := newKey(t, s, ada, "read:users")
	none, _ := newKey(t, s, ada)
	const access = `query($o: String!) { access(operation: $o) { coordinate verdict reason } viewer { can(coordinates: ["Query.users", "Query.me", "Mutation.createApiKey"]) } }`
	for k, want := range map[string]string{key: "ALLOW", none: "DENY"} {
		r := s.Send(t, withKey(k), access, harness.Vars{"o": `{ users { nodes { id } } }`}).Must(t)
		if !strings.Contains(r.Body, `"Query.users","verdict":"`+want+`"`) || !strings.Contains(r.Body, `"can":[`+map[string]string{"ALLOW": "true", "DENY": "false"}[want]+`,false,false]`) {
			t.Errorf("%s", r.Body)
		}
	}
	sdl := func(header http.Header) (string, int) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, filtered.URL+"/schema.graphqls", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return string(text), answer.StatusCode
	}
	with, _ := sdl(withKey(key))
	without, _ := sdl(withKey(none))
	if !strings.Contains(with, "users(") || strings.Contains(without, "users(") || strings.Contains(with, "createApiKey") {
		t.Error("the schema that a key sees is not what it may reach")
	}
	if _, status := sdl(withKey(key[:50])); status != http.StatusUnauthorized {
		t.Errorf("the schema for a cut key: %d", status)
	}

	preflight, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.URL+"/graphql", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []struct {
		name    string
		allowed bool
	}{{"x-api-key", false}, {"authorization", true}} {
		preflight.Header = http.Header{"Origin": {"http://localhost:3000"}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {header.name}}
		answer, err := http.DefaultClient.Do(preflight)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := slices.Contains(answer.Header.Values("Access-Control-Allow-Headers"), header.name); got != header.allowed {
			t.Errorf("pages may send %s: %t", header.name, got)
		}
	}
}

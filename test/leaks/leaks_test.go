package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/store/storetest"
)

// postWatched sends a body with some headers, looks for secrets in the answer, and returns it.
func (c canaries) postWatched(t *testing.T, p *process, header http.Header, body string, issued ...string) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, p.url+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	if request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return c.do(t, request, issued...)
}

func (c canaries) do(t *testing.T, request *http.Request, issued ...string) string {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var text strings.Builder
	if err := response.Write(&text); err != nil {
		t.Fatal(err)
	}
	if found := c.found(text.String(), issued...); found != nil {
		t.Errorf("the answer to %s %s holds %q:\n%s", request.Method, request.URL.Path, found, text.String())
	}
	_, body, _ := strings.Cut(text.String(), "\r\n\r\n")
	return body
}

// operation is the body of a request.
func operation(t *testing.T, query string, variables vars) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestNoSecretAnywhere plants secrets in every input of the service, well formed and not, and looks for them in every answer, whatever the program
// writes at its most talkative, the metrics, the traces, and the log of the database. What a client calls its operation is no secret: it is logged.
func TestNoSecretAnywhere(t *testing.T) {
	for _, database := range []string{"of its own", "of a DSN"} {
		t.Run(database, func(t *testing.T) {
			secrets, collector, metrics := canaries{}, collect(t), "127.0.0.1:"+freePort(t)
			key := make([]byte, 32)
			_, _ = rand.Read(key)
			secrets["SECRET_KEY"] = key
			admin, bearer := secrets.plant("ADMIN_PASSWORD"), "Bearer "+secrets.plant("a header for the collector")
			environ := []string{
				"LOG_LEVEL=debug", "METRICS_ADDR=" + metrics, "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.url, "REFRESH_COOKIE=header",
				"SECRET_KEY=" + base64.StdEncoding.EncodeToString(key), "ADMIN_EMAIL=" + adminEmail, "ADMIN_PASSWORD=" + admin,
				"OTEL_EXPORTER_OTLP_HEADERS=authorization=" + url.PathEscape(bearer),
				"REDIS_URL=redis://:" + secrets.plant("the password of Redis") + "@127.0.0.1:" + freePort(t) + "/0", // where nothing answers
			}
			if database == "of a DSN" {
				environ = append(environ, "PUBLIC_URL=http://localhost:8080", "DATABASE_URL="+storetest.EmptyDSN(t)+" password="+secrets.plant("the DSN's password"))
			}
			dir := folder(t)
			p, _ := serveIn(t, dir, environ...)
			secrets.signingKey(t, p)
			secrets.sessions(t, p)
			secrets.garbage(t, p)
			measured := scrape(t, metrics)[""]
			if err := p.stop(t); err != nil {
				t.Fatal(err)
			}
			if got := collector.header.Get("Authorization"); got != bearer {
				t.Errorf("the collector was sent %q", got)
			}
			if !strings.Contains(p.output.String(), "Redis can't be used") {
				t.Error("Redis was not asked")
			}
			for name, text := range map[string]string{
				"the program's output": p.output.String(), "the metrics": measured, "the traces": string(collector.raw), "logs in DATA_DIR": logsBelow(t, dir),
			} {
				if found := secrets.found(text); found != nil {
					t.Errorf("%s: %q", name, found)
				}
				if len(text) < 100 && (name != "logs in DATA_DIR" || database == "of its own") {
					t.Errorf("%s: there is nothing but %q", name, text)
				}
			}
		})
	}
}

// logsBelow is all that is logged to files.
func logsBelow(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".log" {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// signingKey gives the service a key to sign with, by the command.
func (c canaries) signingKey(t *testing.T, p *process) {
	t.Helper()
	private := newEd25519(t)
	c["the signing key"] = private.Seed()
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(pemOf(t, private)), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(p.Path, "key", "import", file)
	command.Dir, command.Env = p.Dir, p.Env
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if found := c.found(string(output)); found != nil {
		t.Errorf("the command shows %q", found)
	}
}

// sessions go through what people do, with passwords that are right and such that are not. Tokens are secrets from the answer on that issues them.
func (c canaries) sessions(t *testing.T, p *process) {
	t.Helper()
	bearer := func(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
	issue := func(what string, header http.Header, query string, variables vars) (access, refresh string) {
		t.Helper()
		r := replyOf(t, 200, nil, []byte(c.postWatched(t, p, header, operation(t, query, variables))))
		want(t, r, "")
		for field := range r.data {
			access, refresh = r.str(field+".accessToken"), r.str(field+".refreshToken")
			if access == "" {
				t.Fatalf("%s: %s", what, r.body)
			}
			c["the access token of "+what] = []byte(access)
			if refresh != "" {
				c["the refresh token of "+what] = []byte(refresh)
			}
		}
		return access, refresh
	}
	const pair = `{ accessToken refreshToken }`
	password, changed := c.plant("a password"), c.plant("a new password")
	_, first := issue("register", nil, `mutation($i: RegisterInput!) { register(input: $i) `+pair+` }`, vars{"i": vars{"email": adaEmail, "password": password}})
	issue("a login", nil, `mutation { login(input: { email: "`+adaEmail+`", password: "`+password+`" }) `+pair+` }`, nil)
	access, _ := issue("refresh", nil, `mutation($t: String) { refresh(refreshToken: $t) `+pair+` }`, vars{"t": first})
	issue("changePassword", bearer(access), `mutation($i: ChangePasswordInput!) { changePassword(input: $i) `+pair+` }`,
		vars{"i": vars{"currentPassword": password, "newPassword": changed}})
	wrong := vars{"p": c.plant("a wrong password"), "e": adaEmail, "t": c.plant("a wrong refresh token"), "a": adminEmail}
	for _, query := range []string{
		`mutation($p: String!, $e: String!) { login(input: { email: $e, password: $p }) ` + pair + ` }`,
		`mutation($p: String!, $e: String!) { register(input: { email: $e, password: $p }) ` + pair + ` }`,
		`mutation($t: String) { refresh(refreshToken: $t) ` + pair + ` }`, `mutation($t: String) { logout(refreshToken: $t) }`,
		`mutation($p: String!) { deleteMe(currentPassword: $p) }`, `mutation($p: String!) { users(first: $p) { totalCount } }`,
		`mutation($p: String!) { changePassword(input: { currentPassword: $p, newPassword: $p }) ` + pair + ` }`,
		`mutation($p: String!, $a: String!) { changeEmail(input: { currentPassword: $p, email: $a }) { id } }`,
		`query($p: Int!, $t: ID!) { users(first: $p, after: $t) { totalCount } }`, `query($t: ID!, $p: String) { user(id: $t) { id } users(after: $p) { totalCount } }`,
	} {
		c.postWatched(t, p, nil, operation(t, query, wrong))
		c.postWatched(t, p, bearer(access), operation(t, query, wrong))
	}
	// A value that PostgreSQL itself refuses, by one who may ask.
	root, _ := issue("an administrator", nil, loginOperation, vars{"input": vars{"email": adminEmail, "password": string(c["ADMIN_PASSWORD"])}})
	c.postWatched(t, p, bearer(root), operation(t, `query($t: String) { users(after: $t, filter: { email: $t, role: $t }) { totalCount } }`, vars{"t": c.plant("a filter") + "\x00"}))
	replayed := operation(t, `mutation($t: String) { refresh(refreshToken: $t) `+pair+` }`, vars{"t": first})
	for range 2 {
		c.postWatched(t, p, nil, replayed)
	}
}

// garbage sends what nobody should, with secrets where they do not belong.
func (c canaries) garbage(t *testing.T, p *process) {
	t.Helper()
	secret := func(what string) string { return c.plant(what) }
	literal, cut, member := secret("a literal"), secret("a literal without an end"), secret("a member")
	for _, body := range []string{
		operation(t, `mutation { login(input: { email: "a@b.c", password: "`+literal+`", more: "`+literal+`" }) { nothing } }`, nil),
		operation(t, `mutation { login(input: { email: "a@b.c", password: "`+cut+` `, nil),
		operation(t, `query($p: [Int!]! = ["`+literal+`"]) { me @skip(if: "`+literal+`") { id(password: "`+literal+`") } }`, nil),
		operation(t, `mutation($p: String!) { deleteMe(currentPassword: $p) }`, vars{"p": vars{member: literal}}),
		`{"query":"{ __typename }","` + member + `":1}`, `{"query":"{ __typename }","operationName":"` + member + `"}`,
		`{"query":"{ __typename }","query":"` + member + `"}`, `"` + member, member, `[{"query":"` + member + `"}]`,
	} {
		c.postWatched(t, p, nil, body)
	}
	for name, values := range map[string][]string{
		"Authorization": {"Bearer " + secret("a bearer"), "Digest username=" + secret("a digest"), "Negotiate " + secret("a ticket"), secret("no scheme"),
			"Basic " + base64.StdEncoding.EncodeToString([]byte("ada:"+secret("basic")))},
		"Cookie":    {"gatehouse-refresh=" + secret("a cookie"), "__Host-gatehouse-refresh=" + secret("a cookie of https")},
		"X-Api-Key": {secret("a key")}, "X-Auth-Mode": {secret("a mode")}, "Accept": {secret("a media type")}, "Content-Type": {secret("a type of content")},
		"Origin": {"https://" + secret("an origin") + ".example.com"}, "User-Agent": {secret("a user agent")}, "X-Forwarded-For": {secret("an address")},
		"Baggage": {"token=" + secret("baggage")}, "X-Request-Id": {secret("a request id")}, "Referer": {"https://example.com/?token=" + secret("a referer")},
	} {
		for _, value := range values {
			c.postWatched(t, p, http.Header{name: {value}}, operation(t, refreshOperation, nil))
			c.postWatched(t, p, http.Header{name: {value, value}}, operation(t, meOperation, nil))
		}
	}
	in := url.QueryEscape(secret("a URL"))
	for _, path := range []string{
		"/graphql?access_token=" + in, "/graphql?query=" + url.QueryEscape(`mutation { logout(refreshToken: "`) + in + "%22)%7D", "/graphql?query=%7Bme&variables=" + in,
		"/healthz?token=" + in, "/nowhere?token=" + in, "/nowhere/" + in, "/schema.graphqls?" + in, "/playground?token=" + in, "/.well-known/jwks.json?" + in,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodTrace, http.MethodDelete, "M" + in} {
			request, err := http.NewRequest(method, p.url+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("GraphQL-Require-Preflight", "1")
			c.do(t, request)
		}
	}
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: " + secret("a host") + "\r\nBad header " + secret("a bad header") + "\r\n\r\n", secret("no HTTP") + "\r\n\r\n",
		fmt.Sprintf("POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n", in),
	} {
		r, body := askRaw(t, strings.TrimPrefix(p.url, "http://"), request)
		if found := c.found(fmt.Sprint(r.Header, body)); found != nil {
			t.Errorf("%q: the answer holds %q", request, found)
		}
	}
}

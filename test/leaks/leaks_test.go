package leaks_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/otlptest"
	"gatehouse/test/smtptest"
)

// post sends a body with headers, looks for secrets in the answer, and returns its
// body. The answer may contain those it issues.
func (c canaries) post(t *testing.T, p *harness.Process, header http.Header, body string, issued ...string) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, p.Client.URL+"/graphql", strings.NewReader(body))
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
		t.Errorf("the answer to %s %s contains %q:\n%s", request.Method, request.URL.Path, found, text.String())
	}
	_, body, _ := strings.Cut(text.String(), "\r\n\r\n")
	return body
}

// operation is the body of a request.
func operation(query string, variables harness.Vars) string {
	return string(harness.Body(query, variables))
}

// TestNoSecretAnywhere plants secrets in every input of the service, well formed
// and malformed. It looks for them in every answer, in everything the program
// writes at LOG_LEVEL=debug, in the metrics and traces, and in the log of the
// database. The name of an operation is not a secret: it is logged.
func TestNoSecretAnywhere(t *testing.T) {
	for _, database := range []string{"of its own", "of a DSN"} {
		t.Run(database, func(t *testing.T) {
			secrets, collector, metrics := canaries{}, otlptest.Start(t), harness.FreeAddress(t)
			key := make([]byte, 32)
			_, _ = rand.Read(key)
			secrets["SECRET_KEY"] = key
			admin, bearer := secrets.plant("ADMIN_PASSWORD"), "Bearer "+secrets.plant("a header for the collector")
			environ := []string{
				"LOG_LEVEL=debug", "METRICS_ADDR=" + metrics, "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "REFRESH_COOKIE=header", "API_KEY_SOURCES=header,query,cookie",
				"SECRET_KEY=" + base64.StdEncoding.EncodeToString(key), "ADMIN_EMAIL=" + harness.AdminEmail, "ADMIN_PASSWORD=" + admin,
				"OTEL_EXPORTER_OTLP_HEADERS=authorization=" + url.PathEscape(bearer),
				"OAUTH=on", "OAUTH_PASSWORD_GRANT=on", "LOGIN_METHODS=password,email", "EMAIL_CHANGE=confirm",
				"REDIS_URL=redis://:" + secrets.plant("the password of Redis") + "@" + harness.FreeAddress(t) + "/0", // nothing listens there
			}
			dir := harness.Folder(t)
			mails, dsn := kept(dir), ""
			if database == "of a DSN" {
				server := smtptest.Start(t, smtptest.Options{})
				dsn, mails = storetest.EmptyDSN(t), server.Mails
				environ = append(environ, "SHUTDOWN_DELAY=0s", "PUBLIC_URL=http://localhost:8080", "SMTP_URL=smtp://"+server.Address+"?tls=none",
					"MAIL_FROM=no-reply@example.com", "DATABASE_URL="+dsn+" password="+secrets.plant("the DSN's password"))
			}
			p := harness.Launch(t, dir, environ...)
			secrets.signingKey(t, dir, environ)
			secrets.sessions(t, p)
			secrets.apiKeys(t, p)
			secrets.applications(t, p)
			secrets.links(t, p, mails)
			secrets.garbage(t, p)
			if dsn != "" {
				if found := secrets.found(dumped(t, dsn, "users", "sessions", "clients", "grants", "authorization_codes", "proofs", "mails")); found != nil {
					t.Errorf("a dump of the database: %q", found)
				}
			}
			measured := harness.Scrape(t, metrics)[""]
			if err := p.Stop(); err != nil {
				t.Fatal(err)
			}
			if got := collector.Header().Get("Authorization"); got != bearer {
				t.Errorf("the collector was sent %q", got)
			}
			if !strings.Contains(p.Output(), "Redis can't be used") {
				t.Error("the service did not try to use Redis")
			}
			for name, text := range map[string]string{
				"the program's output": p.Output(), "the metrics": measured, "the traces": collector.Raw(), "logs in DATA_DIR": logsBelow(t, dir),
			} {
				if found := secrets.found(text); found != nil {
					t.Errorf("%s: %q", name, found)
				}
				if len(text) < 100 && (name != "logs in DATA_DIR" || database == "of its own") {
					t.Errorf("%s: only %q", name, text)
				}
			}
		})
	}
}

// logsBelow is the text of all log files below a folder.
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

// signingKey imports a signing key by the command.
func (c canaries) signingKey(t *testing.T, dir string, environ []string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	c["the signing key"] = private.Seed()
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := harness.Config(t, dir, environ, "key", "import", file).Command().CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if found := c.found(string(output)); found != nil {
		t.Errorf("the command prints %q", found)
	}
}

// sessions registers, logs in and changes a password, with right and wrong
// passwords. Tokens are secrets once an answer has issued them.
func (c canaries) sessions(t *testing.T, p *harness.Process) {
	t.Helper()
	issue := func(what string, header http.Header, query string, variables harness.Vars) (access, refresh string) {
		t.Helper()
		r, err := harness.ParseReply(http.StatusOK, nil, []byte(c.post(t, p, header, operation(query, variables))))
		if err != nil {
			t.Fatal(err)
		}
		r.Want(t, "")
		for field := range r.Data {
			s := r.Session(field)
			access, refresh = s.Access, s.Refresh
			if access == "" {
				t.Fatalf("%s: %s", what, r.Body)
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
	_, first := issue("register", nil, `mutation($i: RegisterInput!) { register(input: $i) `+pair+` }`, harness.Vars{"i": harness.Vars{"email": harness.AdaEmail, "password": password}})
	issue("a login", nil, `mutation { login(input: { email: "`+harness.AdaEmail+`", password: "`+password+`" }) `+pair+` }`, nil)
	access, _ := issue("refresh", nil, `mutation($t: String) { refresh(refreshToken: $t) `+pair+` }`, harness.Vars{"t": first})
	issue("changePassword", harness.Bearer(access), `mutation($i: ChangePasswordInput!) { changePassword(input: $i) `+pair+` }`,
		harness.Vars{"i": harness.Vars{"currentPassword": password, "newPassword": changed}})
	wrong := harness.Vars{"p": c.plant("a wrong password"), "e": harness.AdaEmail, "t": c.plant("a wrong refresh token"), "a": harness.AdminEmail}
	for _, query := range []string{
		`mutation($p: String!, $e: String!) { login(input: { email: $e, password: $p }) ` + pair + ` }`,
		`mutation($p: String!, $e: String!) { register(input: { email: $e, password: $p }) ` + pair + ` }`,
		`mutation($t: String) { refresh(refreshToken: $t) ` + pair + ` }`, `mutation($t: String) { logout(refreshToken: $t) }`,
		`mutation($p: String!) { deleteMe(currentPassword: $p) }`, `mutation($p: String!) { users(first: $p) { totalCount } }`,
		`mutation($p: String!) { changePassword(input: { currentPassword: $p, newPassword: $p }) ` + pair + ` }`,
		`mutation($p: String!, $a: String!) { changeEmail(input: { currentPassword: $p, email: $a }) { id } }`,
		`query($p: Int!, $t: ID!) { users(first: $p, after: $t) { totalCount } }`, `query($t: ID!, $p: String) { user(id: $t) { id } users(after: $p) { totalCount } }`,
	} {
		c.post(t, p, nil, operation(query, wrong))
		c.post(t, p, harness.Bearer(access), operation(query, wrong))
	}
	// A value that PostgreSQL refuses, from a caller who may send it.
	root, _ := issue("an administrator", nil, harness.LoginOperation, harness.Credentials(harness.AdminEmail, string(c["ADMIN_PASSWORD"])))
	c.post(t, p, harness.Bearer(root), operation(`query($t: String) { users(after: $t, filter: { email: $t, role: $t }) { totalCount } }`, harness.Vars{"t": c.plant("a filter") + "\x00"}))
	replayed := operation(`mutation($t: String) { refresh(refreshToken: $t) `+pair+` }`, harness.Vars{"t": first})
	for range 2 {
		c.post(t, p, nil, replayed)
	}
}

// garbage sends malformed requests, with secrets in the wrong places.
func (c canaries) garbage(t *testing.T, p *harness.Process) {
	t.Helper()
	secret := func(what string) string { return c.plant(what) }
	literal, cut, member := secret("a literal"), secret("a literal without an end"), secret("a member")
	for _, body := range []string{
		operation(`mutation { login(input: { email: "a@b.c", password: "`+literal+`", more: "`+literal+`" }) { nothing } }`, nil),
		operation(`mutation { login(input: { email: "a@b.c", password: "`+cut+` `, nil),
		operation(`query($p: [Int!]! = ["`+literal+`"]) { me @skip(if: "`+literal+`") { id(password: "`+literal+`") } }`, nil),
		operation(`mutation($p: String!) { deleteMe(currentPassword: $p) }`, harness.Vars{"p": harness.Vars{member: literal}}),
		`{"query":"{ __typename }","` + member + `":1}`, `{"query":"{ __typename }","operationName":"` + member + `"}`,
		`{"query":"{ __typename }","query":"` + member + `"}`, `"` + member, member, `[{"query":"` + member + `"}]`,
	} {
		c.post(t, p, nil, body)
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
			c.post(t, p, http.Header{name: {value}}, operation(harness.RefreshOperation, nil))
			c.post(t, p, http.Header{name: {value, value}}, operation(harness.MeOperation, nil))
		}
	}
	in := url.QueryEscape(secret("a URL"))
	for _, path := range []string{
		"/graphql?access_token=" + in, "/graphql?query=" + url.QueryEscape(`mutation { logout(refreshToken: "`) + in + "%22)%7D", "/graphql?query=%7Bme&variables=" + in,
		"/healthz?token=" + in, "/nowhere?token=" + in, "/nowhere/" + in, "/schema.graphqls?" + in, "/playground?token=" + in, "/.well-known/jwks.json?" + in,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodTrace, http.MethodDelete, "M" + in} {
			request, err := http.NewRequest(method, p.Client.URL+path, http.NoBody)
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
		r, body := harness.AskRaw(t, strings.TrimPrefix(p.Client.URL, "http://"), request)
		if found := c.found(fmt.Sprint(r.Header, body)); found != nil {
			t.Errorf("%q: the answer contains %q", request, found)
		}
	}
}

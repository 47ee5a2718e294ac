package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// The administrator of every service under test.
const (
	adminEmail    = "root@example.com"
	adminPassword = "plenty-of-otters-17"
	adaEmail      = "ada@example.com"
	adaPassword   = "seven-quiet-herons-42"
)

// A service is one replica, whole, in this process.
type service struct {
	*deployment
	prepared *prepared
	edge     *http.Server // what serves it, of which url has the handler only
	handler  http.Handler
	url      string
	log      *recorder
}

// A recorder keeps what is logged.
type recorder struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// start runs a service on a database of its own, with settings over those that every test has.
func start(t testing.TB, environ ...string) *service {
	t.Helper()
	return startOn(t, storetest.EmptyDSN(t), environ...)
}

// startOn is start for a database that several replicas share.
func startOn(t testing.TB, dsn string, environ ...string) *service {
	t.Helper()
	log := &recorder{}
	s := settingsOf(t, append([]string{
		"DATABASE_URL=" + dsn, "PUBLIC_URL=http://localhost:8080", "SECRET_KEY=kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw=",
		"ADMIN_EMAIL=" + adminEmail, "ADMIN_PASSWORD=" + adminPassword, "RATE_LIMITS=off", // tests come from one address
	}, environ...)...)
	d, err := open(t.Context(), s, slog.New(slog.NewJSONHandler(log, nil)), exclusive)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	p, err := d.prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listening, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	server, err := d.server(listening, p)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler)
	t.Cleanup(web.Close)
	return &service{deployment: d, prepared: p, edge: server, handler: server.Handler, url: web.URL, log: log}
}

// settingsOf reads settings from nothing but these.
func settingsOf(t testing.TB, environ ...string) *settings {
	t.Helper()
	s, err := readSettings(environ, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	s.settle()
	return s
}

// A reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
	data   map[string]any
	errors []replyError
}

type replyError struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

// code is that of the first error, "" for none.
func (r reply) code() string {
	if len(r.errors) == 0 {
		return ""
	}
	code, _ := r.errors[0].Extensions["code"].(string)
	return code
}

// at follows a path of names into the data; nil if it leads nowhere.
func (r reply) at(path string) any {
	var v any = r.data
	for name := range strings.SplitSeq(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

func (r reply) str(path string) string {
	s, _ := r.at(path).(string)
	return s
}

// vars are the variables of an operation.
type vars map[string]any

// ask sends an operation with an access token, "" for none.
func (s *service) ask(t testing.TB, token, query string, variables vars) reply {
	t.Helper()
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return s.send(t, header, query, variables)
}

func (s *service) send(t testing.TB, header http.Header, query string, variables vars) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return s.post(t, header, body)
}

func (s *service) post(t testing.TB, header http.Header, body []byte) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header.Clone()
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return replyOf(t, response.StatusCode, response.Header, text)
}

// replyOf reads an answer.
func replyOf(t testing.TB, status int, header http.Header, text []byte) reply {
	t.Helper()
	r := reply{status: status, header: header, body: string(text)}
	var parsed struct {
		Data   map[string]any `json:"data"`
		Errors []replyError   `json:"errors"`
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatalf("the answer is not JSON: %v: %s", err, text)
	}
	r.data, r.errors = parsed.Data, parsed.Errors
	return r
}

// A login is who somebody is, with the tokens of a session.
type login struct {
	id, access, refresh string
}

const (
	registerOperation = `mutation($input: RegisterInput!) { register(input: $input) { accessToken refreshToken user { id } } }`
	loginOperation    = `mutation($input: LoginInput!) { login(input: $input) { accessToken refreshToken scopes user { id } } }`
	refreshOperation  = `mutation($token: String) { refresh(refreshToken: $token) { accessToken refreshToken scopes user { id email } } }`
	meOperation       = `{ me { id email name roles } }`
)

func (s *service) register(t testing.TB, email, password string) login {
	t.Helper()
	return session1(t, "register", s.ask(t, "", registerOperation, vars{"input": vars{"email": email, "password": password}}))
}

func (s *service) login(t testing.TB, email, password string, scopes ...string) login {
	t.Helper()
	input := vars{"email": email, "password": password}
	if scopes != nil {
		input["scopes"] = scopes
	}
	return session1(t, "login", s.ask(t, "", loginOperation, vars{"input": input}))
}

func (s *service) admin(t testing.TB) login {
	t.Helper()
	return s.login(t, adminEmail, adminPassword)
}

// session1 takes the tokens out of an answer that must have them.
func session1(t testing.TB, field string, r reply) login {
	t.Helper()
	if len(r.errors) > 0 {
		t.Fatalf("%s: %s", field, r.body)
	}
	return login{id: r.str(field + ".user.id"), access: r.str(field + ".accessToken"), refresh: r.str(field + ".refreshToken")}
}

// member registers somebody and gives them roles.
func (s *service) member(t testing.TB, email string, roles ...string) login {
	t.Helper()
	l := s.register(t, email, adaPassword)
	if len(roles) > 0 {
		r := s.ask(t, s.admin(t).access, `mutation($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { roles } }`,
			vars{"id": l.id, "roles": roles})
		if len(r.errors) > 0 {
			t.Fatal(r.body)
		}
	}
	return l
}

// want fails unless the answer has the code, "" for success.
func want(t testing.TB, r reply, code string) {
	t.Helper()
	if r.code() != code {
		t.Errorf("code = %q, want %q: %s", r.code(), code, r.body)
	}
}

// reason fails unless the first error has the code and the reason.
func wantReason(t testing.TB, r reply, code, reason string) {
	t.Helper()
	want(t, r, code)
	if len(r.errors) > 0 && r.errors[0].Extensions["reason"] != reason {
		t.Errorf("reason = %v, want %q: %s", r.errors[0].Extensions["reason"], reason, r.body)
	}
}

// wantField fails unless the first error has the code and names the field.
func wantField(t testing.TB, r reply, code, field string) {
	t.Helper()
	want(t, r, code)
	if len(r.errors) > 0 && r.errors[0].Extensions["field"] != field {
		t.Errorf("field = %v, want %q: %s", r.errors[0].Extensions["field"], field, r.body)
	}
}

func strs(v any) []string {
	items, _ := v.([]any)
	all := []string{}
	for _, item := range items {
		s, _ := item.(string)
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

// eventually waits for something that another replica or process brings about.
func eventually(t *testing.T, what string, there func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !there() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

package api_test

import (
	"cmp"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"gatehouse/test/harness"
	"gatehouse/test/otlptest"
)

// kinds are addresses which no answer may tell apart.
var kinds = []string{"verified@example.com", "unverified@example.com", "disabled@example.com", "unknown@example.com"}

// addresses makes the accounts of kinds, in a service that registers.
func addresses(t *testing.T, p *postal) {
	t.Helper()
	for _, email := range kinds[:3] {
		p.Register(t, email, harness.AdaPassword)
	}
	p.exec(t, `UPDATE users SET email_verified = email !~ '^unverified', disabled = email ~ '^disabled'`)
}

// A door takes an address from anyone.
type door struct {
	name   string
	path   string
	body   func(email string) string
	header http.Header
}

// doors are all of them, with a wrong password where one is asked for.
func doors(t *testing.T, s *harness.Service) []door {
	t.Helper()
	const wrong = "not the password"
	field := func(name, operation string) door {
		body := func(email string) string { return string(harness.Body(operation, harness.Vars{"email": email})) }
		return door{name, "/graphql", body, http.Header{"Content-Type": {"application/json"}}}
	}
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	all := []door{
		field("requestPasswordReset", requestReset), field("requestLogin", requestLogin), field("requestRegistration", requestRegistration),
		field("login", `mutation($email: String!) { login(input: {email: $email, password: "`+wrong+`"}) { accessToken } }`),
		{"password grant", "/oauth/token", func(email string) string { return ropc("username", email, "password", wrong).Encode() }, form},
	}
	// The page for logging in, as a browser sees it.
	app := s.Application(t, nil)
	begin := httptest.NewRecorder()
	s.Handler().ServeHTTP(begin, httptest.NewRequest(http.MethodGet, app.AuthorizeURL("", "openid"), http.NoBody))
	page, err := url.Parse(begin.Header().Get("Location"))
	if err != nil || page.Path != "/oauth/login" || len(begin.Result().Cookies()) == 0 {
		t.Fatalf("%d %v %v", begin.Code, begin.Header(), err)
	}
	browser := form.Clone()
	browser.Set("Sec-Fetch-Site", "same-origin")
	for _, cookie := range begin.Result().Cookies() {
		browser.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	return append(all, door{"log-in page", "/oauth/login", func(email string) string {
		return url.Values{"request": {page.Query().Get("request")}, "email": {email}, "password": {wrong}}.Encode()
	}, browser})
}

// request is what a person sends to a door.
func (d door) request(t *testing.T, email string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, d.path, strings.NewReader(d.body(email)))
	r.Header = d.header.Clone()
	return r
}

// statements are those of a trace, in the order in which they began, without what each
// connection does once.
func statements(spans map[string][]*tracepb.Span) (all []string) {
	var found []*tracepb.Span
	once := []string{"sql.connector.connect", "sql.conn.prepare"}
	for name, some := range spans {
		if strings.HasPrefix(name, "sql.") && !slices.Contains(once, name) {
			found = append(found, some...)
		}
	}
	slices.SortFunc(found, func(a, b *tracepb.Span) int { return cmp.Compare(a.GetStartTimeUnixNano(), b.GetStartTimeUnixNano()) })
	for _, span := range found {
		all = append(all, span.GetName()+" "+attributeOf(span, "db.query.text"))
	}
	return all
}

// handle is what an answer's handle is, which is random and of one length.
var handle = regexp.MustCompile(`"request":"[A-Za-z0-9_-]{50,60}"`)

// traced sends a request, and returns the answer and the statements that it ran. Requests to
// the API get a trace of the service's, others the one that the test gives them.
func traced(t *testing.T, c *otlptest.Collector, s *harness.Service, r *http.Request) (answer string, ran []string) {
	t.Helper()
	w := httptest.NewRecorder()
	id := trace.TraceID(uuid.New())
	parent := trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled})
	s.Handler().ServeHTTP(w, r.WithContext(trace.ContextWithSpanContext(t.Context(), parent)))
	name := id.String()
	if r.URL.Path == "/graphql" {
		name = lastTrace(t, s)
	}
	s.Ask(t, "", `{ __typename }`, nil).Must(t) // the spans of which come last
	take(t, c, lastTrace(t, s))
	return fmt.Sprint(w.Code, handle.ReplaceAllString(w.Body.String(), "")), statements(c.Trace(name))
}

// TestDoorsRunTheSameStatements: every door answers the same for every address, and asks the
// database the same.
func TestDoorsRunTheSameStatements(t *testing.T) {
	open := &postal{Service: harness.Start(t)}
	addresses(t, open)
	c, s := startTracedOn(t, open.Server().Deployment().DSN(), append(nowhere(), "LOGIN_METHODS=password,email", "REGISTRATION=by-email",
		"EMAIL_VERIFICATION=required", "OAUTH=on", "OAUTH_PASSWORD_GRANT=on", "RATE_LIMITS=off")...)
	for _, d := range doors(t, s) {
		t.Run(d.name, func(t *testing.T) {
			answer, want := traced(t, c, s, d.request(t, kinds[3]))
			if len(want) == 0 {
				t.Fatal("no statement")
			}
			for _, email := range kinds {
				other, got := traced(t, c, s, d.request(t, email))
				if other = strings.ReplaceAll(other, email, kinds[3]); other != answer { // a page shows what was typed
					t.Errorf("%s: %s\nwant %s", email, other, answer)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: %d statements:\n%s\nwant %d:\n%s", email, len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
				}
			}
		})
	}
}

var long = flag.Bool("long", false, "also compare how long doors take")

// TestDoorsTakeAsLong: the time of an answer does not tell whether an address has an account.
// The kinds of addresses take turns, and their medians are compared. It takes minutes on a
// machine that does nothing else, so it runs only if it is asked for.
func TestDoorsTakeAsLong(t *testing.T) {
	if !*long {
		t.Skip("give -long on a machine that does nothing else")
	}
	const most = 0.03
	open := &postal{Service: harness.Start(t)}
	addresses(t, open)
	s := harness.StartOn(t, open.Server().Deployment().DSN(), append(nowhere(), "LOGIN_METHODS=password,email", "REGISTRATION=by-email",
		"EMAIL_VERIFICATION=required", "OAUTH=on", "OAUTH_PASSWORD_GRANT=on", "RATE_LIMITS=off")...)
	for _, d := range doors(t, s) {
		rounds := 300
		if strings.HasPrefix(d.name, "request") { // a third of a millisecond, whose median varies by 4 % over 300
			rounds = 3000
		}
		took := map[string][]time.Duration{}
		for round := range rounds + 10 {
			for i := range kinds {
				email := kinds[(round+i)%len(kinds)]
				r := d.request(t, email)
				began := time.Now()
				s.Handler().ServeHTTP(httptest.NewRecorder(), r)
				if round >= 10 { // the first ones prepare statements
					took[email] = append(took[email], time.Since(began))
				}
			}
		}
		median := func(email string) time.Duration { slices.Sort(took[email]); return took[email][rounds/2] }
		unknown := median(kinds[3])
		for _, email := range kinds[:3] {
			ratio := float64(median(email)) / float64(unknown)
			t.Logf("%s: %s %v, unknown %v: %.3f", d.name, email, median(email), unknown, ratio)
			if ratio < 1-most || ratio > 1+most {
				t.Errorf("%s: %s takes %v, an unknown address %v", d.name, email, median(email), unknown)
			}
		}
	}
}

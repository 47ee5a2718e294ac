package graph

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/attempts"
	"gatehouse/auth/policy"
	"gatehouse/graph/fault"
)

// fakeLimiter is a Limiter that allows a number of uses per key and notes them.
type fakeLimiter struct {
	most int
	mu   sync.Mutex
	uses map[string]int
	keys []string
	err  error
}

func (s *fakeLimiter) Allow(_ context.Context, uses ...policy.Use) (time.Duration, error) {
	for _, u := range uses {
		if wait, err := s.allow(u.Limit, u.Key); wait > 0 || err != nil {
			return wait, err
		}
	}
	return 0, nil
}

func (s *fakeLimiter) allow(limit *policy.RateLimit, key string) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key = limit.Coordinate + ": " + strings.ReplaceAll(key, "\x00", ", ")
	s.keys = append(s.keys, key)
	if s.uses[key]++; s.uses[key] > s.most {
		return 1500 * time.Millisecond, s.err
	}
	return 0, s.err
}

// newLimited returns a service with a limiter, and with a text of its schema
// replaced.
func newLimited(t *testing.T, most int, pairs ...string) (*service, *fakeLimiter) {
	t.Helper()
	counted := &fakeLimiter{most: most, uses: map[string]int{}}
	change := func(p *Parts) { p.Limiter = counted }
	if len(pairs) == 0 {
		return newService(t, change), counted
	}
	return newService(t, altered(t, pairs[0], pairs[1]), change), counted
}

const (
	perUser = `viewer: Viewer @authenticated`
	limits  = ` @rateLimit(limit: 2, per: "1m", by: [USER])`
)

// Each resolved field counts, under any alias and in any place. Beyond the limit it
// is null, and the rest is answered.
func TestEachResolvedFieldCounts(t *testing.T) {
	fragments := ` fragment F on Query { d: viewer { id } }`
	tests := []struct {
		query       string
		uses, codes int
	}{
		{`{ viewer { id } }`, 1, 0},
		{`{ viewer { id } viewer { roles } }`, 1, 0}, // one field
		{`{ a: viewer { id } b: viewer { id } }`, 2, 0},
		{`{ a: viewer { id } b: viewer { id } c: viewer { id } }`, 3, 1},
		{`{ a: viewer { id } ... { b: viewer { id } } ...F ...F }` + fragments, 3, 1},
		{`{ a: viewer { id } b: viewer @skip(if: true) { id } ... @include(if: false) { c: viewer { id } } }`, 1, 0},
		{`{ __typename }`, 0, 0},
	}
	for _, tt := range tests {
		s, counted := newLimited(t, 2, perUser, perUser+limits)
		got := s.ask(t, ann, tt.query, nil)
		if len(counted.keys) != tt.uses || strings.Count(got.codes(), "RATE_LIMITED") != tt.codes || got.Code != http.StatusOK {
			t.Errorf("%s: counted %q, %d %s", tt.query, counted.keys, got.Code, got.Body)
		}
		if tt.codes > 0 && got.Errors[0].Extensions["retryAfter"] != 2.0 {
			t.Errorf("%s: %s", tt.query, got.Body)
		}
	}
}

// The keys under which uses are counted.
func TestRateLimitKeys(t *testing.T) {
	const user = `): User @hasScope(scope: "read:users", orSelf: "id")`
	argument := func(by string) []string {
		return []string{user, user + ` @rateLimit(limit: 1, per: "1m", by: ` + by + `, argument: "id")`}
	}
	one := `{ user(id: "` + ann + `") { id } }`
	tests := []struct {
		directive []string
		caller    string
		query     string
		want      string
	}{
		{[]string{perUser, perUser + limits}, ann, `{ viewer { id } }`, "Query.viewer: caller " + ann},
		{[]string{`viewer: Viewer @authenticated @delegable`, `viewer: Viewer @public` + limits}, "", `{ viewer { id } }`, "Query.viewer: address 192.0.2.1"},
		{argument("ARGUMENT"), ann, one, "Query.user: argument " + ann},
		{argument("[IP, ARGUMENT]"), ann, one, "Query.user: address 192.0.2.1, argument " + ann},
		{argument("[USER, ARGUMENT]"), ann, `query($id: ID = "` + ann + `") { user(id: $id) { id } }`, "Query.user: caller " + ann + ", argument " + ann},
		{argument("[KEY, ARGUMENT]"), ann, one, "Query.user: caller " + ann + ", argument " + ann},
		{argument("[USER, ARGUMENT]"), ann, `{ user(id: " ` + strings.ToUpper(ann) + ` ") { id } }`, ""}, // refused, so not counted
	}
	for _, tt := range tests {
		s, counted := newLimited(t, 1, tt.directive...)
		got := s.ask(t, tt.caller, tt.query, nil)
		if strings.Join(counted.keys, "; ") != tt.want {
			t.Errorf("%s: counted %q, want %q: %s", tt.query, counted.keys, tt.want, got.Body)
		}
	}
	s, counted := newLimited(t, 1)
	for _, email := range []string{"ann@example.com", " Ann@Example.COM "} {
		s.ask(t, "", `mutation($e: String!) { login(input: {email: $e, password: "`+canary+`"}) { expiresIn } }`, map[string]any{"e": email})
	}
	if want := "Mutation.login: address 192.0.2.1, argument ann@example.com"; counted.uses[want] != 1 || counted.uses["Mutation.login: address 192.0.2.1"] != 2 {
		t.Errorf("logins: %q", counted.keys)
	}
}

// A request with nothing but rate limited fields is 429 with Retry-After, and none
// of the fields ran.
func TestTooManyRequests(t *testing.T) {
	login := `mutation { login(input: {email: "ann@example.com", password: "` + annsPassword + `"}) { expiresIn } }`
	s, _ := newLimited(t, 1)
	var attempts []fault.Code
	s.observer.Attempted = func(_ string, code fault.Code) { attempts = append(attempts, code) }
	if got := s.ask(t, "", login, nil); got.Code != http.StatusOK || got.codes() != "" {
		t.Fatalf("the first: %d %s", got.Code, got.Body)
	}
	calls := len(s.store.calls)
	got := s.ask(t, "", login, nil)
	if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "2" || got.codes() != "RATE_LIMITED" || string(got.Data) != `{"login":null}` {
		t.Errorf("the second: %d %s %s", got.Code, got.Header(), got.Body)
	}
	if got.Errors[0].Message != "Too many attempts; try again in 2 seconds." {
		t.Errorf("message = %q", got.Errors[0].Message)
	}
	if len(s.store.calls) != calls || !slices.Equal(attempts, []fault.Code{"", fault.CodeRateLimited}) {
		t.Errorf("calls %q, attempts %q", s.store.calls[calls:], attempts)
	}
	in := func(query string) int {
		s, _ := newLimited(t, 0, perUser, perUser+limits)
		return s.ask(t, ann, query, nil).Code
	}
	for query, want := range map[string]int{`{ viewer { id } }`: 429, `{ a: viewer { id } b: viewer { id } }`: 429, `{ viewer { id } me { id } }`: 200} {
		if code := in(query); code != want {
			t.Errorf("%s: %d, want %d", query, code, want)
		}
	}
}

// Without a limiter nothing is limited. A field that can't be counted does not run.
func TestNotCounted(t *testing.T) {
	s := newService(t, altered(t, perUser, perUser+limits))
	for range 5 {
		if got := s.ask(t, ann, `{ viewer { id } }`, nil); got.codes() != "" {
			t.Errorf("without a limiter: %s", got.Body)
		}
	}
	s, counted := newLimited(t, 9, perUser, perUser+limits)
	counted.err = errors.New("away: " + canary)
	if got := s.ask(t, ann, `{ viewer { id } }`, nil); got.codes() != "INTERNAL" || strings.Contains(got.Body.String(), canary) {
		t.Errorf("with a broken one: %s", got.Body)
	}
}

// A limit of auth is answered the same way.
func TestLoginSlowed(t *testing.T) {
	s := newService(t)
	s.store.faults["CredentialByEmail"] = func() error { return &auth.LimitError{After: 59 * time.Second} }
	got := s.ask(t, "", `mutation { login(input: {email: "ann@example.com", password: "`+annsPassword+`"}) { expiresIn } }`, nil)
	if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "59" || got.Errors[0].Extensions["retryAfter"] != 59.0 {
		t.Errorf("%d %s %s", got.Code, got.Header(), got.Body)
	}
}

// attemptCounter is an attempts.Counter that notes the uses it is given.
type attemptCounter struct {
	uses    []string
	outcome attempts.Outcome
}

func (c *attemptCounter) Begin(_ context.Context, uses []policy.Use, _ []attempts.Limit) (attempts.Outcome, error) {
	for _, u := range uses {
		c.uses = append(c.uses, u.Limit.Coordinate+": "+strings.ReplaceAll(u.Key, "\x00", ", "))
	}
	return c.outcome, nil
}

func (c *attemptCounter) Fail(context.Context, []attempts.Limit) error    { return nil }
func (c *attemptCounter) Succeed(context.Context, []attempts.Limit) error { return nil }

// Where attempts are counted, a login's uses are counted with its attempt, in one call.
// All other fields are counted before they are resolved.
func TestLoginCountsItsUsesWithTheAttempt(t *testing.T) {
	counter, limiter := &attemptCounter{}, &fakeLimiter{most: 9, uses: map[string]int{}}
	s := newService(t, func(p *Parts) {
		p.Limiter = limiter
		p.Resolver.Sessions.Passwords.Attempts = counter
	})
	login := `mutation { login(input: {email: "Ann@example.com", password: "` + annsPassword + `"}) { expiresIn } }`
	if got := s.ask(t, "", login, nil); got.codes() != "" {
		t.Fatal(got.Body)
	}
	want := []string{"Mutation.login: address 192.0.2.1", "Mutation.login: address 192.0.2.1, argument ann@example.com"}
	if !slices.Equal(counter.uses, want) || len(limiter.keys) != 0 {
		t.Errorf("with the attempt %q, before it %q; want %q, none", counter.uses, limiter.keys, want)
	}
	counter.outcome = attempts.Outcome{Wait: 1500 * time.Millisecond, Overused: true}
	calls := len(s.store.calls)
	got := s.ask(t, "", login, nil)
	if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "2" || got.codes() != "RATE_LIMITED" || len(s.store.calls) != calls {
		t.Errorf("too many: %d, calls %q: %s", got.Code, s.store.calls[calls:], got.Body)
	}
	counter.uses = nil
	if s.ask(t, "", `mutation { refresh(refreshToken: "x") { expiresIn } }`, nil); len(counter.uses) != 0 || len(limiter.keys) != 1 {
		t.Errorf("refresh: with an attempt %q, before it %q", counter.uses, limiter.keys)
	}
}

package graph

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/graph/document"
)

// What is within a limit goes on to the next step. Beyond it the error has the
// limit, what it allows and what was asked for.
func TestLimits(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("{ a ", n) + strings.Repeat("}", n) }
	tests := []struct {
		limit  string
		set    func(*document.Limits, int)
		query  func(n int) string // that uses n of the limit
		spread func(n int) string // the same by fragments; nil if they don't matter
	}{
		{
			"tokens", func(l *document.Limits, n int) { l.Tokens = n },
			func(n int) string { return "{" + repeat(n-2, " a") + "}" }, nil,
		},
		{
			"depth", func(l *document.Limits, n int) { l.Depth = n }, deep,
			func(n int) string { return "{ ...F } fragment F on T " + deep(n) },
		},
		{
			"fragments", func(l *document.Limits, n int) { l.Fragments = n },
			func(n int) string { return "{ a }" + repeat(n, " fragment F# on T { a }") }, nil,
		},
		{
			"directives", func(l *document.Limits, n int) { l.Directives = n },
			func(n int) string { return "{ a" + repeat(n, " @d") + " }" },
			func(n int) string {
				return "query($v: Int @d) @d { ...F @d ... @d { a @d } }" + " fragment F on T @d { a " + repeat(n-6, " @d") + "}"
			},
		},
		{
			"rootFields", func(l *document.Limits, n int) { l.RootFields = n },
			func(n int) string { return "{" + repeat(n, " a { b c d }") + "}" },
			func(n int) string {
				return "{ a ...F ... { ... on Query { ...F } } }" + " fragment F on Query {" + repeat(n/2, " a { b }") + "}" // n is odd
			},
		},
		{
			"mutations", func(l *document.Limits, n int) { l.Mutations = n },
			func(n int) string { return "query Q { a b c d e f g h i j } mutation M {" + repeat(n, " a") + "}" },
			func(n int) string {
				return "mutation { a ...F ...F }" + " fragment F on Mutation {" + repeat(n/2, " __typename") + "}"
			},
		},
		{
			"aliases", func(l *document.Limits, n int) { l.Aliases = n },
			func(n int) string { return "{ a a: a" + repeat(n, " a#: __typename") + "}" },
			func(n int) string {
				return "{ a: b { ...F } c { ...F } } fragment F on T {" + repeat(n/2, " a#: a") + "}"
			},
		},
		{
			"fields", func(l *document.Limits, n int) { l.Fields = n },
			func(n int) string { return "{ a {" + repeat(n-1, " __typename") + "} }" },
			func(n int) string { return "{ a { ...F ...F } } fragment F on T {" + repeat(n/2, " a") + "}" },
		},
	}
	for _, tt := range tests {
		for way, query := range map[string]func(int) string{"": tt.query, ", by fragments": tt.spread} {
			if query == nil {
				continue
			}
			t.Run(tt.limit+way, func(t *testing.T) {
				const most = 9
				s := newService(t, func(p *Parts) {
					p.Limits = document.DefaultLimits()
					tt.set(&p.Limits, most)
				})
				if got := s.ask(t, "", query(most), nil); got.distinctCodes() != "GRAPHQL_VALIDATION_FAILED" && got.distinctCodes() != "" {
					t.Errorf("%s: %s", query(most), got.Body)
				}
				got := s.ask(t, "", query(most+2), nil)
				if got.codes() != "OPERATION_TOO_LARGE" || got.Code != http.StatusOK || got.Data != nil {
					t.Fatalf("%s: %d %s", query(most+2), got.Code, got.Body)
				}
				if e := got.Errors[0].Extensions; e["limit"] != tt.limit || e["allowed"] != float64(most) || e["asked"] != float64(most+2) {
					t.Errorf("%v", e)
				}
			})
		}
	}
}

// Fragments that spread the next one twice are counted without being visited twice,
// and their number never overflows.
func TestDoublingIsCountedOnce(t *testing.T) {
	s := newService(t, func(p *Parts) {
		p.Limits = document.DefaultLimits()
		p.Limits.Fragments, p.Limits.Tokens, p.Limits.Depth = 1000, 20_000, 1000
	})
	for n, limit := range map[int]string{3: "", 12: "fields", 40: "fields", 900: "fields"} {
		got := s.ask(t, "", `{ __type(name: "Query") { ...F0 } }`+doubling(n, "__Type", "", "name"), nil)
		if limit == "" && got.codes() != "" || limit != "" && (len(got.Errors) != 1 || got.Errors[0].Extensions["limit"] != limit) {
			t.Errorf("%d: %s", n, got.Body)
		}
	}
}

func TestLimitOfTheBody(t *testing.T) {
	s := newService(t, func(p *Parts) {
		p.Limits = document.DefaultLimits()
		p.Limits.Body = 1000
	})
	body := `{"query":"{ __typename }"}`
	if got := s.send(t, body+strings.Repeat(" ", 1000-len(body))); got.Code != http.StatusOK {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	got := s.send(t, body+strings.Repeat(" ", 2000-len(body)))
	if e := got.Errors[0].Extensions; got.Code != http.StatusRequestEntityTooLarge || got.codes() != "OPERATION_TOO_LARGE" || e["limit"] != "body" || e["allowed"] != 1000.0 || e["asked"] != 2000.0 {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestLimitOfNames(t *testing.T) {
	s := newService(t)
	name := strings.Repeat("n", nameLimit)
	for _, query := range []string{"{ #: __typename }", "query # { __typename }", "query($#: Int) { __typename }", "{ # }", "{ ...# }", "{ ... on # { a } }", "{ ...F } fragment F on # { a }"} {
		if got := s.ask(t, "", strings.ReplaceAll(query, "#", name), nil); strings.Contains(got.codes(), "OPERATION_TOO_LARGE") {
			t.Errorf("%s: %s", query, got.Body)
		}
		if got := s.ask(t, "", strings.ReplaceAll(query, "#", name+"n"), nil); got.codes() != "OPERATION_TOO_LARGE" || got.Errors[0].Extensions["limit"] != "name" || got.Body.Len() > 300 {
			t.Errorf("%s: %.300s", query, got.Body)
		}
	}
}

// The parser has a limit of its own to protect its stack. Beyond it the error names
// the depth too.
func TestNestingBeyondTheParser(t *testing.T) {
	s := newService(t, func(p *Parts) {
		p.Limits = document.DefaultLimits()
		p.Limits.Tokens = 20_000
	})
	got := s.ask(t, "", "{ a(b: "+strings.Repeat("[", 1200), nil)
	if e := got.Errors[0].Extensions; got.codes() != "OPERATION_TOO_LARGE" || e["limit"] != "depth" || e["asked"] != 1201.0 {
		t.Errorf("%s", got.Body)
	}
}

func TestLimitOfCost(t *testing.T) {
	s := newService(t, func(p *Parts) {
		p.Limits = document.DefaultLimits()
		p.Limits.Cost = queried + 3*2
	})
	if got := s.ask(t, sue, `{ users(first: 3) { nodes { id } } }`, nil); got.codes() != "" {
		t.Errorf("%s", got.Body)
	}
	got := s.ask(t, sue, `{ users(first: 4) { nodes { id } } }`, nil)
	if e := got.Errors[0].Extensions; got.codes() != "OPERATION_TOO_LARGE" || e["limit"] != "cost" || e["allowed"] != queried+6.0 || e["asked"] != queried+8.0 || got.Data != nil {
		t.Errorf("%s", got.Body)
	}
}

// The size of a page counts with the value of its variable.
func TestLimitOfCostByVariable(t *testing.T) {
	s := newService(t, func(p *Parts) {
		p.Limits = document.DefaultLimits()
		p.Limits.Cost = queried + 3*2
	})
	const query = `query($n: Int) { users(first: $n) { nodes { id } } }`
	tests := []struct {
		variables map[string]any
		code      string
		asked     float64
	}{
		{map[string]any{"n": 3}, "", 0},
		{map[string]any{"n": 4}, "OPERATION_TOO_LARGE", queried + 4*2},
		{map[string]any{"n": 1000}, "OPERATION_TOO_LARGE", queried + 100*2},
		{map[string]any{"n": nil}, "OPERATION_TOO_LARGE", queried + 100*2},
		{nil, "OPERATION_TOO_LARGE", queried + 20*2}, // the default of the argument
		{map[string]any{"n": "x"}, "GRAPHQL_VALIDATION_FAILED", 0},
	}
	for _, tt := range tests {
		for range 2 { // also when the document is cached
			got := s.ask(t, sue, query, tt.variables)
			if got.codes() != tt.code || tt.asked > 0 && got.Errors[0].Extensions["asked"] != tt.asked {
				t.Errorf("%v: want %q, %v, got %s", tt.variables, tt.code, tt.asked, got.Body)
			}
		}
	}
}

func TestLimitOfErrors(t *testing.T) {
	s := newService(t, func(p *Parts) {
		p.Limits = document.DefaultLimits()
		p.Limits.Errors = 3
	})
	for query, want := range map[string]int{
		`{ a b }`:                       2,
		`{ a b c d e }`:                 3,
		`{ a: me { id } b: me { id } }`: 2,
		`{ a: me { id } b: me { id } c: me { id } d: me { id } e: me { id } }`:                                            4,
		`{ a: user(id: "x") { id } b: user(id: "x") { id } c: user(id: "x") { id } d: user(id: "x") { id } }`:             4,
		`mutation { a: deleteUser(id: "x") b: deleteUser(id: "x") c: deleteUser(id: "x") d: deleteUser(id: "x") logout }`: 4,
	} {
		caller := ""
		if strings.Contains(query, "user(") {
			caller = sue
		}
		got := s.ask(t, caller, query, nil)
		if len(got.Errors) != want {
			t.Errorf("%s: %s", query, got.Body)
		}
		if omitted := got.Errors[len(got.Errors)-1].Extensions["omitted"]; want == 4 && (omitted == nil || got.Errors[3].Path != nil) {
			t.Errorf("%s: %s", query, got.Body)
		}
	}
}

// If every root field is UNAVAILABLE, so is the request, even if some errors are
// omitted.
func TestOmittedErrorsAreUnavailableToo(t *testing.T) {
	s := newService(t, func(p *Parts) {
		p.Limits = document.DefaultLimits()
		p.Limits.Errors = 1
	})
	s.store.faults["User"] = func() error { return auth.ErrUnavailable }
	if got := s.ask(t, ann, `{ a: me { id } b: me { id } }`, nil); got.Code != http.StatusServiceUnavailable || len(got.Errors) != 2 {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if got := s.ask(t, ann, `{ a: me { id } viewer { id } }`, nil); got.Code != http.StatusOK {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestLimitOfTime(t *testing.T) {
	s := newService(t, func(p *Parts) {
		p.Limits = document.DefaultLimits()
		p.Limits.Timeout = time.Hour
	})
	got := s.ask(t, ann, `{ me { id } }`, nil)
	if left := time.Until(s.store.deadline); got.codes() != "" || left < 50*time.Minute || left > time.Hour {
		t.Errorf("%v left: %s", left, got.Body)
	}
}

// Operations of common clients are within the limits.
func TestOperationsOfClientsAreWithinLimits(t *testing.T) {
	const relay = `query PeoplePageQuery($count: Int = 10, $cursor: String) { ...PeopleList_query viewer { ...Header_viewer id } }
	fragment Header_viewer on Viewer { id roles scopes sessionId expiresAt }
	fragment PeopleList_query on Query { users(first: $count, after: $cursor) { edges { node { ...Person_user id __typename } cursor }
		pageInfo { endCursor hasNextPage } totalCount } }
	fragment Person_user on User { id name email roles emailVerified disabled createdAt updatedAt lastLoginAt ...Sessions_user }
	fragment Sessions_user on User { sessions(first: 5) { id device ip current createdAt lastUsedAt expiresAt } }`
	const apollo = `mutation LogIn($input: LoginInput!) { login(input: $input) { accessToken expiresIn refreshToken scopes tokenType
		user { id email name roles __typename } __typename } }`
	s := newService(t)
	if got := s.ask(t, adm, relay, nil); got.codes() != "" {
		t.Errorf("relay: %s", got.Body)
	}
	if got := s.ask(t, "", apollo, map[string]any{"input": map[string]any{"email": "ann@example.com", "password": annsPassword}}); got.codes() != "" {
		t.Errorf("apollo: %s", got.Body)
	}
	// Introspection takes half of the tokens and of the body, and three quarters of
	// the depth and of the fields.
	half := newService(t, func(p *Parts) {
		p.Limits = document.DefaultLimits()
		p.Limits.Tokens, p.Limits.Body = p.Limits.Tokens/2, p.Limits.Body/2
		p.Limits.Depth, p.Limits.Fields = p.Limits.Depth*3/4, p.Limits.Fields*3/4
	})
	if got := half.ask(t, "", introspectionQuery, nil); got.codes() != "" {
		t.Errorf("introspection: %s", got.Body)
	}
}

// Each list of sessions is a database query. An administrator may ask for those of
// a page of accounts, but not many times over.
func TestListsOfListsCost(t *testing.T) {
	s := newService(t)
	for times, want := range map[int]string{1: "", 5: "", 6: "OPERATION_TOO_LARGE"} {
		sessions := ""
		for i := range times {
			sessions += fmt.Sprintf(" a%d: sessions(first: 1) { id }", i)
		}
		got := s.ask(t, adm, "{ users(first: 100) { nodes {"+sessions+" } } }", nil)
		if got.codes() != want {
			t.Errorf("%d times: %q, want %q: %.200s", times, got.codes(), want, got.Body)
		}
	}
}

package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"gatehouse/auth"
)

// addUsers adds n accounts to the store.
func (s *service) addUsers(n int) {
	for i := range n {
		u := *s.store.users[0]
		u.ID, u.Email = numbered(100+i), fmt.Sprintf("user%d@example.com", i)
		s.store.users = append(s.store.users, &u)
	}
}

// Queries are partial: a refused field is null, with an error.
func TestQueriesArePartial(t *testing.T) {
	s := newService(t)
	got := s.ask(t, ann, `{ a: user(id: "`+sue+`") { id } viewer { id } me { email } users { totalCount } u: user(id: "`+ann+`") { email } }`, nil)
	if got.codes() != "FORBIDDEN FORBIDDEN" || got.paths() != "a users" {
		t.Errorf("partial: %s", got.Body)
	}
	if want := `{"a":null,"viewer":{"id":"` + ann + `"},"me":{"email":"ann@example.com"},"users":null,"u":{"email":"ann@example.com"}}`; string(got.Data) != want {
		t.Errorf("data = %s", got.Data)
	}
	refusal := got.Errors[0]
	if refusal.Extensions["coordinate"] != "Query.user" || refusal.Extensions["reason"] != "not_self" || len(refusal.Locations) != 1 || refusal.Locations[0].Column != 3 {
		t.Errorf("refusal = %+v", refusal)
	}
	anonymous := s.ask(t, "", `{ me { email } }`, nil)
	if e := anonymous.Errors[0].Extensions; e["reason"] != "no_credential" || e["code"] != "UNAUTHENTICATED" || e["coordinate"] != nil || e["required"] != nil {
		t.Errorf("anonymous: %s", anonymous.Body)
	}
}

// anyUserLists changes the schema so that any user may list the accounts, but sees
// only their own email.
func anyUserLists(t *testing.T) func(*Parts) {
	return altered(t, `): UserConnection @hasScope(scope: "read:users")`, `): UserConnection @authenticated`)
}

// There is one error per null, with indices and in order. After twenty of them one
// more says how many were left out.
func TestManyRefusalsAreCounted(t *testing.T) {
	tests := []struct {
		caller            string
		accounts, refused int
		selection         string
	}{
		{sue, 50, 0, "nodes { email }"},
		{ann, 3, 2, "nodes { email }"},
		{ann, 21, 20, "nodes { id email }"},
		{ann, 22, 21, "nodes { id email }"},
		{ann, 51, 50, "nodes { id email }"},
		{ann, 51, 50, "edges { node { email } }"},
		{ann, 26, 50, "edges { node { email } } nodes { email }"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d of %d, %s", tt.refused, tt.accounts, tt.selection), func(t *testing.T) {
			s := newService(t, anyUserLists(t))
			s.addUsers(tt.accounts - 3)
			for range 3 {
				got := s.ask(t, tt.caller, `{ users(first: `+strconv.Itoa(tt.accounts)+`) { `+tt.selection+` } }`, nil)
				if nulls := strings.Count(string(got.Data), `"email":null`); nulls != tt.refused {
					t.Errorf("%d nulls", nulls)
				}
				shown := got.Errors[:min(len(got.Errors), s.limits.Errors)]
				if len(got.Errors) != min(tt.refused, s.limits.Errors+1) {
					t.Fatalf("%d errors for %d nulls", len(got.Errors), tt.refused)
				}
				for i, e := range shown {
					if index := e.Path[2]; e.Extensions["code"] != "FORBIDDEN" || index != float64(i+1) { // the first is the caller's own
						t.Errorf("error %d is at %v", i, e.Path)
					}
				}
				if tt.refused > s.limits.Errors {
					last := got.Errors[s.limits.Errors]
					if last.Extensions["omitted"] != float64(tt.refused-s.limits.Errors) || last.Extensions["code"] != "FORBIDDEN" || last.Path != nil {
						t.Errorf("the last error is %+v", last)
					}
				}
			}
		})
	}
}

// Below a login the caller is the user it logged in. Of two logins in one request,
// which this schema allows, each sees their own email and not the other's.
func TestLoginShowsOnesOwn(t *testing.T) {
	s := newService(t, altered(t, "@public @authenticates @sensitive", "@public @authenticates"))
	in := func(alias, who string) string {
		return alias + `: login(input: {email: "` + who + `@example.com", password: "` + annsPassword + `"}) { user { id email } }`
	}
	got := s.ask(t, "", `mutation { `+in("a", "ann")+in("b", "sue")+` }`, nil)
	if got.codes() != "" || !strings.Contains(string(got.Data), `"email":"ann@example.com"`) || !strings.Contains(string(got.Data), `"email":"sue@example.com"`) {
		t.Errorf("two logins: %s", got.Body)
	}
	if other := s.ask(t, ann, `{ user(id: "`+sue+`") { email } }`, nil); other.codes() != "FORBIDDEN" {
		t.Errorf("not by a login: %s", other.Body)
	}
	if wrong := s.ask(t, "", strings.Replace(`mutation { `+in("a", "ann")+` }`, annsPassword, canary, 1), nil); wrong.codes() != "INVALID_CREDENTIALS" || strings.Contains(wrong.Body.String(), canary) {
		t.Errorf("wrong password: %s", wrong.Body)
	}

	payload := &auth.Tokens{User: s.store.users[1]} // of another user, without a principal
	for name, result := range map[string]any{"another's": payload, "nothing of ours": "x"} {
		if shown := belowLogin(t, s, result); shown == nil {
			t.Errorf("%s: an e-mail is shown below it", name)
		}
	}
}

// What a client sees, and what is logged, of the errors of auth.
func TestFaults(t *testing.T) {
	const secret = "pq: password authentication failed for user " + canary
	unavailable := fmt.Errorf("find: %w: %s", auth.ErrUnavailable, secret)
	query := `{ me { id } }`
	tests := []struct {
		name, caller, query string
		method              string
		fault               error
		code                string
		status              int
		logged              bool
	}{
		{"unavailable", ann, query, "User", unavailable, "UNAVAILABLE", 503, false},
		{"unavailable twice", ann, `{ me { id } b: me { id } }`, "User", unavailable, "UNAVAILABLE UNAVAILABLE", 503, false},
		{"one of two", ann, `{ me { id } viewer { id } }`, "User", unavailable, "UNAVAILABLE", 200, false},
		{"unavailable and refused", ann, `{ me { id } users { totalCount } }`, "User", unavailable, "UNAVAILABLE FORBIDDEN", 200, false},
		{"unavailable below the root", adm, `{ users { nodes { id } totalCount } }`, "CountUsers", unavailable, "UNAVAILABLE", 200, false},
		{"a mutation unavailable", ann, `mutation { logout }`, "EndSession", unavailable, "UNAVAILABLE", 503, false},
		{"internal", ann, query, "User", errors.New(secret), "INTERNAL", 200, true},
		{"not found", ann, query, "User", fmt.Errorf("user: %w", auth.ErrNotFound), "NOT_FOUND", 200, false},
		{"panic", ann, query, "User", nil, "INTERNAL", 200, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t)
			s.store.faults[tt.method] = func() error {
				if tt.fault == nil {
					panic("a fault")
				}
				return tt.fault
			}
			got := s.ask(t, tt.caller, tt.query, nil)
			if got.codes() != tt.code || got.Code != tt.status || (got.Header().Get("Retry-After") == "1") != (tt.status == 503) {
				t.Errorf("want %d %s, got %d %v %s", tt.status, tt.code, got.Code, got.Header(), got.Body)
			}
			if strings.Contains(got.Body.String(), canary) || strings.Contains(got.Body.String(), ".go") {
				t.Errorf("the answer says %s", got.Body)
			}
			if id := got.Errors[0].Extensions["requestId"]; (id == "request-1") != tt.logged {
				t.Errorf("request id %v", id)
			}
			if errorLines := strings.Count(s.log.String(), `"level":"ERROR"`); (errorLines == 1) != tt.logged {
				t.Errorf("log = %s", s.log)
			}
			if tt.fault == nil && (!strings.Contains(s.log.String(), "fixture_test.go") || !strings.Contains(s.log.String(), `"panic":"a fault"`)) {
				t.Errorf("no stack in the log: %s", s.log)
			}
		})
	}
}

// Every field of every type is answered to a caller who may see all.
func TestEveryFieldResolves(t *testing.T) {
	s := newService(t)
	last, name := noon(), "Ann"
	s.store.users[0].LastLoginAt, s.store.users[0].Name = &last, &name
	const user = `id email name roles emailVerified disabled createdAt updatedAt lastLoginAt`
	got := s.ask(t, sue, `{ viewer { id roles scopes sessionId expiresAt } me { `+user+` } user(id: "`+ann+`") { `+user+` }
		users { edges { cursor node { `+user+` } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }`, nil)
	if got.codes() != "" {
		t.Fatalf("%s", got.Body)
	}
	var data struct{ User, Me, Viewer, Users map[string]any }
	if err := json.Unmarshal(got.Data, &data); err != nil {
		t.Fatal(err)
	}
	if want := "map[createdAt:2026-11-22T12:00:00Z disabled:false email:ann@example.com emailVerified:false id:" + ann +
		" lastLoginAt:2026-11-22T12:00:00Z name:Ann roles:[user] updatedAt:2026-11-22T12:00:00Z]"; fmt.Sprint(data.User) != want {
		t.Errorf("user = %v", data.User)
	}
	if want := "map[expiresAt:2026-11-22T13:00:00Z id:" + sue + " roles:[support] scopes:[read:users write:users] sessionId:" + sue + "]"; fmt.Sprint(data.Viewer) != want {
		t.Errorf("viewer = %v", data.Viewer)
	}
	if data.Users["totalCount"] != float64(3) || len(data.Users["edges"].([]any)) != 3 || data.Me["name"] != nil {
		t.Errorf("users = %v, me = %v", data.Users, data.Me)
	}
}

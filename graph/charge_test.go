package graph

import (
	"testing"

	"gatehouse/graph/fault"
)

// A request for several logins is refused and counts as one attempt, as a single
// login does.
func TestManyLoginsAreOneAttempt(t *testing.T) {
	in := `login(input: {email: "ann@example.com", password: "` + canary + `"}) { tokenType }`
	tests := []struct {
		name, query, code string
		attempts          int
	}{
		{"one", "mutation { " + in + " }", "INVALID_CREDENTIALS", 1},
		{"two", "mutation {" + repeat(2, " a#: "+in) + " }", "OPERATION_TOO_LARGE", 1},
		{"a hundred", "mutation {" + repeat(100, " a#: "+in) + " }", "OPERATION_TOO_LARGE", 1},
		{"a hundred by one variable", "mutation($i: LoginInput!) {" + repeat(100, " a#: login(input: $i) { tokenType }") + " }", "OPERATION_TOO_LARGE", 1},
		{"a hundred in a fragment", "mutation { ...F } fragment F on Mutation { " + repeat(100, " a#: "+in) + " }", "OPERATION_TOO_LARGE", 1},
		{"two inline", "mutation { ... on Mutation { a: " + in + " ... @include(if: true) { ... { b: " + in + " } } } }", "OPERATION_TOO_LARGE", 1},
		{"a hundred of another field", "mutation { " + repeat(100, " a#: logout") + " }", "OPERATION_TOO_LARGE", 0},
		{"a hundred with its name within", "{ " + repeat(100, ` a#: user(id: "login") { login }`) + " }", "OPERATION_TOO_LARGE", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, counted := newLimited(t, 99)
			attempts := 0
			s.observer.Attempted = func(field string, code fault.Code) {
				if attempts++; field != "login" || string(code) != tt.code {
					t.Errorf("attempt of %s: %s", field, code)
				}
			}
			got := s.ask(t, "", tt.query, nil)
			if got.codes() != tt.code {
				t.Fatalf("%d %s", got.Code, got.Body)
			}
			if n := counted.uses["Mutation.login: address 192.0.2.1"]; n != tt.attempts || attempts != tt.attempts {
				t.Errorf("%d counted, %d observed; want %d", n, attempts, tt.attempts)
			}
			if tt.code == "OPERATION_TOO_LARGE" && len(s.store.calls) > 0 {
				t.Errorf("it ran: %q", s.store.calls)
			}
		})
	}
}

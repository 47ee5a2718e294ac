package graph

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/graph/document"
)

// Any document is answered in bounded time, without a panic, and with a code for
// each error.
func FuzzDocuments(f *testing.F) {
	for _, attack := range attacks() {
		for _, n := range []int{1, 7, 40} {
			f.Add(attack(n), `{"v":1}`, false)
		}
	}
	f.Add(introspectionQuery, `null`, true)
	f.Add(`mutation($i: LoginInput!) { login(input: $i) { user { email } } }`, `{"i":{"email":"ann@example.com","password":"x"}}`, true)
	f.Add(`query($id: ID! = "x", $f: UserFilter) { user(id: $id) { ...F } users(filter: $f) { nodes { ...F } } } fragment F on User { email }`, `{"f":{"name":null}}`, false)
	f.Add(`{ access(operation: "{ me { id } }", variables: {a: [1, {b: "x"}]}) { coordinate path } }`, `{}`, false)
	services := map[bool]*service{true: newService(f), false: newService(f, func(p *Parts) { p.Introspection = document.IntrospectionOff })}
	f.Fuzz(func(t *testing.T, query, variables string, introspection bool) {
		if !json.Valid([]byte(variables)) {
			variables = "null"
		}
		s := services[introspection]
		s.log.Reset()
		start := cpuTime(t)
		got := s.send(t, `{"query":`+quote(t, query)+`,"variables":`+variables+`}`, "Authorization: Bearer "+s.token(t, adm, 0))
		if took := cpuTime(t) - start; took > slowdown*2*time.Second { // fuzzing makes each step slower
			t.Errorf("it took %v", took)
		}
		if s := s.log.String(); strings.Contains(s, `"panic"`) || strings.Contains(s, "internal error") {
			t.Errorf("%s", s)
		}
		if got.Code == http.StatusOK && got.Data == nil && len(got.Errors) == 0 {
			t.Errorf("%s is no answer", got.Body)
		}
		for _, e := range got.Errors {
			if code, _ := e.Extensions["code"].(string); code == "" || slices.Contains([]string{"INTERNAL", "UNAVAILABLE"}, code) {
				t.Errorf("%s", got.Body)
			}
		}
	})
}

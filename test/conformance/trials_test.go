package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// A class is of callers that are alike in all that directives ask for. Nobody has no roles and no scopes: nil.
type class struct {
	name          string
	nobody        bool
	expired       bool // has a token that no longer works
	limited       bool // asked for these scopes only, fewer than the roles grant
	roles, scopes []string
}

// A scene is a caller of some class, before an object that is theirs or another's.
type scene struct {
	caller   *asker // nil for nobody
	token    string
	values   map[string]string                  // that stand in the operation for words such as @ID@
	loggedIn func(result map[string]any) *asker // by what a field that authenticates came to
	// whole is what the operation comes to where nothing is refused; nil takes what it came to.
	whole func(text string, variables map[string]any) map[string]any
}

// A world is a service that is judged by its schema.
type world struct {
	schema      *ast.Schema // as it is meant: what the oracle reads
	experiments []*experiment
	classes     []class
	stage       func(t testing.TB, c class, e *experiment, own bool) scene
}

// A trial is an experiment of one class of callers.
type trial struct {
	*experiment
	class
	own bool // the object asked for is the caller's
}

func (t trial) String() string {
	return fmt.Sprintf("%s, own %t: %s %v", t.name, t.own, t.text, t.variables)
}

// trials are all there are: each experiment of each class, on an object of one's own and of another where one is asked for. With -short they are
// a tenth of those, which is enough to find a race.
func (w *world) trials() []trial {
	var all []trial
	for _, e := range w.experiments {
		for _, c := range w.classes {
			all = append(all, trial{e, c, false})
			if asks := e.text + fmt.Sprint(e.variables); strings.Contains(asks, "@ID@") && !c.nobody {
				all = append(all, trial{e, c, true})
			}
		}
	}
	if !testing.Short() {
		return all
	}
	var some []trial
	for i := 0; i < len(all); i += 10 {
		some = append(some, all[i])
	}
	return some
}

// classesOf are those that the directives of a schema can tell apart, and then some.
func classesOf(schema *ast.Schema) []class {
	names := map[string][]string{"role": {"admin", "user"}, "scope": nil}
	for _, a := range applications(schema) {
		for _, n := range oracleNeeds(ast.DirectiveList{(*a.list)[a.index]}) {
			names[n.kind] = append(names[n.kind], n.any...)
		}
	}
	for kind, list := range names {
		slices.Sort(list)
		names[kind] = slices.Compact(list)
	}
	scopes := names["scope"]
	all := []class{{name: "anonymous", nobody: true}, {name: "expired", expired: true}}
	for _, role := range names["role"] {
		c := class{name: "role " + role, roles: []string{role}}
		if role == "admin" {
			c.scopes = scopes
		}
		all = append(all, c)
	}
	for _, scope := range scopes {
		all = append(all, class{name: "scope " + scope, roles: []string{onlyRole(scope)}, scopes: []string{scope}})
	}
	return append(all,
		class{name: "every role", roles: names["role"], scopes: scopes},
		class{name: "limited", limited: true, scopes: scopes[:1]},
		class{name: "limited to nothing", limited: true})
}

// onlyRole names the role that grants this scope alone.
func onlyRole(scope string) string { return "only-" + strings.ReplaceAll(scope, ":", "-") }

// try runs an experiment and returns how the outcome differs from what the oracle says, "" if it doesn't, and the coordinates reached.
func (w *world) try(t testing.TB, h http.Handler, tr trial) (string, map[string]bool) {
	t.Helper()
	sc := w.stage(t, tr.class, tr.experiment, tr.own)
	text, variables := sc.fill(t, tr.experiment)
	r := postTo(t, h, sc.token, text, variables)
	j, err := newWalk(w.schema, text, variables)
	if err != nil || strings.HasPrefix(r.code(), "GRAPHQL_") && r.errors[0].Path == nil {
		return fmt.Sprintf("no operation: %v: %s", err, r.body), nil
	}
	j.loggedIn = sc.loggedIn
	if tr.expired && !j.public() {
		if r.status != http.StatusUnauthorized || r.data != nil || refusalOf(r.errors[0]) != "UNAUTHENTICATED token_expired" {
			return "an expired token: " + r.body, nil
		}
		return "", nil
	}
	data := r.data
	if sc.whole != nil {
		data = sc.whole(text, variables)
	}
	j.judge(sc.caller, data)
	for _, coordinate := range tr.supplies {
		j.reached[coordinate] = len(j.refused) == 0
	}
	j.reached[tr.door] = tr.to == nil || j.entered[tr.to.Name] || tr.to.Kind == ast.Union
	return compare(t, j.refused, r), j.reached
}

// fill puts the scene's values into an operation.
func (s scene) fill(t testing.TB, e *experiment) (string, map[string]any) {
	t.Helper()
	var pairs []string
	for word, value := range s.values {
		pairs = append(pairs, word, value)
	}
	fill := strings.NewReplacer(pairs...)
	if e.variables == nil {
		return fill.Replace(e.text), nil
	}
	given, err := json.Marshal(e.variables)
	if err != nil {
		t.Error(err)
	}
	var variables map[string]any
	if err := json.Unmarshal([]byte(fill.Replace(string(given))), &variables); err != nil {
		t.Error(err)
	}
	return fill.Replace(e.text), variables
}

// postTo sends an operation to a handler.
func postTo(t testing.TB, h http.Handler, token, text string, variables map[string]any) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		t.Error(err)
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	r := reply{status: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
	var parsed struct {
		Data   map[string]any `json:"data"`
		Errors []replyError   `json:"errors"`
	}
	if err := json.Unmarshal(recorder.Body.Bytes(), &parsed); err != nil {
		t.Errorf("the answer is not JSON: %v: %s", err, r.body)
	}
	r.data, r.errors = parsed.Data, parsed.Errors
	return r
}

// refusalOf is the code and the reason of an error that is a refusal by the schema, "" of every other.
func refusalOf(e replyError) string {
	code, reason := fmt.Sprint(e.Extensions["code"]), fmt.Sprint(e.Extensions["reason"])
	if code != "UNAUTHENTICATED" && code != "FORBIDDEN" || reason == "rank" || reason == "registration_closed" {
		return ""
	}
	return code + " " + reason
}

// compare returns how the refusals of an answer differ from those wanted. What is refused is nowhere in the data.
func compare(t testing.TB, want map[string]string, r reply) string {
	t.Helper()
	got := map[string]string{}
	for _, e := range r.errors {
		if why := refusalOf(e); why != "" {
			path := strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Path), " ", "."), "[]")
			if got[path] != "" {
				return "refused twice: " + path + ": " + r.body
			}
			got[path] = why
			if there := dig(r.data, e.Path); there != nil {
				return fmt.Sprintf("refused and shown: %s: %v", path, there)
			}
		}
	}
	if !maps.Equal(got, want) {
		return fmt.Sprintf("refused %v, want %v: %s", got, want, r.body)
	}
	return ""
}

// dig follows a response path; nil if it leads nowhere.
func dig(v any, path []any) any {
	for _, step := range path {
		switch at := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[at]
		case float64:
			items, _ := v.([]any)
			if int(at) >= len(items) {
				return nil
			}
			v = items[int(at)]
		}
	}
	return v
}

// run makes all trials, several at a time, and returns the coordinates that were reached. It stops when enough is found to differ.
func (w *world) run(t *testing.T, h http.Handler, trials []trial, enough int) (differ []string, reached map[string]bool) {
	t.Helper()
	var mu sync.Mutex
	var wait sync.WaitGroup
	reached = map[string]bool{}
	next := make(chan trial)
	for range 4 {
		wait.Go(func() {
			for tr := range next {
				difference, coordinates := w.try(t, h, tr)
				mu.Lock()
				if difference != "" {
					differ = append(differ, tr.String()+"\n\t"+difference)
				}
				for coordinate, ok := range coordinates {
					reached[coordinate] = reached[coordinate] || ok
				}
				mu.Unlock()
			}
		})
	}
	for _, tr := range trials {
		mu.Lock()
		stop := len(differ) >= enough
		mu.Unlock()
		if stop {
			break
		}
		next <- tr
	}
	close(next)
	wait.Wait()
	return differ, reached
}

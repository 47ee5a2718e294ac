package conformance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/test/harness"

	"github.com/vektah/gqlparser/v2/ast"
)

// A class is a kind of callers that directives treat alike.
type class struct {
	name          string
	anonymous     bool
	expired       bool // has a token that has expired
	limited       bool // has only these scopes, fewer than its roles grant
	delegated     bool // acts for an account that has every role
	key           bool // is an API key
	roles, scopes []string
	ago           time.Duration // since the person proved who they are
	factors       int           // with which they did; 0 is 1
}

// A fixture is a caller of a class and an object that is the caller's or another
// user's.
type fixture struct {
	caller   *caller // nil if anonymous
	token    string
	values   map[string]string                   // replace words such as @ID@ in the operation
	loggedIn func(result map[string]any) *caller // the new caller, by the result of a field that authenticates
	// whole returns the data of the operation if nothing were refused. Nil takes
	// the data of the answer.
	whole func(text string, variables map[string]any) map[string]any
}

// A suite checks a service against its schema.
type suite struct {
	schema      *ast.Schema // as intended: the oracle reads it
	experiments []*experiment
	classes     []class
	prepare     func(t testing.TB, c class, e *experiment, own bool) fixture
}

// A trial is an experiment done by one class of callers.
type trial struct {
	*experiment
	class
	own bool // the object is the caller's
}

func (t trial) String() string {
	return fmt.Sprintf("%s, own %t: %s %v", t.name, t.own, t.text, t.variables)
}

// trials are all trials: each experiment by each class, and if it names an
// object, on one of the caller's own and on another's. What acts for others supplies
// each value in one form only: what the forms have in common is tried by persons.
// With -short they are a tenth, which is enough to find a race.
func (w *suite) trials() []trial {
	var all []trial
	for _, e := range w.experiments {
		for _, c := range w.classes {
			if e.again && c.byKey() {
				continue
			}
			all = append(all, trial{e, c, false})
			if asks := e.text + fmt.Sprint(e.variables); strings.Contains(asks, "@ID@") && !c.anonymous {
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

// classesOf are the classes that the directives of a schema distinguish, and
// more.
func classesOf(schema *ast.Schema) []class {
	names := map[string][]string{"role": {"admin", "user"}, "scope": nil, "own": nil}
	for _, a := range applications(schema) {
		for _, scopes := range delegableOf(ast.DirectiveList{(*a.list)[a.index]}) {
			names["own"] = append(names["own"], scopes...)
		}
		for _, n := range requirementsOf(ast.DirectiveList{(*a.list)[a.index]}) {
			names[n.kind] = append(names[n.kind], n.any...)
		}
	}
	for kind, list := range names {
		slices.Sort(list)
		names[kind] = slices.Compact(list)
	}
	scopes := names["scope"]
	all := []class{{name: "anonymous", anonymous: true}, {name: "expired", expired: true}}
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
	for _, scope := range slices.Concat(scopes, names["own"]) {
		all = append(all, class{name: "app with " + scope, delegated: true, scopes: []string{scope}})
	}
	for _, within := range withins(schema) { // would be fresh in twice the time
		all = append(all, class{name: "stale for " + within.String(), roles: names["role"], scopes: scopes, factors: 2, ago: within * 5 / 4})
	}
	return append(all,
		class{name: "app", delegated: true},
		class{name: "program", key: true, scopes: scopes[:1]},
		class{name: "every role", roles: names["role"], scopes: scopes},
		class{name: "every role and factor", roles: names["role"], scopes: scopes, factors: 2},
		class{name: "limited", limited: true, scopes: scopes[:1]},
		class{name: "limited to nothing", limited: true})
}

// withins are the times of each @fresh, shortest first.
func withins(schema *ast.Schema) (all []time.Duration) {
	for _, a := range applications(schema) {
		for _, n := range requirementsOf(ast.DirectiveList{(*a.list)[a.index]}) {
			if n.kind == "fresh" {
				all = append(all, n.within)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// onlyRole is the role that grants this scope alone.
func onlyRole(scope string) string { return "only-" + strings.ReplaceAll(scope, ":", "-") }

// try runs a trial. It returns how the answer differs from what the oracle says,
// "" if it does not, and the coordinates it reached.
func (w *suite) try(t testing.TB, h http.Handler, tr trial) (string, map[string]bool) {
	t.Helper()
	f := w.prepare(t, tr.class, tr.experiment, tr.own)
	text, variables := f.fill(t, tr.experiment)
	r := serve(t, h, f.token, text, variables)
	walked, err := newWalk(w.schema, text, variables)
	if err != nil || strings.HasPrefix(r.Code(), "GRAPHQL_") && r.Errors[0].Path == nil {
		return fmt.Sprintf("not an operation: %v: %s", err, r.Body), nil
	}
	walked.loggedIn = f.loggedIn
	if tr.expired && !walked.public() {
		if r.Status != http.StatusUnauthorized || r.Data != nil || refusalOf(r.Errors[0]) != "UNAUTHENTICATED token_expired" {
			return "an expired token: " + r.Body, nil
		}
		return "", nil
	}
	data := r.Data
	if f.whole != nil {
		data = f.whole(text, variables)
	}
	walked.evaluate(f.caller, data)
	for _, coordinate := range tr.supplies {
		walked.reached[coordinate] = len(walked.refused) == 0
	}
	walked.reached[tr.path] = tr.to == nil || walked.entered[tr.to.Name] || tr.to.Kind == ast.Union
	return compare(t, walked.refused, r), walked.reached
}

// fill puts the fixture's values into an operation.
func (s fixture) fill(t testing.TB, e *experiment) (string, map[string]any) {
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

// serve sends an operation to a handler.
func serve(t testing.TB, h http.Handler, token, text string, variables map[string]any) harness.Reply {
	t.Helper()
	return harness.Serve(t, h, harness.NewRequest(t, harness.Bearer(token), harness.Body(text, variables)))
}

// refusalOf is the code and the reason of a refusal by the schema, "" of any other
// error.
func refusalOf(e harness.Error) string {
	code, reason := fmt.Sprint(e.Extensions["code"]), fmt.Sprint(e.Extensions["reason"])
	if code != "UNAUTHENTICATED" && (code != "FORBIDDEN" && code != "STEP_UP_REQUIRED" || e.Extensions["coordinate"] == nil) { // of a rule of the schema
		return ""
	}
	return code + " " + reason
}

// compare returns how the refusals of an answer differ from those wanted. A
// refused value must not be in the data.
func compare(t testing.TB, want map[string]string, r harness.Reply) string {
	t.Helper()
	got := map[string]string{}
	for _, e := range r.Errors {
		if why := refusalOf(e); why != "" {
			path := strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Path), " ", "."), "[]")
			if got[path] != "" {
				return "refused twice: " + path + ": " + r.Body
			}
			got[path] = why
			if there := dig(r.Data, e.Path); there != nil {
				return fmt.Sprintf("refused and shown: %s: %v", path, there)
			}
		}
	}
	if !maps.Equal(got, want) {
		return fmt.Sprintf("refused %v, want %v: %s", got, want, r.Body)
	}
	return ""
}

// dig follows a response path. It returns nil if that leads nowhere.
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

// run runs trials, several at a time, and returns the coordinates they reached. It
// stops when enough of them differ.
func (w *suite) run(t *testing.T, h http.Handler, trials []trial, enough int) (differ []string, reached map[string]bool) {
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

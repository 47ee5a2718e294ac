package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestNeeds(t *testing.T) {
	tests := []struct {
		name    string
		text    string
		want    []string // requirements
		perhaps []string
	}{
		{"nothing", `{ open { id } }`, nil, nil},
		{"to be logged in", `{ me { id } }`, []string{"authenticated"}, nil},
		{"each thing once", `{ me { name friend { name } } }`, []string{"authenticated"}, nil},
		{"several, sorted", `{ me { pay mail } }`, []string{"authenticated", "role:boss", "scope:s:read|self"}, nil},
		{"whatever variables skip", `query($a: Boolean!, $b: Boolean = false) { open { pay @skip(if: $a) mail @include(if: $b) } }`, []string{"role:boss", "scope:s:read|self"}, nil},
		{"but not what is never run", `{ open { pay @skip(if: true) } me @include(if: false) { id } }`, nil, nil},
		{"an argument", `{ person(secret: true) { id } }`, []string{"scope:s:read|self", "scope:s:secret"}, nil},
		{"an argument by a variable", `query($s: Boolean) { person(secret: $s) { id } }`, []string{"scope:s:read|self", "scope:s:secret"}, nil},
		{"an argument left out", `{ person { id } }`, []string{"scope:s:read|self"}, nil},
		{"an input field", `{ person(in: {a: 1}) { id } }`, []string{"role:boss", "scope:s:read|self"}, nil},
		{"an input field that a variable may hold", `query($i: In) { person(in: $i) { id } }`, []string{"scope:s:read|self"}, []string{"In.a"}},
		{"one that it holds anyway", `query($i: In!) { person(in: {a: 1, more: [$i]}) { id } }`, []string{"role:boss", "scope:s:read|self"}, nil},
		{"below a login", `mutation { login { person { name mail pay } } }`, nil, nil},
	}
	p := policyOf(t, explainable)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			needs, ok := planOf(t, p, tt.text).Needs()
			var got, perhaps []string
			for _, any := range needs.Required {
				got = append(got, strings.Join(any, "|"))
			}
			for _, c := range needs.Perhaps {
				perhaps = append(perhaps, c.Coordinate)
			}
			if !ok || !slices.Equal(got, tt.want) || !slices.Equal(perhaps, tt.perhaps) || needs.Anonymous != (len(tt.want) == 0) {
				t.Errorf("needs %q, perhaps %q, anonymous: %t; want %q, %q", got, perhaps, needs.Anonymous, tt.want, tt.perhaps)
			}
		})
	}
}

func TestNeedsOfTooMuch(t *testing.T) {
	p := policyOf(t, explainable)
	for n, want := range map[int]bool{5: true, 40: false} {
		doc := documentOf(t, doubling(n, `{ open { ...F0 } }`, "Person", "friend", "name"))
		define(p.schema, doc)
		if _, ok := p.Plan(doc, doc.Operations[0]).Needs(); ok != want {
			t.Errorf("2^%d places: %t", n, ok)
		}
	}
}

func TestLeast(t *testing.T) {
	tests := []struct {
		name          string
		required      string // operations separated by ";", requirements by "&" (all) and "|" (any)
		own           bool
		scopes, roles string
	}{
		{"nothing", "", false, "", ""},
		{"to be logged in", "authenticated", false, "", ""},
		{"one of each kind", "scope:a & role:r", false, "a", "r"},
		{"together", "scope:b; scope:a & scope:b", false, "a b", ""},
		{"one that does for all", "scope:a|scope:b; scope:b|scope:c; scope:b|scope:d", false, "b", ""},
		{"two that do for all", "scope:a|scope:b; scope:b|scope:c; scope:d; scope:a|scope:d", false, "b d", ""},
		{"any of several roles", "role:r|role:s; role:s|role:t", false, "", "s"},
		{"others' objects", "scope:a|self; role:r|self", false, "a", "r"},
		{"one's own objects", "scope:a|self; role:r|self", true, "", ""},
		{"one's own objects and more", "scope:a|self; scope:b", true, "b", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var all []Needs
			for operation := range strings.SplitSeq(tt.required, ";") {
				var needs Needs
				for clause := range strings.SplitSeq(operation, "&") {
					needs.Required = append(needs.Required, strings.Split(strings.TrimSpace(clause), "|"))
				}
				all = append(all, needs)
			}
			scopes, roles := Least(all, tt.own)
			if strings.Join(scopes, " ") != tt.scopes || strings.Join(roles, " ") != tt.roles || scopes == nil || roles == nil {
				t.Errorf("scopes %q, roles %q", scopes, roles)
			}
			slices.Reverse(all)
			if again, _ := Least(all, tt.own); !slices.Equal(again, scopes) {
				t.Errorf("in another order scopes %q", again)
			}
		})
	}
}

// TestCoverIsSmallest compares the cover with all other sets.
func TestCoverIsSmallest(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f"}
	chance := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		var choices [][]string
		for range chance.IntN(7) {
			var of []string
			for _, name := range names {
				if chance.IntN(3) == 0 {
					of = append(of, name)
				}
			}
			if len(of) > 0 {
				choices = append(choices, of)
			}
		}
		smallest := len(names)
		for bits := range 1 << len(names) {
			var set []string
			for i, name := range names {
				if bits&(1<<i) != 0 {
					set = append(set, name)
				}
			}
			if covers(set, choices) {
				smallest = min(smallest, len(set))
			}
		}
		if got := cover(slices.Clone(choices)); len(got) != smallest || !covers(got, choices) || !slices.IsSorted(got) {
			t.Fatalf("%q of %q, and %d names do", got, choices, smallest)
		}
	}
}

func covers(set []string, choices [][]string) bool {
	return !slices.ContainsFunc(choices, func(of []string) bool {
		return !slices.ContainsFunc(of, func(name string) bool { return slices.Contains(set, name) })
	})
}

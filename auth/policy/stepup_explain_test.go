package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// An explanation says what is missing before a refusal does.
func TestExplainStepUp(t *testing.T) {
	p := policyOf(t, stepped)
	boss := proved(time.Hour, 1, "boss")
	tests := []struct {
		text string
		who  *Subject
		vars map[string]any
		want string
	}{
		{`mutation { codes }`, proved(time.Hour, 1), nil, `Mutation.codes STEP_UP stale [[fresh:600]]`},
		{`mutation { codes }`, proved(0, 1), nil, `Mutation.codes ALLOW [] []`},
		{`mutation { codes }`, nil, nil, `Mutation.codes DENY no_credential [[authenticated] [fresh:600]]`},
		{`mutation { codes }`, ofKey(""), nil, `Mutation.codes DENY not_delegable [[authenticated] [fresh:600]]`},
		{`mutation { remove { name } }`, proved(time.Hour, 1), nil, `Mutation.remove STEP_UP one_factor [[fresh:300] [factors:2]]`},
		{`mutation { reset(id: "a") { name } }`, proved(time.Hour, 1), nil, `Mutation.reset DENY missing_role [[role:boss] [fresh:600]]`},
		{`mutation { reset(id: "a") { name } }`, boss, nil, `Mutation.reset STEP_UP stale [[fresh:600]]`},
		{`mutation { delete(old: "a") { name } }`, proved(time.Hour, 1), nil, `Mutation.delete ALLOW [] []`},
		{`mutation { delete { name } }`, proved(time.Hour, 1), nil, `Mutation.delete STEP_UP stale [[fresh:600 given:old]]`},
		{`mutation($o: String) { delete(old: $o) { name } }`, proved(time.Hour, 1), nil, `Mutation.delete STEP_UP stale [[fresh:600 given:old]]`},
		{`mutation($o: String) { delete(old: $o) { name } }`, proved(time.Hour, 1), map[string]any{"o": "a"}, `Mutation.delete ALLOW [] []`},
		{`{ me { codes } }`, proved(time.Hour, 1), nil, `Query.me ALLOW [] []; User.codes SELF [] [[role:boss self] [fresh:600]]`},
		{`{ me { codes } }`, boss, nil, `Query.me ALLOW [] []; User.codes STEP_UP stale [[fresh:600]]`},
		{`{ user(id: "own") { keys } }`, proved(0, 1), nil, `Query.user ALLOW [] []; User.keys STEP_UP one_factor [[factors:2]]`},
		{`mutation { login { user { keys } } }`, nil, nil, `User.keys SELF [] []`},
	}
	for _, tt := range tests {
		rows, _ := planOf(t, p, tt.text).Explain(tt.who, tt.vars)
		var got []string
		for _, row := range rows {
			why := "[]"
			if row.Reason != nil {
				why = string(*row.Reason)
			}
			got = append(got, fmt.Sprintf("%s %s %s %v", row.Coordinate, row.Verdict, why, row.Missing))
			if r := row.Refusal(); (r != nil) != (row.Reason != nil) || r != nil && r.StepUp() != (row.Verdict == StepUp) {
				t.Errorf("%s: the refusal is %+v", tt.text, r)
			}
		}
		if all := strings.Join(got, "; "); all != tt.want {
			t.Errorf("%s by %+v:\n\t%s, want\n\t%s", tt.text, tt.who, all, tt.want)
		}
	}
}

// What a proof would open cannot be reached, but is shown, and what it would not
// open is not.
func TestCanAndViewOfSteps(t *testing.T) {
	p := policyOf(t, stepped)
	tests := []struct {
		name       string
		who        *Subject
		can, shown bool
	}{
		{"stale", proved(time.Hour, 1), false, true},
		{"fresh", proved(0, 1), true, true},
		{"a key", &Subject{ID: "own", Key: true, AuthTime: noon, Now: noon}, false, false},
		{"an application", &Subject{ID: "own", Delegated: true, AuthTime: noon, Now: noon}, false, false},
		{"anonymous", nil, false, false},
	}
	for _, tt := range tests {
		can, known := p.Can(tt.who, "Mutation.codes")
		shown := strings.Contains(p.View(tt.who).SDL(), "codes: [String!] @authenticated")
		if can != tt.can || shown != tt.shown || !known {
			t.Errorf("%s: can %t, shown %t", tt.name, can, shown)
		}
	}
	if p.Key(proved(0, 2)) != p.Key(proved(time.Hour, 1)) {
		t.Error("what is shown depends on the time")
	}
}

func TestOutcomesOfSteps(t *testing.T) {
	p := policyOf(t, stepped)
	for text, want := range map[string]string{
		`mutation { codes }`:                    "Mutation.codes STEP_UP stale",
		`mutation { delete { name } }`:          "Mutation.delete STEP_UP stale",
		`mutation { rename(name: "a") { id } }`: "Mutation.rename ALLOW , Mutation.rename(name:) STEP_UP stale",
		`{ me { keys } }`:                       "Query.me ALLOW , User.keys STEP_UP one_factor",
	} {
		var got []string
		for coordinate, o := range planOf(t, p, text).Decide(proved(time.Hour, 1), nil).Outcomes() {
			got = append(got, coordinate+" "+string(o.Verdict)+" "+string(o.Reason))
		}
		slices.Sort(got)
		if all := strings.Join(got, ", "); all != want {
			t.Errorf("%s: %s, want %s", text, all, want)
		}
	}
}

package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// listed formats scopes: name, title, "own", coordinates.
func listed(all []Scope) (lines []string) {
	for _, s := range all {
		own := ""
		if s.Own {
			own = " own"
		}
		lines = append(lines, fmt.Sprintf("%s (%s)%s: %s", s.Name, s.Title, own, strings.Join(s.Coordinates, " ")))
	}
	return lines
}

func TestScopeList(t *testing.T) {
	p := policyOf(t, delegating)
	tests := []struct {
		name   string
		policy *Policy
		want   []string
	}{
		{"whole", p, []string{
			"diary (Diary) own: Diary.id Diary.lock Diary.page",
			"email (Address) own: Bot.name Query.user User.email",
			"lock (Lock) own: Diary.lock",
			"note (Note) own: Bot.note User.note",
			"openid (Id) own: Query.me",
			"profile (Profile) own: Query.me Subscription.ticks",
			"read:users (All): Bot.name In.power Query.kept Query.other Query.secret Query.user Query.users User.email User.name",
			"write:profile (Change) own: Mutation.touch",
		}},
		{"of a view", p.View(acting("openid")), []string{
			"diary (Diary) own: ", "email (Address) own: User.email", "lock (Lock) own: ", "note (Note) own: User.note", // below the login
			"openid (Id) own: Query.me", "profile (Profile) own: Query.me", "read:users (All): User.email User.name", "write:profile (Change) own: ",
		}},
		{"without titles", policyOf(t, `type Query { a: Int @hasScope(scope: ["b", "a"]) }`), []string{"a (): Query.a", "b (): Query.a"}},
		{"of nothing", policyOf(t, `type Query { a: Int @public }`), nil},
	}
	for _, tt := range tests {
		if got := listed(tt.policy.ScopeList()); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
	if own, power := p.OwnScopes(), p.Scopes(); !slices.Equal(own, []string{"diary", "email", "lock", "note", "openid", "profile", "write:profile"}) ||
		!slices.Equal(power, []string{"read:users"}) || !p.Delegates() {
		t.Errorf("own %q, power %q", own, power)
	}
}

// TestMayPassOn: a person passes on the scopes that they have and all that open
// their own, what acts for them only those that it was given.
func TestMayPassOn(t *testing.T) {
	tests := []struct {
		name string
		who  *Subject
		want string
	}{
		{"anonymous", nil, ""},
		{"a person", subject("", ""), "own1 own2"},
		{"one with a scope", subject("", "power"), "own1 own2 power"},
		{"an application", acting("own1"), "own1"},
		{"one with nothing", acting(""), ""},
		{"one with all", acting("own1 own2 power"), "own1 own2 power"},
		{"a program", ofKey("power"), "power"},
	}
	for _, tt := range tests {
		var got []string
		for _, s := range []Scope{{Name: "own1", Own: true}, {Name: "own2", Own: true}, {Name: "power"}} {
			if tt.who.MayPassOn(&s) {
				got = append(got, s.Name)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestUnusedTitles: a title for a scope that opens nothing is a warning.
func TestUnusedTitles(t *testing.T) {
	const used = `extend schema @scope(name: "a", title: "A") type Query { a: Int @hasScope(scope: "a") }`
	if got := review(t, used, Config{}, nil); len(got) > 0 {
		t.Errorf("findings %q", got)
	}
	got := review(t, used+"\nextend schema @scope(name: \"b\", title: \"B\")", Config{}, nil)
	if len(got) != 1 || got[0] != `7: warning: schema: the scope "b" opens nothing: correct the name, or remove this @scope` {
		t.Errorf("findings %q", got)
	}
}

package policy

import (
	"slices"
	"strings"
	"testing"
)

// TestDecideBelow: below a field that logs a caller in, the user is the caller.
// Two logins have separate decisions.
func TestDecideBelow(t *testing.T) {
	tests := []struct {
		name, selection, typename string
		who                       *Subject
		want                      string
	}{
		{"own e-mail", "user { x: email }", "User", subject("", ""), "self"},
		{"any e-mail, with the scope", "user { x: email }", "User", subject("", "read:users"), "allow"},
		{"the login failed", "user { x: email }", "User", nil, "deny no_credential scope:read:users|self"},
		{"guarded type", "vault { x: text }", "Vault", subject("", ""), "deny missing_scope scope:read:vault"},
		{"guarded type, with the scope", "vault { x: text }", "Vault", subject("", "read:vault"), "allow"},
		{"argument", `user { x: posts(tag: "a") }`, "User", subject("", ""), "deny missing_role role:admin"},
		{"argument, with the role", `user { x: posts(tag: "a") }`, "User", subject("admin", ""), "allow"},
		{"argument left out", `user { x: posts }`, "User", subject("", ""), "allow"},
		{"query in the payload", "query { x: staff }", "Query", subject("", ""), "deny missing_role role:admin|role:support"},
		{"query in the payload, with the role", "query { x: staff }", "Query", subject("support", ""), "allow"},
		{"query in the payload, one's own", `query { x: user(id: "own") { id } }`, "Query", subject("", ""), "allow"},
	}
	p := policyOf(t, nasty)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := planOf(t, p, "mutation { login { "+tt.selection+" } }")
			before := plan.Decide(subject("admin support", "read:users read:vault"), nil)
			if before.Clear() || len(before.Refused()) > 0 {
				t.Errorf("before: clear %t, refused %v", before.Clear(), before.Refused())
			}
			if got := outcome(p, plan.DecideBelow(tt.who, nil), fieldNamed(t, plan, "x"), tt.typename); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCheckOfAnotherOperation: a guarded field of a document that was not
// planned is refused, whatever the decision.
func TestCheckOfAnotherOperation(t *testing.T) {
	p := policyOf(t, nasty)
	all := subject("admin support", "read:users read:vault read:owner write:users")
	other := planOf(t, p, "{ staff node { id } }").Decide(all, nil)
	plan := planOf(t, p, "{ x: staff y: node { id } }")
	for _, d := range []*Decision{other, nil} {
		if r := p.Check(d, fieldNamed(t, plan, "x"), "Query", nil); r == nil || r.Reason != Undecided || len(r.Required) != 1 {
			t.Errorf("guarded: %v", r)
		}
		if r := p.Check(d, fieldNamed(t, plan, "y"), "Query", nil); r != nil {
			t.Errorf("open: %v", r)
		}
	}
	var none *Decision
	if none.Clear() {
		t.Error("no decision is clear")
	}
}

// TestInterfaceLetsOwnersThrough: an orSelf of one possible type lets the owner
// of any object through, here of A, which has no orSelf itself.
func TestInterfaceLetsOwnersThrough(t *testing.T) {
	p := policyOf(t, `type Query { n: N @public }
		interface N { id: ID x: Int }
		type A implements N { id: ID x: Int }
		type B implements N { id: ID x: Int @hasRole(role: "r", orSelf: "id") }`)
	plan := planOf(t, p, "{ n { x } }")
	for _, typename := range []string{"A", "B"} {
		if got := outcome(p, plan.Decide(subject("", ""), nil), fieldNamed(t, plan, "x"), typename); got != "self" {
			t.Errorf("%s: %s", typename, got)
		}
	}
}

// TestCheckUnreadableObjects: an unreadable object, an empty id and a type
// without the sibling never belong to the caller.
func TestCheckUnreadableObjects(t *testing.T) {
	p := policyOf(t, nasty)
	plan := planOf(t, p, "{ me { x: email } }")
	tests := []struct {
		typename string
		object   any
		caller   *Subject
		own      bool
	}{
		{"User", "own", subject("", ""), true},
		{"User", "OWN", subject("", ""), false},
		{"User", nil, subject("", ""), false},
		{"User", 5, subject("", ""), false},
		{"User", "", &Subject{}, false},
		{"Stranger", "own", subject("", ""), false},
	}
	for _, tt := range tests {
		d := plan.Decide(tt.caller, nil)
		if got := p.Check(d, fieldNamed(t, plan, "x"), tt.typename, tt.object) == nil; got != tt.own {
			t.Errorf("%s %v: %t, want %t", tt.typename, tt.object, got, tt.own)
		}
	}
}

func TestRefusalSaysNothingOfTheCaller(t *testing.T) {
	p := policyOf(t, nasty)
	plan := planOf(t, p, `{ x: user(id: "canary-9f") { id } }`)
	for _, s := range []*Subject{nil, {ID: "canary-1a", Roles: []string{"canary-2b"}, Scopes: []string{"canary-3c"}}} {
		r := plan.Decide(s, nil).Refused()[0].Err
		text := r.Error() + denied(r) + r.Coordinate
		if strings.Contains(text, "canary") || r.Coordinate != "Query.user" || !slices.Equal(r.Required[0], []string{"scope:read:users", "self"}) {
			t.Errorf("refusal %+v", r)
		}
	}
}

package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// TestRoleChanges makes a role what a running service goes by, step by step.
func TestRoleChanges(t *testing.T) {
	s, c := serviceAndConsole(t)
	list := `{ users { totalCount } }`
	c.run(t, "", "role", "create", "support").ends(t, exitDone, "made the role support\n")
	c.run(t, "", "user", "create", "bob@example.com", "--role", "support").ends(t, exitDone)
	c.run(t, adaPassword, "user", "reset-password", "bob@example.com", "--password-stdin").ends(t, exitDone)
	bob := s.login(t, "bob@example.com", adaPassword)
	want(t, s.ask(t, bob.access, list, nil), "FORBIDDEN")

	c.run(t, "", "role", "grant", "support", "read:users", "read:items").ends(t, exitDone, "support grants: read:items, read:users\n")
	s.soon(t, bob.access, list, "")
	c.run(t, "", "role", "revoke", "support", "read:users", "no:such").ends(t, exitDone, "support grants: read:items\n")
	s.soon(t, bob.access, list, "FORBIDDEN")

	c.run(t, "", "role", "delete", "support").ends(t, exitRefused, `gatehouse: 1 accounts have the role "support": give them others first.`)
	c.run(t, "", "user", "set-roles", "bob@example.com", "user").ends(t, exitDone)
	c.run(t, "", "role", "delete", "support").ends(t, exitDone, "deleted the role support\n")
	c.run(t, "", "role", "delete", "support").ends(t, exitRefused, `gatehouse: there is no role "support"`)
}

func TestRoleRefuses(t *testing.T) {
	_, c := serviceAndConsole(t)
	tests := []struct{ args, want, right string }{
		{"create Support", "can't be a role", "create support"},
		{"create clerk items", "can't be a scope", "create clerk read:items"},
		{"create user", `There is a role "user" already.`, "create users"},
		{"grant boss read:users", `there is no role "boss"`, "grant clerk read:users"},
		{"grant clerk read,users", "can't be a scope", "grant clerk write:users"},
		{"grant admin read:users", "The role admin grants all scopes there are, always.", "grant user read:users"},
		{"revoke boss read:users", `there is no role "boss"`, "revoke clerk read:users"},
		{"delete admin", "The role admin is part of every deployment.", "delete clerk"},
		{"delete user", "The role user is part of every deployment.", "delete users"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			c.run(t, "", append([]string{"role"}, strings.Fields(tt.args)...)...).ends(t, exitRefused, "gatehouse: ", tt.want)
			c.run(t, "", append([]string{"role"}, strings.Fields(tt.right)...)...).ends(t, exitDone)
		})
	}
}

func TestRoleList(t *testing.T) {
	_, c := serviceAndConsole(t)
	c.run(t, "", "role", "create", "clerk", "read:items").ends(t, exitDone)
	table := c.run(t, "", "role", "list")
	table.ends(t, exitDone, "ROLE   SCOPES\nadmin  ", "read:items, read:users", "clerk  read:items\n", "user   none\n")

	var roles []listedRole
	if err := json.Unmarshal([]byte(c.run(t, "", "role", "list", "--json").stdout), &roles); err != nil || len(roles) != 3 {
		t.Fatalf("%v: %v", roles, err)
	}
	if !slices.Contains(roles[0].Scopes, "read:items") || !slices.Contains(roles[0].Scopes, "delete:users") || roles[2].Scopes == nil {
		t.Errorf("the array holds %v", roles)
	}
}

// A script may ask a running service right after a command: by then it has heard.
func TestCommandsLetReplicasHear(t *testing.T) {
	c := consoleOn(t, storetest.DSN(t))
	c.moment = 300 * time.Millisecond
	begun := time.Now()
	c.run(t, "", "role", "create", "shop", "sell:items").ends(t, exitDone)
	if took := time.Since(begun); took < c.moment {
		t.Errorf("it took %v, and left replicas no time to hear of the change", took)
	}
	c.moment = time.Hour // which nothing that changes nothing waits for
	c.run(t, "", "role", "list").ends(t, exitDone)
	c.run(t, "", "role", "create", "shop").ends(t, exitRefused)
}

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/store/storetest"
)

// listed are the sessions that session list prints for a program.
func (c console) listed(t *testing.T, who ...string) []listedSession {
	t.Helper()
	o := c.run(t, "", append([]string{"session", "list", "--json"}, who...)...)
	o.ends(t, exitDone)
	var list []listedSession
	if err := json.Unmarshal([]byte(o.stdout), &list); err != nil || list == nil {
		t.Fatalf("%v: %s", err, o.stdout)
	}
	return list
}

// TestSessionList lists the sessions that go on: everybody's, or those of one account.
func TestSessionList(t *testing.T) {
	s, c := serviceAndConsole(t)
	if got := c.listed(t); len(got) != 0 {
		t.Errorf("%+v are listed; nobody has logged in", got)
	}
	c.run(t, "", "session", "list").ends(t, exitDone, "ID  ACCOUNT  CREATED  LAST USED  ADDRESS  DEVICE\n")

	input := vars{"input": vars{"email": adaEmail, "password": adaPassword}}
	first := session1(t, "register", s.askFrom(t, "192.0.2.1", firefox, "", registerOperation, input))
	second := session1(t, "login", s.askFrom(t, "2001:db8::1", "\x1b[31mevil\u202e/1.0", "", loginOperation, input))
	ended, bob := s.login(t, adaEmail, adaPassword), s.admin(t)
	want(t, s.ask(t, ended.access, `mutation { logout }`, nil), "")
	a, b, bobs := s.sid(t, first.access), s.sid(t, second.access), s.sid(t, bob.access)
	first = session1(t, "refresh", s.askFrom(t, "192.0.2.7", firefox, "", refreshOperation, vars{"token": first.refresh}))
	for _, tt := range []struct {
		name string
		who  []string
		want []string
	}{
		{"everybody's", nil, []string{a, bobs, b}},
		{"by address", []string{strings.ToUpper(adaEmail)}, []string{a, b}},
		{"by id", []string{first.id}, []string{a, b}},
		{"the other's", []string{adminEmail}, []string{bobs}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var ids []string
			for _, session := range c.listed(t, tt.who...) {
				ids = append(ids, session.ID)
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" {
				t.Errorf("sessions: %s", diff)
			}
			table := c.run(t, "", append([]string{"session", "list"}, tt.who...)...)
			table.ends(t, exitDone, tt.want...)
			if lines := strings.Count(table.stdout, "\n"); lines != 1+len(tt.want) || strings.ContainsAny(table.stdout, "\x1b\u202e") {
				t.Errorf("%q", table.stdout)
			}
		})
	}
	c.run(t, "", "session", "list", adaEmail).ends(t, exitDone, "  192.0.2.7    Firefox on Windows\n", "  2001:db8::1  ")
	c.shape(t, a, first.id)
}

// shape fails unless the array of session list has these members, of which one session is described.
func (c console) shape(t *testing.T, id, userID string) {
	t.Helper()
	var raw []map[string]any
	if err := json.Unmarshal([]byte(c.run(t, "", "session", "list", "--json", adaEmail).stdout), &raw); err != nil {
		t.Fatal(err)
	}
	first := raw[0]
	for _, name := range []string{"createdAt", "lastUsedAt"} {
		text, _ := first[name].(string)
		if at, err := time.Parse(time.RFC3339, text); err != nil || !strings.HasSuffix(text, "Z") || time.Since(at) > time.Hour {
			t.Errorf("%s = %v", name, first[name])
		}
		delete(first, name)
	}
	shape := map[string]any{
		"id": id, "userId": userID, "ip": "192.0.2.7", "device": "Firefox on Windows", "userAgent": firefox, "amr": []any{"pwd"},
	}
	if diff := cmp.Diff(shape, first); diff != "" {
		t.Errorf("the array holds: %s", diff)
	}
}

// TestSessionRevoke ends one session, and all of an account, by its address and by its id; a running service feels it.
func TestSessionRevoke(t *testing.T) {
	s, c := serviceAndConsole(t)
	ada, admin := s.register(t, adaEmail, adaPassword), s.admin(t)
	one := s.login(t, adaEmail, adaPassword)
	id := s.sid(t, one.access)
	for _, form := range []string{id, strings.ToUpper(id), "urn:uuid:" + id} { // from the second time on it has ended already
		c.run(t, "", "session", "revoke", form).ends(t, exitDone, "session "+id+" has ended\n")
		s.soon(t, one.access, meOperation, "UNAUTHENTICATED")
		s.isOut(t, one)
	}
	s.goesOn(t, "ada", ada)
	for _, who := range []string{adaEmail, ada.id} {
		more := s.login(t, adaEmail, adaPassword)
		count := map[string]string{adaEmail: "2 sessions", ada.id: "1 session"}[who]
		c.run(t, "", "session", "revoke-all", who).ends(t, exitDone, adaEmail+" is logged out everywhere: "+count+" ended\n")
		s.soon(t, more.access, meOperation, "UNAUTHENTICATED")
		s.isOut(t, more)
		c.run(t, "", "session", "revoke-all", who).ends(t, exitDone, adaEmail+" is logged out everywhere: 0 sessions ended\n")
	}
	s.isOut(t, ada)
	s.goesOn(t, "the administrator", admin)
	s.goesOn(t, "ada, logged in again", s.login(t, adaEmail, adaPassword))
}

func TestSessionCommandsRefuse(t *testing.T) {
	const nobody = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"
	s, c := serviceAndConsole(t)
	ada := s.register(t, adaEmail, adaPassword)
	id := s.sid(t, ada.access)
	tests := []struct {
		args   string
		status int
		want   string
	}{
		{"list nobody@example.com", exitRefused, "gatehouse: no account has this e-mail address or id\n"},
		{"list " + nobody, exitRefused, "gatehouse: no account has this e-mail address or id\n"},
		{"list " + id, exitRefused, "gatehouse: no account has this e-mail address or id\n"},
		{"revoke " + nobody, exitRefused, "gatehouse: no session has this id\n"},
		{"revoke " + ada.id, exitRefused, "gatehouse: no session has this id\n"},
		{"revoke ada@example.com", exitRefused, "gatehouse: a session's id is a UUID, as gatehouse session list shows it\n"},
		{"revoke " + id[:35], exitRefused, "gatehouse: a session's id is a UUID, as gatehouse session list shows it\n"},
		{"revoke-all nobody@example.com", exitRefused, "gatehouse: no account has this e-mail address or id\n"},
		{"revoke", exitUsage, "<id>"},
		{"revoke " + id + " " + id, exitUsage, "unexpected argument"},
		{"revoke-all " + adaEmail + " --nonsense", exitUsage, "unknown flag --nonsense"},
		{"end " + id, exitUsage, "unexpected argument end"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			o := c.run(t, "", append([]string{"session"}, strings.Fields(tt.args)...)...)
			o.ends(t, tt.status, tt.want)
			if o.stdout != "" {
				t.Errorf("it answers: %s", o.stdout)
			}
		})
	}
	for _, command := range []string{"list", "revoke-all"} { // as a shell makes it of a variable that is not set
		c.run(t, "", "session", command, "").ends(t, exitRefused, "gatehouse: no account has this e-mail address or id\n")
	}
	s.goesOn(t, "ada", ada)
	want(t, s.ask(t, "", refreshOperation, vars{"token": ada.refresh}), "")
	c.run(t, "", "session", "revoke", id).ends(t, exitDone)
}

// TestSessionAndKeyCommandsNotMigrated: they change nothing in a database that lacks their tables.
func TestSessionAndKeyCommandsNotMigrated(t *testing.T) {
	bare, migrated := consoleOn(t, storetest.EmptyDSN(t)), consoleOn(t, storetest.DSN(t))
	file := keyFile(t, pemOf(t, newEd25519(t)))
	for _, args := range []string{"session list", "session revoke-all", "key list", "key rotate", "key import " + file} {
		t.Run(args, func(t *testing.T) {
			bare.run(t, "", strings.Fields(args)...).ends(t, exitRefused, "run gatehouse migrate up, or start the service once")
			migrated.run(t, "", strings.Fields(args)...).ends(t, exitDone)
		})
	}
}

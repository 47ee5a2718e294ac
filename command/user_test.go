package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// serviceAndConsole runs a service, and returns a console for its database.
func serviceAndConsole(t *testing.T) (*service, console) {
	t.Helper()
	dsn := storetest.DSN(t)
	return startOn(t, dsn), consoleOn(t, dsn)
}

// soon fails unless the running service answers with the code within the second it has to hear of a change.
func (s *service) soon(t *testing.T, token, query, code string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for r := s.ask(t, token, query, nil); ; r = s.ask(t, token, query, nil) {
		if r.code() == code || time.Now().After(deadline) {
			want(t, r, code)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestUserCreate(t *testing.T) {
	s, c := serviceAndConsole(t)
	c.run(t, adaPassword+"\n", "user", "create", adaEmail, "--name", "Ada", "--password-stdin").ends(t, exitDone, "ada@example.com", "roles     user\n")
	s.login(t, adaEmail, adaPassword)

	o := c.run(t, "", "user", "create", "second@example.com", "--role", "admin", "--role", "user")
	o.ends(t, exitDone, "roles     admin, user\n", "password  ")
	made := regexp.MustCompile(`password  (\S+)`).FindStringSubmatch(o.stdout)
	if len(made) != 2 {
		t.Fatalf("no password was made: %s", o.stdout)
	}
	want(t, s.ask(t, s.login(t, "second@example.com", made[1]).access, `{ users { totalCount } }`, nil), "")
}

func TestUserCreateRefuses(t *testing.T) {
	c := consoleOn(t, storetest.DSN(t))
	create := func(t *testing.T, stdin string, args ...string) outcome {
		return c.run(t, stdin, append([]string{"user", "create", "--password-stdin"}, args...)...)
	}
	create(t, adaPassword, adaEmail).ends(t, exitDone)
	tests := []struct {
		name  string
		stdin string
		args  []string
		want  string
	}{
		{"a taken address", adaPassword, []string{"ADA@example.com"}, "gatehouse: This e-mail address has an account already.\n"},
		{"no address", adaPassword, []string{"ada"}, "gatehouse: This is no e-mail address."},
		{"no such role", adaPassword, []string{"bob@example.com", "--role", "boss"}, `gatehouse: There is no role "boss".`},
		{"a weak password", "short", []string{"bob@example.com"}, "gatehouse: The password must have at least 12 characters.\n"},
		{"one's own address", "bob@example.com", []string{"bob@example.com"}, "gatehouse: The password must not be your e-mail address"},
		{"no password", "\n", []string{"bob@example.com"}, "gatehouse: standard input holds no password\n"},
		{"two lines", adaPassword + "\nmore\n", []string{"bob@example.com"}, "more than one line"},
		{"NUL", adaPassword + "\x00", []string{"bob@example.com"}, "NUL"},
		{"no text", adaPassword + "\xff", []string{"bob@example.com"}, "UTF-8"},
		{"a huge password", strings.Repeat("x", 1<<20), []string{"bob@example.com"}, "more than 16384 bytes"},
		{"a name of two lines", adaPassword, []string{"bob@example.com", "--name", "Bob\nAdmin"}, "gatehouse: A name has at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := create(t, tt.stdin, tt.args...)
			o.ends(t, exitRefused, tt.want)
			if strings.Contains(o.stderr, adaPassword) || o.stdout != "" {
				t.Errorf("it says: %s%s", o.stdout, o.stderr)
			}
		})
	}
	create(t, adaPassword+"\r\n", "bob@example.com", "--role", "user", "--name", "Bob").ends(t, exitDone, "bob@example.com")
}

// TestUserChanges changes an account by its address and by its id, and has a running service feel it.
func TestUserChanges(t *testing.T) {
	s, c := serviceAndConsole(t)
	for _, by := range []string{"e-mail", "id"} {
		t.Run(by, func(t *testing.T) {
			email := by + "@example.com"
			ada := s.register(t, email, adaPassword)
			who := map[string]string{"e-mail": strings.ToUpper(email), "id": ada.id}[by]
			list := `{ users { totalCount } }`

			want(t, s.ask(t, ada.access, list, nil), "FORBIDDEN")
			c.run(t, "", "user", "set-roles", who, "user", "admin", "user").ends(t, exitDone, email+" has the roles: admin, user\n")
			s.soon(t, ada.access, list, "")
			c.run(t, "", "user", "set-roles", who, "user").ends(t, exitDone, email+" has the roles: user\n")
			s.soon(t, ada.access, list, "FORBIDDEN")

			c.run(t, "", "user", "disable", who).ends(t, exitDone, email+" is disabled\n")
			s.soon(t, ada.access, meOperation, "UNAUTHENTICATED")
			c.run(t, "", "user", "disable", who).ends(t, exitDone, email+" is disabled\n")
			c.run(t, "", "user", "enable", who).ends(t, exitDone, email+" is enabled\n")
			ada = s.login(t, email, adaPassword)

			const renewed = "nine-loud-bitterns-31"
			c.run(t, renewed, "user", "reset-password", who, "--password-stdin").ends(t, exitDone, email+" has a new password\n")
			s.soon(t, ada.access, meOperation, "UNAUTHENTICATED")
			input := vars{"email": email, "password": adaPassword}
			want(t, s.ask(t, "", loginOperation, vars{"input": input}), "INVALID_CREDENTIALS")
			ada = s.login(t, email, renewed)

			c.run(t, "", "user", "delete", who).ends(t, exitRefused, "add --yes")
			want(t, s.ask(t, ada.access, meOperation, nil), "")
			c.run(t, "", "user", "delete", who, "--yes").ends(t, exitDone, email+" is deleted\n")
			s.soon(t, ada.access, meOperation, "UNAUTHENTICATED")
			c.run(t, "", "user", "delete", who, "--yes").ends(t, exitRefused, "no account has this")
		})
	}
}

func TestUserChangesRefuse(t *testing.T) {
	_, c := serviceAndConsole(t)
	last := "this is the last enabled administrator"
	tests := []struct {
		args, want string
	}{
		{"set-roles nobody@example.com user", "no account has this e-mail address or id"},
		{"disable 0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63", "no account has this e-mail address or id"},
		{"enable nobody", "no account has this e-mail address or id"},
		{"reset-password nobody@example.com", "no account has this e-mail address or id"},
		{"set-roles root@example.com boss admin", `There is no role "boss".`},
		{"set-roles root@example.com user", last},
		{"disable root@example.com", last},
		{"delete root@example.com --yes", last},
		{"reset-password root@example.com --password-stdin", "The password must have"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			c.run(t, "short", append([]string{"user"}, strings.Fields(tt.args)...)...).ends(t, exitRefused, tt.want)
		})
	}
	c.run(t, "", "user", "create", "second@example.com", "--role", "admin").ends(t, exitDone)
	for _, args := range []string{"reset-password root@example.com", "set-roles root@example.com user", "disable root@example.com", "delete root@example.com --yes"} {
		c.run(t, "", append([]string{"user"}, strings.Fields(args)...)...).ends(t, exitDone, adminEmail)
	}
}

package process_test

import (
	"bytes"
	"encoding/json"
	"net"
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// oauthService launches the program with OAuth, at its own URL.
func oauthService(t *testing.T, environ ...string) (p *harness.Process, settings []string) {
	t.Helper()
	address := harness.FreeAddress(t)
	settings = append(harness.Environ(storetest.DSN(t), "OAUTH=on", "ADDR="+address, "PUBLIC_URL=http://"+address), environ...)
	p = harness.Begin(t, harness.Config(t, t.TempDir(), settings))
	p.Client.URL, p.Process.URL = "http://"+address, "http://"+address
	if err := p.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p, settings
}

// tried is what oauth try prints.
type tried struct {
	Sub          string
	Scope        string
	RefreshToken bool
	IDToken      struct{ Iss, Sub, Email string }
	UserInfo     struct{ Sub, Email string }
}

// try runs oauth try while a person logs in, and returns what it prints.
func try(t *testing.T, settings []string, person *harness.Browser, stdin string, args ...string) tried {
	t.Helper()
	address := harness.FreeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	command := harness.Config(t, t.TempDir(), settings, append([]string{"oauth", "try", "--port", port}, args...)...).Command()
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, "it listens", func() bool {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			_ = connection.Close()
		}
		return err == nil
	})
	_, page := person.Visit(t, "http://"+address+"/", "http://"+address+"/never")
	if err := command.Wait(); err != nil {
		t.Fatalf("%v\n%s\n%s\n%s", err, stdout.String(), stderr.String(), page)
	}
	if !strings.Contains(page, "Logged in") {
		t.Errorf("the browser shows %s", page)
	}
	var got tried
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, stdout.String())
	}
	return got
}

// TestOAuthTry logs in to the application of the program itself, as a client that is made for
// this, and as one of one's own.
func TestOAuthTry(t *testing.T) {
	p, settings := oauthService(t)
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	person := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword)

	got := try(t, settings, person, "")
	if got.Sub != ada.UserID || got.IDToken.Sub != ada.UserID || got.IDToken.Iss != p.Client.URL || got.UserInfo.Email != harness.AdaEmail || got.RefreshToken {
		t.Errorf("it prints %+v", got)
	}
	if status, list := run(t, settings, "client", "list", "--json"); status != 0 || strings.Contains(list, "oauth try") {
		t.Errorf("the client is left: %d %s", status, list)
	}

	own := p.Client.Application(t, harness.Vars{"redirectUris": []string{"http://127.0.0.1/callback"}})
	got = try(t, settings, person, own.Secret+"\n", "--client", own.ID, "--secret-stdin", "--scope", "openid", "--scope", "offline_access")
	if got.Sub != ada.UserID || !got.RefreshToken || got.UserInfo.Email != "" {
		t.Errorf("as a client of one's own it prints %+v", got)
	}
}

// TestOAuthTryRefused says what to do.
func TestOAuthTryRefused(t *testing.T) {
	off := harness.Environ(storetest.DSN(t))
	gone := "http://" + harness.FreeAddress(t)
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"OAuth is off", nil, "set OAUTH=on"},
		{"another service needs a client", []string{"--issuer", "https://id.example.com"}, "--client ID"},
		{"a secret needs a client", []string{"--issuer", gone, "--secret-stdin"}, "--client ID"},
		{"no service", []string{"--issuer", gone, "--client", "x"}, "no service answers at " + gone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if status, output := run(t, off, append([]string{"oauth", "try"}, tt.args...)...); status != 1 || !strings.Contains(output, tt.want) {
				t.Errorf("status %d: %s; want %q", status, output, tt.want)
			}
		})
	}
}

package server

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
)

// TestWarnings: what is unsafe or of no use is logged once.
func TestWarnings(t *testing.T) {
	const bare, dry, useless = "the refresh cookie has neither", "POLICY_MODE=dry-run", "PLAYGROUND=on"
	tests := []struct {
		name    string
		environ []string
		want    string // "" for nothing
	}{
		{"http", nil, bare},
		{"http, always a cookie", []string{"REFRESH_COOKIE=always"}, bare},
		{"http, never a cookie", []string{"REFRESH_COOKIE=never"}, ""},
		{"https", []string{"PUBLIC_URL=https://id.example.com"}, ""},
		{"nothing is refused", []string{"POLICY_MODE=dry-run", "REFRESH_COOKIE=never"}, dry},
		{"an explorer that may send nothing", []string{"TRUSTED_DOCUMENTS_MODE=only", "TRUSTED_DOCUMENTS=x.json", "REFRESH_COOKIE=never"}, useless},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log := &recorder{}
			warn(read(t, tt.environ...), log.logger())
			for _, warning := range []string{bare, dry, useless} {
				times := 0
				if warning == tt.want {
					times = 1
				}
				if got := strings.Count(log.String(), warning); got != times {
					t.Errorf("%q is logged %d times, want %d: %s", warning, got, times, log)
				}
			}
		})
	}
}

// TestAnnounce: a generated password is shown once at a terminal, or else kept
// in a file until the account has another. It is never logged.
func TestAnnounce(t *testing.T) {
	dir := t.TempDir()
	s, log := read(t, "DATA_DIR="+dir), &recorder{}
	user := &auth.User{ID: "u1", Email: "admin@localhost"}
	made := &firstAdmin{user: user, password: "canary-password"}
	d := &Deployment{Settings: s, Log: log.logger(), now: time.Now}
	file := filepath.Join(dir, "admin-password")

	var console bytes.Buffer
	if err := (&Server{deployment: d, admin: made}).announce(&console); err != nil {
		t.Fatal(err)
	}
	if text := console.String(); !strings.Contains(text, "password  canary-password") || !strings.Contains(text, "API      http://localhost:8080/graphql") ||
		!strings.Contains(text, "explore  http://localhost:8080/playground") {
		t.Errorf("console: %s", text)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the password that was shown is in a file: %v", err)
	}

	if err := (&Server{deployment: d, admin: made}).announce(nil); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(file)
	info, _ := os.Stat(file)
	if err != nil || string(kept) != "canary-password\n" || info.Mode() != 0o600 {
		t.Errorf("%q, %v, %v", kept, info, err)
	}
	if strings.Contains(log.String(), "canary") || !strings.Contains(log.String(), "the password is in a file") {
		t.Errorf("log: %s", log)
	}

	d.ForgetAdminPassword(&auth.User{ID: "u2"})
	if _, err := os.Stat(file); err != nil {
		t.Errorf("after another account's password changed: %v", err)
	}
	d.ForgetAdminPassword(user)
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("after the password changed: %v", err)
	}

	console.Reset()
	if err := (&Server{deployment: d, admin: &firstAdmin{user: user}}).announce(&console); err != nil {
		t.Fatal(err)
	}
	if err := (&Server{deployment: d}).announce(&console); err != nil || strings.Contains(console.String(), "administrator") {
		t.Errorf("%v: %s", err, &console)
	}
	if strings.Count(log.String(), `"msg":"created the first administrator"`) != 1 {
		t.Errorf("log: %s", log)
	}
}

// TestListen: a start says what to do about an address it can't have.
func TestListen(t *testing.T) {
	taken, err := bind("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String(): "is taken by another program", "192.0.2.1:1": "can't listen on", "[::1": "can't listen on",
	} {
		var l net.Listener
		if l, err = bind(address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %q", address, l, err, want)
		}
	}
}

// TestOwnSecret: the secret is made once, for its owner alone.
func TestOwnSecret(t *testing.T) {
	dir := t.TempDir()
	first, err := ownSecret(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ownSecret(dir)
	if err != nil || first.Check() != second.Check() {
		t.Errorf("another secret, %v", err)
	}
	path := filepath.Join(dir, "secrets", "secret-key")
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.WriteFile(path, []byte("canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ownSecret(dir); err == nil || !strings.Contains(err.Error(), "SECRET_KEY") || strings.Contains(err.Error(), "canary") {
		t.Errorf("a spoilt file: %v", err)
	}
}

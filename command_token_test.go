package main

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/token"
	"gatehouse/store/storetest"
)

// inspected is the JSON that token inspect prints.
type inspected struct {
	Kind, Verdict, Session string
	Counter, Version       int
	Header, Claims         map[string]any
	Times                  map[string]string
}

// inspect runs token inspect, and fails if what it says holds the token.
func (c console) inspect(t *testing.T, text string, args ...string) (outcome, inspected) {
	t.Helper()
	o := c.run(t, text, append([]string{"token", "inspect"}, args...)...)
	bare := strings.TrimSpace(strings.TrimPrefix(text, "Bearer "))
	for _, part := range append(strings.Split(bare, "."), bare) {
		if len(part) > 8 && strings.Contains(o.stdout+o.stderr, part) {
			t.Errorf("it prints a part of the token: %s%s", o.stdout, o.stderr)
		}
	}
	var said inspected
	if o.stdout != "" {
		if err := json.Unmarshal([]byte(o.stdout), &said); err != nil {
			t.Fatalf("%v: %s", err, o.stdout)
		}
	}
	return o, said
}

func TestTokenInspectAccess(t *testing.T) {
	s, c := serviceAndConsole(t)
	ada := s.register(t, adaEmail, adaPassword)
	c.now = func() time.Time { return time.Now().Add(10 * time.Minute) }
	for _, text := range []string{ada.access, ada.access + "\n", "Bearer " + ada.access, "  bearer  " + ada.access + "\r\n"} {
		o, said := c.inspect(t, text)
		o.ends(t, exitDone)
		if said.Kind != "access token" || said.Header["typ"] != "at+jwt" || said.Claims["sub"] != ada.id || said.Verdict != unchecked {
			t.Errorf("it says %s", o.stdout)
		}
		if !strings.Contains(o.stderr, "the signature was not checked") {
			t.Errorf("beside it: %s", o.stderr)
		}
		if !strings.Contains(said.Times["exp"], ", in 4m") && !strings.Contains(said.Times["exp"], ", in 5m") || !strings.HasSuffix(said.Times["iat"], " ago") {
			t.Errorf("the times are %v", said.Times)
		}
	}
}

func TestTokenVerifyAccess(t *testing.T) {
	s, c := serviceAndConsole(t)
	ada := s.register(t, adaEmail, adaPassword)
	header, rest, _ := strings.Cut(ada.access, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	later := c
	later.now = func() time.Time { return time.Now().Add(time.Hour) }
	elsewhere := c
	elsewhere.environ = append(elsewhere.environ, "PUBLIC_URL=https://id.example.com")
	tests := []struct {
		name    string
		console console
		text    string
		verdict string
	}{
		{"another signature", c, header + "." + claims + "." + strings.Repeat("A", len(signature)), "refused: token is invalid: "},
		{"other claims", c, header + "." + encode(`{"sub":"root","exp":9999999999}`) + "." + signature, "refused: token is invalid: "},
		{"another key", c, encode(`{"alg":"EdDSA","kid":"x","typ":"at+jwt"}`) + "." + claims + "." + signature, "refused: token is invalid: key: none of this id"},
		{"no algorithm", c, encode(`{"alg":"none"}`) + "." + claims + ".", "refused: token is invalid: "},
		{"an hour later", later, ada.access, "refused: token has expired"},
		{"another issuer", elsewhere, ada.access, "refused: token is invalid: claim iss is another issuer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, said := tt.console.inspect(t, tt.text, "--verify")
			o.ends(t, exitRefused, "gatehouse: the service refuses this token\n")
			if !strings.HasPrefix(said.Verdict, tt.verdict) {
				t.Errorf("the verdict is %q, want %q", said.Verdict, tt.verdict)
			}
		})
	}
	o, said := c.inspect(t, ada.access, "--verify")
	o.ends(t, exitDone)
	if said.Verdict != "accepted" || o.stderr != "" {
		t.Errorf("the verdict is %q; beside it: %s", said.Verdict, o.stderr)
	}
	want(t, s.ask(t, ada.access, `mutation { logout }`, nil), "")
	o, said = c.inspect(t, ada.access, "--verify")
	o.ends(t, exitRefused)
	if said.Verdict != "refused: the session has ended" {
		t.Errorf("the verdict is %q", said.Verdict)
	}
}

// TestTokenVerifyUnreachable can't check the token, and says so instead of letting it pass.
func TestTokenVerifyUnreachable(t *testing.T) {
	s, right := serviceAndConsole(t)
	text := s.register(t, adaEmail, adaPassword).access
	other := consoleOn(t, strings.Split(right.environ[0], "DATABASE_URL=")[1])
	_, other.environ[2] = token.NewSecret()
	other.environ[2] = "SECRET_KEY=" + other.environ[2]
	for name, c := range map[string]console{
		"no database":    consoleOn(t, "postgres://u:p@127.0.0.1:1/x?sslmode=disable"),
		"empty":          consoleOn(t, storetest.EmptyDSN(t)),
		"another secret": other,
	} {
		t.Run(name, func(t *testing.T) {
			o, said := c.inspect(t, text, "--verify")
			o.ends(t, exitRefused)
			if said.Verdict != unchecked || said.Claims["sub"] == nil {
				t.Errorf("it says %s", o.stdout)
			}
		})
	}
	o, _ := right.inspect(t, text, "--verify")
	o.ends(t, exitDone)
}

func TestTokenInspectRefresh(t *testing.T) {
	s, c := serviceAndConsole(t)
	ada := s.register(t, adaEmail, adaPassword)
	next := session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": ada.refresh}))
	_, access := c.inspect(t, ada.access)
	for counter, text := range []string{ada.refresh, next.refresh} {
		o, said := c.inspect(t, text)
		o.ends(t, exitDone)
		if said.Kind != "refresh token" || said.Version != 1 || said.Session != access.Claims["sid"] || said.Counter != counter || said.Verdict != unchecked {
			t.Errorf("it says %s", o.stdout)
		}
		o, said = c.inspect(t, text, "--verify")
		o.ends(t, exitDone)
		if !strings.HasPrefix(said.Verdict, "made by this deployment") {
			t.Errorf("the verdict is %q", said.Verdict)
		}
	}
	forged := []byte(next.refresh)
	if middle := &forged[len(forged)/2]; *middle == 'A' {
		*middle = 'B'
	} else {
		*middle = 'A'
	}
	o, said := c.inspect(t, string(forged), "--verify")
	o.ends(t, exitRefused, "the service refuses this token")
	if !strings.HasPrefix(said.Verdict, "refused: token is invalid") {
		t.Errorf("the verdict is %q", said.Verdict)
	}
	want(t, s.ask(t, "", refreshOperation, vars{"token": next.refresh}), "") // it was not used up
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestTokenInspectRefuses(t *testing.T) {
	good := encode(`{"alg":"none"}`)
	tests := []struct{ name, text, want string }{
		{"nothing", "", "standard input holds no token"},
		{"a blank line", " \n", "standard input holds no token"},
		{"a word", "canary-word", "neither an access token nor a refresh token"},
		{"two parts", good + "." + good, "has three parts"},
		{"five parts", strings.Repeat(good+".", 4) + good, "has three parts"},
		{"no base64", "canary-%%%." + good + ".", "its header is not base64url"},
		{"no JSON", good + "." + encode("canary{") + ".x", "its claims is not a JSON object"},
		{"null", good + "." + encode("null") + ".x", "not a JSON object"},
		{"a refresh token of another version", base64.RawURLEncoding.EncodeToString(make([]byte, refreshSize)), "neither an access token nor"},
		{"huge", strings.Repeat("canary", 1<<16), "more than 16384 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := consoleWith(t).run(t, tt.text, "token", "inspect")
			o.ends(t, exitRefused, tt.want)
			if o.stdout != "" || strings.Contains(o.stderr, "canary") {
				t.Errorf("it says: %s%s", o.stdout, o.stderr)
			}
		})
	}
	o, said := consoleWith(t).inspect(t, good+"."+encode(`{}`)+".")
	o.ends(t, exitDone)
	if len(said.Times) != 0 || said.Verdict != unchecked {
		t.Errorf("it says %s", o.stdout)
	}
}

// TestTokenInspectIsSafeToLookAt has a hostile token neither steer the terminal nor upset the dates.
func TestTokenInspectIsSafeToLookAt(t *testing.T) {
	claims := "{\"sub\":\"a\u009b2J\u202eb\U000e0001c<é>\",\"exp\":1e300,\"iat\":\"soon\",\"nbf\":-1,\"auth_time\":0}"
	o, said := consoleWith(t).inspect(t, encode(`{"alg":"none"}`)+"."+encode(claims)+".x")
	o.ends(t, exitDone, `"a\u009b2J\u202eb\udb40\udc01c<é>"`)
	if said.Claims["sub"] != "a\u009b2J\u202eb\U000e0001c<é>" {
		t.Errorf("sub = %q", said.Claims["sub"])
	}
	if len(said.Times) != 1 || !strings.HasPrefix(said.Times["auth_time"], "1970-01-01T00:00:00Z, ") {
		t.Errorf("the times are %v", said.Times)
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gatehouse/store/storetest"
)

// A keyboard is a terminal with nobody but the test at it.
type keyboard struct {
	console
	terminal *os.File // the end that the command has
	hand     *os.File // the end that types, and sees what the terminal shows
	screen   recorder
	answer   *os.File
	read     int // how much of the screen has been waited for
	ended    chan int
}

// sit runs a command at a terminal.
func sit(t *testing.T, c console, args ...string) *keyboard {
	t.Helper()
	hand, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hand.Close() })
	if err := unix.IoctlSetPointerInt(int(hand.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(hand.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	answer, err := os.Create(t.TempDir() + "/answer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Close() })
	k := &keyboard{console: c, terminal: terminal, hand: hand, answer: answer, ended: make(chan int, 1)}
	go k.watch()
	go func() { k.ended <- c.session(terminal, answer, terminal).execute(args) }()
	return k
}

func (k *keyboard) watch() {
	for some := make([]byte, 4096); ; {
		n, err := k.hand.Read(some)
		if err != nil {
			return
		}
		_, _ = k.screen.Write(some[:n])
	}
}

// see waits until the terminal shows the text, after what was seen before.
func (k *keyboard) see(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		screen := k.screen.String()
		if at := strings.Index(screen[k.read:], text); at >= 0 {
			k.read += at + len(text)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not show %q: %q", text, screen)
		}
	}
}

// echoes reports whether the terminal shows what is typed.
func (k *keyboard) echoes(t *testing.T) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(k.terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// hide waits until the terminal does not show what is typed.
func (k *keyboard) hide(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); k.echoes(t); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the terminal goes on showing what is typed")
		}
	}
}

// secretly answers a question without being seen.
func (k *keyboard) secretly(t *testing.T, question, text string) {
	t.Helper()
	k.see(t, question)
	k.hide(t)
	k.press(t, text)
}

func (k *keyboard) press(t *testing.T, text string) {
	t.Helper()
	if _, err := k.hand.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// rise returns how the command ended, and all that the terminal showed.
func (k *keyboard) rise(t *testing.T) outcome {
	t.Helper()
	select {
	case status := <-k.ended:
		if !k.echoes(t) {
			t.Error("the terminal is left without an echo")
		}
		const last = "That was all."
		if _, err := k.terminal.WriteString(last); err != nil {
			t.Fatal(err)
		}
		k.see(t, last)
		return outcome{status, content(t, k.answer), k.screen.String()}
	case <-time.After(20 * time.Second):
		t.Fatalf("it does not end: %q", k.screen.String())
		return outcome{}
	}
}

// What the keys of a terminal send.
const (
	enter = "\r"
	ctrlD = "\x04"
)

func TestPasswordAtATerminal(t *testing.T) {
	const other = "nine-loud-bitterns-31"
	type step struct{ question, typed string }
	tests := []struct {
		name  string
		steps []step
		want  int
		shows string
	}{
		{"three times too short", []step{{"Password: ", "short" + enter}, {"Password: ", enter}, {"Password: ", "short" + enter}},
			exitRefused, "no password was chosen"},
		{"short, two different ones, then right", []step{
			{"Password: ", "short" + enter}, {"must have at least 12 characters.\r\nPassword: ", adaPassword + enter}, {"Again: ", other + enter},
			{"These are two different passwords.\r\nPassword: ", adaPassword + enter}, {"Again: ", adaPassword + enter},
		}, exitDone, ""},
		{"right", []step{{"Password: ", adaPassword + enter}, {"Again: ", adaPassword + enter}}, exitDone, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := serviceAndConsole(t)
			k := sit(t, c, "user", "create", adaEmail)
			for _, step := range tt.steps {
				k.secretly(t, step.question, step.typed)
			}
			o := k.rise(t)
			if o.status != tt.want || !strings.Contains(o.stderr, tt.shows) {
				t.Errorf("status = %d, it shows %q", o.status, o.stderr)
			}
			if all := o.stderr + o.stdout; strings.Contains(all, adaPassword) || strings.Contains(all, "password  ") {
				t.Errorf("it shows a password: %q", all)
			}
			code := map[int]string{exitDone: "", exitRefused: "INVALID_CREDENTIALS"}[tt.want]
			want(t, s.ask(t, "", loginOperation, vars{"input": vars{"email": adaEmail, "password": adaPassword}}), code)
		})
	}
}

// TestInterruptedAtATerminal presses Ctrl-C while what is typed is hidden.
func TestInterruptedAtATerminal(t *testing.T) {
	c := consoleOn(t, storetest.DSN(t))
	var interrupt context.CancelFunc
	c.ctx, interrupt = context.WithCancel(t.Context())
	k := sit(t, c, "user", "reset-password", adaEmail)
	k.see(t, "Password: ")
	k.hide(t)
	interrupt()
	if o := k.rise(t); o.status != exitRefused || !strings.Contains(o.stderr, "gatehouse: interrupted") {
		t.Errorf("status = %d, it shows %q", o.status, o.stderr)
	}
	k.press(t, enter) // nobody waits for the answer any more, but it still is being read
}

func TestPasswordStdinIsNoTerminal(t *testing.T) {
	k := sit(t, consoleOn(t, storetest.DSN(t)), "user", "create", adaEmail, "--password-stdin")
	if o := k.rise(t); o.status != exitRefused || !strings.Contains(o.stderr, "leave it out to be asked") {
		t.Errorf("status = %d, it shows %q", o.status, o.stderr)
	}
}

func TestConfirmation(t *testing.T) {
	for answer, status := range map[string]int{
		enter: exitRefused, "n" + enter: exitRefused, "yesterday" + enter: exitRefused, ctrlD: exitRefused, "y" + enter: exitDone, "YES" + enter: exitDone,
	} {
		s, c := serviceAndConsole(t)
		ada := s.register(t, adaEmail, adaPassword)
		k := sit(t, c, "user", "delete", adaEmail)
		k.see(t, "Delete ada@example.com (id "+ada.id+", roles: user) for good? [y/N] ")
		k.press(t, answer)
		if o := k.rise(t); o.status != status {
			t.Errorf("after %q: status = %d, it shows %q", answer, o.status, o.stderr)
		}
		code := map[int]string{exitDone: "INVALID_CREDENTIALS", exitRefused: ""}[status]
		want(t, s.ask(t, "", loginOperation, vars{"input": vars{"email": adaEmail, "password": adaPassword}}), code)
	}
}

func TestMigrateDownAtATerminal(t *testing.T) {
	c := consoleOn(t, storetest.DSN(t))
	for _, tt := range []struct {
		answer string
		status int
	}{{"n" + enter, exitRefused}, {"y" + enter, exitDone}} {
		k := sit(t, c, "migrate", "down")
		k.see(t, ".sql? The data it holds is lost for good")
		k.press(t, tt.answer)
		if o := k.rise(t); o.status != tt.status {
			t.Errorf("after %q: status = %d, it shows %q", tt.answer, o.status, o.stderr)
		}
		c.run(t, "", "migrate", "status").ends(t, tt.status^1)
	}
}

// TestEverybodyOutAtATerminal: whoever logs everybody out by hand is asked first; for one account nobody is.
func TestEverybodyOutAtATerminal(t *testing.T) {
	s, c := serviceAndConsole(t)
	ada := s.register(t, adaEmail, adaPassword)
	for _, tt := range []struct {
		answer string
		status int
	}{{"n" + enter, exitRefused}, {ctrlD, exitRefused}, {"y" + enter, exitDone}} {
		s.goesOn(t, "ada", ada)
		k := sit(t, c, "session", "revoke-all")
		k.see(t, "Log everybody out, and replace the signing keys? [y/N] ")
		k.press(t, tt.answer)
		if o := k.rise(t); o.status != tt.status {
			t.Errorf("after %q: status = %d, it shows %q", tt.answer, o.status, o.stderr)
		}
	}
	want(t, s.ask(t, "", refreshOperation, vars{"token": ada.refresh}), "REFRESH_TOKEN_INVALID")
	s.login(t, adaEmail, adaPassword)
	k := sit(t, c, "session", "revoke-all", adaEmail)
	o := k.rise(t)
	o.ends(t, exitDone, "1 session ended\n")
	k = sit(t, c, "session", "revoke-all", "--yes")
	o = k.rise(t)
	o.ends(t, exitDone, "everybody is logged out: 0 sessions ended;")
}

func TestTokenAtATerminal(t *testing.T) {
	k := sit(t, consoleWith(t), "token", "inspect")
	k.secretly(t, "Token: ", encode(`{"alg":"none"}`)+"."+encode(`{"sub":"ada"}`)+".x"+enter)
	o := k.rise(t)
	o.ends(t, exitDone, `"sub": "ada"`)
	if strings.Contains(o.stderr, encode(`{"sub":"ada"}`)) {
		t.Errorf("it shows the token: %q", o.stderr)
	}
}

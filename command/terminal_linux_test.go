package command_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gatehouse/command/terminal"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// A ptyCommand is a command at a terminal. Transcripts type in advance; here the
// test waits for a question, and sees whether the answer is hidden.
type ptyCommand struct {
	tty    *os.File // the command's end
	hand   *os.File // the end that types, and sees what the terminal shows
	screen harness.Recorder
	stdout *os.File
	read   int // how much of the screen has been waited for
	ended  chan int
}

// atTerminal runs a command at a terminal.
func atTerminal(ctx context.Context, t *testing.T, c commandLine, args ...string) *ptyCommand {
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
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	p := &ptyCommand{tty: tty, hand: hand, stdout: createFile(t, t.TempDir()+"/stdout"), ended: make(chan int, 1)}
	go p.watch()
	go func() { p.ended <- c.start(ctx, terminal.New(tty, p.stdout, tty), args) }()
	return p
}

func (p *ptyCommand) watch() {
	for some := make([]byte, 4096); ; {
		n, err := p.hand.Read(some)
		if err != nil {
			return
		}
		_, _ = p.screen.Write(some[:n])
	}
}

// await waits until the terminal shows the text, after what was seen before.
func (p *ptyCommand) await(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		screen := p.screen.String()
		if at := strings.Index(screen[p.read:], text); at >= 0 {
			p.read += at + len(text)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not show %q: %q", text, screen)
		}
	}
}

// echoes reports whether the terminal shows what is typed.
func (p *ptyCommand) echoes(t *testing.T) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(p.tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// awaitHidden waits for a question, before which the terminal must have stopped
// to show what is typed.
func (p *ptyCommand) awaitHidden(t *testing.T, question string) {
	t.Helper()
	p.await(t, question)
	if p.echoes(t) {
		t.Fatalf("after %q the terminal still shows what is typed", question)
	}
}

// answer waits for a question and answers it, hidden.
func (p *ptyCommand) answer(t *testing.T, question, text string) {
	t.Helper()
	p.awaitHidden(t, question)
	p.press(t, text)
}

func (p *ptyCommand) press(t *testing.T, text string) {
	t.Helper()
	if _, err := p.hand.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// end returns how the command ended. Its stderr is all that the terminal showed.
func (p *ptyCommand) end(t *testing.T) outcome {
	t.Helper()
	select {
	case status := <-p.ended:
		if !p.echoes(t) {
			t.Error("the terminal is left without an echo")
		}
		const last = "That was all."
		if _, err := p.tty.WriteString(last); err != nil {
			t.Fatal(err)
		}
		p.await(t, last)
		return outcome{status, readFile(t, p.stdout), p.screen.String()}
	case <-time.After(30 * time.Second):
		t.Fatalf("it does not end: %q", p.screen.String())
		return outcome{}
	}
}

// enter is what the key sends.
const enter = "\r"

func TestPasswordAtTerminal(t *testing.T) {
	const ada, other = harness.AdaPassword, "nine-loud-bitterns-31"
	type step struct{ question, typed string }
	tests := []struct {
		name  string
		steps []step
		want  int
		shows string
		login string // the code
	}{
		{"three times too short", []step{{"Password: ", "short" + enter}, {"Password: ", enter}, {"Password: ", "short" + enter}},
			1, "no password was chosen", "INVALID_CREDENTIALS"},
		{"short, two different ones, then right", []step{
			{"Password: ", "short" + enter}, {"must have at least 12 characters.\r\nPassword: ", ada + enter}, {"Again: ", other + enter},
			{"The passwords don't match.\r\nPassword: ", ada + enter}, {"Again: ", ada + enter},
		}, 0, "", ""},
		{"typed ahead of the second question", []step{{"Password: ", ada + enter + ada + enter}}, 0, "", ""},
		{"typed ahead of all questions", []step{{"Password: ", "short" + enter + ada + enter + other + enter + ada + enter + ada + enter}}, 0, "", ""},
		{"right", []step{{"Password: ", ada + enter}, {"Again: ", ada + enter}}, 0, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dsn := storetest.DSN(t)
			service := harness.StartOn(t, dsn)
			p := atTerminal(t.Context(), t, on(dsn), "user", "create", harness.AdaEmail)
			for _, step := range tt.steps {
				p.answer(t, step.question, step.typed)
			}
			o := p.end(t)
			if o.status != tt.want || !strings.Contains(o.stderr, tt.shows) {
				t.Errorf("status %d, it shows %q", o.status, o.stderr)
			}
			if all := o.stderr + o.stdout; strings.Contains(all, ada) || strings.Contains(all, "password  ") {
				t.Errorf("it shows a password: %q", all)
			}
			input := harness.Vars{"email": harness.AdaEmail, "password": ada}
			service.Ask(t, "", harness.LoginOperation, harness.Vars{"input": input}).Want(t, tt.login)
		})
	}
}

// TestInterruptAtTerminal interrupts a command while what is typed is hidden.
func TestInterruptAtTerminal(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	p := atTerminal(ctx, t, on(storetest.DSN(t)), "user", "reset-password", harness.AdaEmail)
	p.awaitHidden(t, "Password: ")
	interrupt()
	if o := p.end(t); o.status != 1 || !strings.Contains(o.stderr, "gatehouse: interrupted") {
		t.Errorf("status %d, it shows %q", o.status, o.stderr)
	}
	p.press(t, enter) // the read that was left behind takes it
}

func TestTokenAtTerminal(t *testing.T) {
	// {"alg":"none"}, {"sub":"ada"}
	const header, claims = "eyJhbGciOiJub25lIn0", "eyJzdWIiOiJhZGEifQ"
	p := atTerminal(t.Context(), t, commandLine{}, "token", "inspect")
	p.answer(t, "Token: ", header+"."+claims+".x"+enter)
	o := p.end(t)
	o.ends(t, 0, `"sub": "ada"`)
	if strings.Contains(o.stderr, claims) {
		t.Errorf("it shows the token: %q", o.stderr)
	}
}

package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// errUnconfirmed refuses a step that can't be undone and that no person at a
// terminal can confirm.
var errUnconfirmed = errors.New("this can't be undone: add --yes to confirm it")

// A Confirmation is the flag of a command that asks before it does what can't
// be undone.
type Confirmation struct {
	Yes bool `short:"y" help:"Don't ask."`
}

// Confirm asks a yes-or-no question. It returns an error unless the answer is
// yes. With --yes it doesn't ask; without --yes and without a terminal it fails.
func (c Confirmation) Confirm(ctx context.Context, t *Terminal, question string) error {
	if c.Yes {
		return nil
	}
	if !t.Interactive() {
		return errUnconfirmed
	}
	answer, err := t.ask(ctx, question+" [y/N] ", readLine)
	if err != nil {
		return err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// AskHidden asks a question whose answer must not be seen. Only Enter and
// Ctrl-C end it.
func (t *Terminal) AskHidden(ctx context.Context, question string) (string, error) {
	fd := int(t.Stdin.Fd()) // now: the read may be left behind when the file is closed
	answer, err := t.ask(ctx, question, func(*os.File) (string, error) {
		hidden, err := term.ReadPassword(fd)
		return string(hidden), err
	})
	if err == nil {
		_, _ = fmt.Fprintln(t.Stderr) // the line break of the answer was hidden too
	}
	return answer, err
}

// ask asks a question on standard error and reads the answer from standard
// input. No answer at all (Ctrl-D) is an error.
func (t *Terminal) ask(ctx context.Context, question string, read func(*os.File) (string, error)) (string, error) {
	_, _ = fmt.Fprint(t.Stderr, question)
	if state, err := term.GetState(int(t.Stdin.Fd())); err == nil {
		// Ctrl-C leaves a hidden read behind, which has switched the echo off.
		defer func() { _ = term.Restore(int(t.Stdin.Fd()), state) }()
	}
	answer, err := await(ctx, func() (string, error) { return read(t.Stdin) })
	if err == nil {
		return answer, nil
	}
	_, _ = fmt.Fprintln(t.Stderr)
	if errors.Is(err, io.EOF) {
		return "", errors.New("no answer was given")
	}
	return "", err
}

// readLine reads to the end of a line. It reads single bytes, because what
// follows the line answers the next question.
func readLine(f *os.File) (string, error) {
	var line []byte
	for char := make([]byte, 1); len(line) < inputLimit; {
		if _, err := f.Read(char); err != nil {
			return "", err
		}
		if char[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		line = append(line, char[0])
	}
	return "", errors.New("the line is too long")
}

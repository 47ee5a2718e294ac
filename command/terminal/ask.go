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

// Hide stops the terminal from showing what is typed, until show is called.
// Call it before the first of several questions with hidden answers, so that
// what is typed ahead of a question isn't shown either.
func (t *Terminal) Hide() (show func()) {
	fd := int(t.Stdin.Fd())
	state, err := term.GetState(fd)
	if err != nil || hideEcho(fd) != nil {
		return func() {} // not a terminal
	}
	return func() { _ = term.Restore(fd, state) }
}

// AskHidden asks a question whose answer must not be seen. Only Enter and
// Ctrl-C end it. The answer may be typed ahead of the question: it is hidden
// from before the question is shown, and not discarded.
func (t *Terminal) AskHidden(ctx context.Context, question string) (string, error) {
	defer t.Hide()()
	answer, err := t.ask(ctx, question, readHidden)
	if err == nil {
		_, _ = fmt.Fprintln(t.Stderr) // the line break of the answer was hidden too
	}
	return answer, err
}

// ask asks a question on standard error and reads the answer from standard
// input. No answer at all (Ctrl-D) is an error.
func (t *Terminal) ask(ctx context.Context, question string, read func(*os.File) (string, error)) (string, error) {
	_, _ = fmt.Fprint(t.Stderr, question)
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

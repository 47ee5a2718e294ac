package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// answerLimit is the most that is read from a person or a pipe, in bytes.
const answerLimit = 16 << 10

// errUnconfirmed is a step that can't be undone and that nobody stands behind.
var errUnconfirmed = errors.New("this can't be undone, so it must be confirmed: add --yes")

// A confirmation is asked for before what can't be undone.
type confirmation struct {
	Yes bool `short:"y" help:"Do not ask."`
}

// confirm asks a person whether to go on. Where there is none to ask it is errUnconfirmed, unless --yes was given.
func (c confirmation) confirm(t *session, question string) error {
	if c.Yes {
		return nil
	}
	if !terminal(t.stdin) {
		return errUnconfirmed
	}
	answer, err := t.ask(question+" [y/N] ", readLine)
	if err != nil {
		return err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// ask puts a question to the person at the terminal. No answer at all (Ctrl-D) is an error.
func (t *session) ask(question string, read func(*os.File) (string, error)) (string, error) {
	_, _ = fmt.Fprint(t.stderr, question)
	if state, err := term.GetState(int(t.stdin.Fd())); err == nil {
		defer func() { _ = term.Restore(int(t.stdin.Fd()), state) }() // the echo, when Ctrl-C ends a hidden answer
	}
	answer, err := t.await(func() (string, error) { return read(t.stdin) })
	if err == nil {
		return answer, nil
	}
	_, _ = fmt.Fprintln(t.stderr)
	if errors.Is(err, io.EOF) {
		return "", errors.New("no answer was given")
	}
	return "", err
}

// typed asks for what must not be seen. Only Enter and Ctrl-C end it.
func (t *session) typed(question string) (string, error) {
	terminal := int(t.stdin.Fd())
	answer, err := t.ask(question, func(*os.File) (string, error) {
		hidden, err := term.ReadPassword(terminal)
		return string(hidden), err
	})
	if err == nil {
		_, _ = fmt.Fprintln(t.stderr) // the line break that was typed is hidden too
	}
	return answer, err
}

// await reads what may never come, until Ctrl-C.
func (t *session) await(read func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	came := make(chan result, 1)
	go func() {
		text, err := read()
		came <- result{text, err}
	}()
	select {
	case r := <-came:
		return r.text, r.err
	case <-t.ctx.Done():
		return "", t.ctx.Err()
	}
}

// readLine reads up to the end of a line and not beyond it, for what follows is the answer to another question.
func readLine(f *os.File) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < answerLimit; {
		if _, err := f.Read(one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		line = append(line, one[0])
	}
	return "", errors.New("the line is too long")
}

// piped returns all that standard input has, without the end of the last line.
func (t *session) piped() (string, error) {
	return t.await(func() (string, error) {
		text, err := io.ReadAll(io.LimitReader(t.stdin, answerLimit+1))
		if err != nil {
			return "", fmt.Errorf("standard input can't be read: %w", err)
		}
		if len(text) > answerLimit {
			return "", fmt.Errorf("standard input has more than %d bytes", answerLimit)
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
	})
}

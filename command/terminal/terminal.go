// Package terminal reads what a command is given and writes what it answers,
// for people and for programs. It knows nothing of the service.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// A Terminal is the three standard streams of a command. The answer goes to
// standard output; everything else goes to standard error.
type Terminal struct {
	Stdin, Stdout, Stderr *os.File

	// ProgressEvery is the interval at which Progress reports.
	ProgressEvery time.Duration
}

// New returns a terminal that reports progress every three seconds.
func New(stdin, stdout, stderr *os.File) *Terminal {
	return &Terminal{Stdin: stdin, Stdout: stdout, Stderr: stderr, ProgressEvery: 3 * time.Second}
}

// IsTerminal reports whether a person is at the other end of a file.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Interactive reports whether there is a person to answer a question.
func (t *Terminal) Interactive() bool { return IsTerminal(t.Stdin) }

// Printf writes a line of the answer.
func (t *Terminal) Printf(format string, args ...any) error {
	_, err := fmt.Fprintf(t.Stdout, format+"\n", args...)
	return err
}

// PrintText writes a text that holds words from elsewhere as lines of the
// answer. See [Printable].
func (t *Terminal) PrintText(text string) error {
	for line := range strings.Lines(text) {
		if err := t.Printf("%s", Printable(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

// Warnf writes a line to standard error.
func (t *Terminal) Warnf(format string, args ...any) {
	_, _ = fmt.Fprintf(t.Stderr, "gatehouse: "+format+"\n", args...)
}

// inputLimit is the most that ReadInput and a question accept, in bytes.
const inputLimit = 16 << 10

// ReadInput returns all of standard input, without the final line break. More
// than 16 KB is an error.
func (t *Terminal) ReadInput(ctx context.Context) (string, error) {
	text, err := await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(t.Stdin, inputLimit+1)) })
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", fmt.Errorf("can't read standard input: %w", err)
	case len(text) > inputLimit:
		return "", fmt.Errorf("standard input has more than %d bytes", inputLimit)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// ReadFile returns the first limit bytes of a file, or of standard input if
// the path is "-". An error begins with the path.
func (t *Terminal) ReadFile(ctx context.Context, path string, limit int64) ([]byte, error) {
	text, err := await(ctx, func() ([]byte, error) {
		from := t.Stdin
		if path != "-" {
			file, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			defer file.Close()
			from = file
		}
		return io.ReadAll(io.LimitReader(from, limit))
	})
	if err == nil {
		return text, nil
	}
	var reason *fs.PathError
	if errors.As(err, &reason) {
		err = reason.Err
	}
	return nil, fmt.Errorf("%s: %w", path, err)
}

// await returns what read returns, or the error of ctx if that ends first.
// Nothing can interrupt the read of a file, so it is left behind.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

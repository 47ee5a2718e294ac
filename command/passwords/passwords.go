// Package passwords has the commands on lists of stolen passwords.
package passwords

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"gatehouse/auth/password/breached"
	"gatehouse/command/terminal"
	"gatehouse/command/work"
)

// Commands make lists of stolen passwords.
type Commands struct {
	List list `cmd:"" help:"Make and check a list of stolen passwords, for BREACHED_PASSWORDS."`
}

type list struct {
	Build build `cmd:"" help:"Make a list from the download of Have I Been Pwned."`
	Check check `cmd:"" help:"Read a list whole, and say how many passwords it has."`
}

type build struct {
	From     string `arg:"" help:"The file with lines of the form SHA1:COUNT, sorted; - for standard input."`
	To       string `arg:"" help:"The list. It must not exist."`
	MinCount int    `default:"1" help:"Leave out passwords that were found less often."`
	terminal.JSONFlag
}

// Help is shown by password list build --help.
func (build) Help() string {
	return `PwnedPasswordsDownloader writes such a file. A list has 8 bytes for each password, and is read without being loaded.`
}

// A builtJSON is what the commands print with --json.
type builtJSON struct {
	Passwords int64 `json:"passwords"`
}

// Run makes a list.
func (c *build) Run(_ context.Context, e *work.Env) (err error) {
	var from io.Reader = e.Terminal.Stdin
	if c.From != "-" {
		f, err := os.Open(c.From)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	to, err := os.OpenFile(c.To, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	count, err := breached.Build(to, from, c.MinCount)
	if err = errors.Join(err, to.Close()); err != nil {
		return errors.Join(err, os.Remove(c.To))
	}
	return c.Answer(e.Terminal, builtJSON{count}, func() error { return e.Terminal.Printf("%d passwords", count) })
}

type check struct {
	File string `arg:"" help:"The list."`
	terminal.JSONFlag
}

// Run checks a list.
func (c *check) Run(_ context.Context, e *work.Env) error {
	l, err := breached.Open(c.File, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	defer func() { _ = l.Close() }()
	if err := l.Check(); err != nil {
		return err
	}
	return c.Answer(e.Terminal, builtJSON{l.Count()}, func() error { return e.Terminal.Printf("%d passwords", l.Count()) })
}

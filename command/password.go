package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/auth/operator"
	"gatehouse/command/terminal"
)

// passwordTries is how often a person may choose a password before the command
// gives up.
const passwordTries = 3

// passwordHelp is shown by --help of the commands that set a password.
const passwordHelp = `At a terminal the command asks for the password. Elsewhere it comes from --password-stdin, or the command
makes one and prints it.`

// A passwordFlag says where a password comes from.
type passwordFlag struct {
	PasswordStdin bool `help:"Read the password from standard input, as a single line."`
}

// read returns the password from standard input or from a person. Without
// either it returns "", and one must be made. check judges what a person types.
func (p passwordFlag) read(ctx context.Context, t *terminal.Terminal, check func(string) error) (string, error) {
	switch {
	case p.PasswordStdin:
		return readPassword(ctx, t)
	case t.Interactive():
		return choosePassword(ctx, t, check)
	default:
		return "", nil
	}
}

func readPassword(ctx context.Context, t *terminal.Terminal) (string, error) {
	if t.Interactive() {
		return "", errors.New("--password-stdin reads from a pipe or a file; leave it out to be asked")
	}
	text, err := t.ReadInput(ctx)
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", errors.New("standard input has no password")
	case strings.ContainsAny(text, "\r\n"):
		return "", errors.New("standard input has more than one line; it must hold the password alone")
	}
	return text, nil
}

// choosePassword asks a person to type a password twice.
func choosePassword(ctx context.Context, t *terminal.Terminal, check func(string) error) (string, error) {
	defer t.Hide()()
	for range passwordTries {
		chosen, err := t.AskHidden(ctx, "Password: ")
		if err != nil {
			return "", err
		}
		if err := check(chosen); err != nil {
			_, _ = fmt.Fprintln(t.Stderr, err)
			continue
		}
		again, err := t.AskHidden(ctx, "Again: ")
		if err != nil {
			return "", err
		}
		if chosen == again {
			return chosen, nil
		}
		_, _ = fmt.Fprintln(t.Stderr, "The passwords don't match.")
	}
	return "", errors.New("no password was chosen")
}

// orMade returns the password that was given, or makes one, which is then
// returned twice.
func orMade(given string, op *operator.Operator) (password, made string) {
	if given != "" {
		return given, ""
	}
	made = op.NewPassword()
	return made, made
}

// optional returns a text for JSON, null if it is empty.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// printMade prints a password that was made. It can't be found out later.
func printMade(t *terminal.Terminal, made string) error {
	if made == "" {
		return nil
	}
	t.Warnf("this password is shown only once")
	return t.Printf("password  %s", made)
}

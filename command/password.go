package main

import (
	"errors"
	"fmt"
	"strings"

	"gatehouse/auth"
)

// attempts is how often a person may choose a password before the command gives up.
const attempts = 3

// A passwordSource says where a password comes from.
type passwordSource struct {
	PasswordStdin bool `help:"Read the password from standard input, where it is one line."`
}

// password returns the password: from standard input, from a person, or "" where there is nobody to ask and one must be made.
// check judges what a person types, so that it can be typed again.
func (p passwordSource) password(t *session, check func(string) error) (string, error) {
	switch {
	case p.PasswordStdin:
		return t.pipedPassword()
	case terminal(t.stdin):
		return t.chosenPassword(check)
	default:
		return "", nil
	}
}

func (t *session) pipedPassword() (string, error) {
	if terminal(t.stdin) {
		return "", errors.New("--password-stdin reads from a pipe or a file; leave it out to be asked")
	}
	text, err := t.piped()
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", errors.New("standard input holds no password")
	case strings.ContainsAny(text, "\r\n"):
		return "", errors.New("standard input holds more than one line; the password must be all there is")
	}
	return text, nil
}

// chosenPassword has a person type a password twice.
func (t *session) chosenPassword(check func(string) error) (string, error) {
	for range attempts {
		chosen, err := t.typed("Password: ")
		if err != nil {
			return "", err
		}
		if err := check(chosen); err != nil {
			_, _ = fmt.Fprintln(t.stderr, err)
			continue
		}
		again, err := t.typed("Again: ")
		if err != nil {
			return "", err
		}
		if chosen == again {
			return chosen, nil
		}
		_, _ = fmt.Fprintln(t.stderr, "These are two different passwords.")
	}
	return "", errors.New("no password was chosen")
}

// orMade returns the password that was given, or makes one, which then is both.
func orMade(given string, operator *auth.Operator) (password, made string) {
	if given != "" {
		return given, ""
	}
	made = operator.NewPassword()
	return made, made
}

// showMade prints a password that was made, for nobody else knows it.
func (t *session) showMade(made string) error {
	if made == "" {
		return nil
	}
	t.note("this password is shown only once")
	return t.say("password  %s", made)
}

package server

import (
	"errors"
	"strings"

	"gatehouse/auth/keys"
	"gatehouse/auth/operator"
)

// advice puts errors into words that say what to set or to run. auth knows
// neither settings nor commands.
var advice = []struct {
	err  error
	text string
}{
	{keys.ErrOtherSecret, "SECRET_KEY is not the one this database was made with; set that one, or, to change it, " +
		"set the new one as SECRET_KEY and the old one as SECRET_KEY_PREVIOUS"},
	{operator.ErrAdminEmailTaken, "ADMIN_EMAIL belongs to an account that is not an administrator; " +
		"make it one with gatehouse user grant, or choose another address"},
}

// An explained error is one in other words.
type explained struct {
	err  error
	text string
}

// Error returns the other words.
func (e *explained) Error() string { return e.text }

// Unwrap returns the error itself.
func (e *explained) Unwrap() error { return e.err }

// Explain puts an error into words that say what to set or to run, for the
// person at the command line.
func Explain(err error) error {
	for _, a := range advice {
		if errors.Is(err, a.err) {
			return &explained{err, strings.Replace(err.Error(), a.err.Error(), a.text, 1)}
		}
	}
	return err
}

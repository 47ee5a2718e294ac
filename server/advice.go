package server

import (
	"errors"
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/keys"
)

// advice says what to set or to run. auth knows neither settings nor commands.
var advice = []struct {
	err  error
	text string
}{
	{keys.ErrOtherSecret, "set that one as SECRET_KEY, or, to change it, " +
		"set the new one as SECRET_KEY and the old one as SECRET_KEY_PREVIOUS"},
	{auth.ErrAdminTaken, "make it one with gatehouse user set-roles, or choose another address"},
}

// Explain adds to an error what to set or to run, for the person at the command
// line.
func Explain(err error) error {
	for _, a := range advice {
		if errors.Is(err, a.err) {
			return fmt.Errorf("%w; %s", err, a.text)
		}
	}
	return err
}

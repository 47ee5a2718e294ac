package api_test

import (
	"testing"

	"gatehouse/test/harness"
)

// TestLimitOfSettings sends an operation within a limit and one beyond it.
func TestLimitOfSettings(t *testing.T) {
	s := harness.Start(t, "LIMIT_ALIASES=2")
	s.Ask(t, "", `{ a: __typename b: __typename }`, nil).Want(t, "")
	s.Ask(t, "", `{ a: __typename b: __typename c: __typename }`, nil).Want(t, "OPERATION_TOO_LARGE")
}

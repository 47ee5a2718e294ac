package main

import (
	"os"
	"strings"
	"testing"

	"gatehouse/graph"
)

// TestLimitsAreThoseOfTheSettings sends the running service what is within a limit and what is beyond it.
func TestLimitsAreThoseOfTheSettings(t *testing.T) {
	s := start(t, "LIMIT_ALIASES=2")
	want(t, s.ask(t, "", `{ a: __typename b: __typename }`, nil), "")
	want(t, s.ask(t, "", `{ a: __typename b: __typename c: __typename }`, nil), "OPERATION_TOO_LARGE")
}

package conformance_test

import (
	"os"
	"testing"

	"gatehouse/test/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

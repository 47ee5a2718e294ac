package replicas_test

import (
	"os"
	"testing"

	"gatehouse/test/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

// rounds is how often to do what is normally done n times: a tenth of it in a
// short run.
func rounds(n int) int {
	if testing.Short() {
		return max(1, n/10)
	}
	return n
}

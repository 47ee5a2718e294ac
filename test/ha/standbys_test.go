//go:build linux

package ha_test

import (
	"strings"
	"testing"

	"gatehouse/test/harness"
	"gatehouse/test/patronitest"
)

// testOnlyStandbys starts the service with a DSN that names the standbys alone: it says
// so, and starts with one that names the primary, too.
func testOnlyStandbys(t *testing.T, c *patronitest.Cluster) {
	t.Helper()
	tests := []struct {
		name, dsn string
		want      string // in the log; "" for a start
	}{
		{"the standbys", c.StandbyDSN(t.Context()), "is a standby; add the primary to the DSN, or promote one of them"},
		{"all nodes", c.DSN(), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				harness.Launch(t, harness.Folder(t), harness.Environ(tt.dsn)...)
				return
			}
			p := harness.Begin(t, harness.Config(t, harness.Folder(t), harness.Environ(tt.dsn, "DATABASE_WAIT=1s")))
			if err := p.Wait(); err == nil || !strings.Contains(p.Output(), tt.want) {
				t.Errorf("ended with %v:\n%s", err, p.Output())
			}
		})
	}
}

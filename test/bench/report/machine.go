package report

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// A Machine is what the measurements were made on.
type Machine struct {
	Cores     int    `json:"cores"`
	Processor string `json:"processor,omitempty"`
	System    string `json:"system"`
	Go        string `json:"go"`
	Postgres  string `json:"postgresql"`
}

// ThisMachine describes this machine, and the version of its PostgreSQL.
func ThisMachine(postgres string) Machine {
	return Machine{Cores: runtime.NumCPU(), Processor: processor(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Postgres: postgres}
}

// processor returns the processor's name, or "" if the system has no /proc.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// String returns one line.
func (m Machine) String() string {
	name := m.Processor
	if name == "" {
		name = "unknown"
	}
	return fmt.Sprintf("%d cores (%s), %s, %s, PostgreSQL %s; the servers, the database and the load generator share them.", m.Cores, name, m.System, m.Go, m.Postgres)
}

package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// A machine is what everything was measured on.
type machine struct {
	Cores     int    `json:"cores"`
	Processor string `json:"processor,omitempty"`
	System    string `json:"system"`
	Go        string `json:"go"`
	Postgres  string `json:"postgresql"`
}

func thisMachine(postgres string) machine {
	return machine{Cores: runtime.NumCPU(), Processor: processor(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Postgres: postgres}
}

// processor is its name, "" where the system does not have it in /proc.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// String is one line.
func (m machine) String() string {
	name := m.Processor
	if name == "" {
		name = "unnamed"
	}
	return fmt.Sprintf("%d cores (%s), %s, %s, PostgreSQL %s; servers, database and load share them.", m.Cores, name, m.System, m.Go, m.Postgres)
}

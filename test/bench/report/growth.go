package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Growth is how the service performs with more accounts and more replicas.
type Growth struct {
	Sizes    []SizeResult    `json:"sizes"`
	Replicas []ReplicaResult `json:"replicas,omitempty"` // with the largest size
}

// A SizeResult is a measurement with a number of accounts, each with a session.
type SizeResult struct {
	People   int      `json:"people"`
	Database float64  `json:"database_mb"`
	Start    float64  `json:"start_ms"`
	Idle     float64  `json:"memory_idle_mb"`
	Loaded   float64  `json:"memory_loaded_mb"` // after the load
	Results  []Result `json:"results"`
	Plans    []Plan   `json:"plans"`
	Scans    int      `json:"scans"` // how often a whole table of accounts or sessions was read meanwhile
}

// A ReplicaResult is a measurement with a number of replicas.
type ReplicaResult struct {
	Replicas    int      `json:"replicas"`
	Memory      float64  `json:"memory_mb"` // of all replicas together
	Connections int      `json:"connections"`
	Results     []Result `json:"results"`
}

// indexedFrom is the number of accounts from which every table must be read with an index. Reading
// a small table as a whole is just as fast.
const indexedFrom = 10_000

// startScans is how often a table may be read as a whole: at the start, the service looks for an
// administrator. What requests do, they do thousands of times.
const startScans = 10

// A Plan is how the database finds the rows for a statement. The statement is the one that the
// service sent, as the database saw it, so that no statement is written twice.
type Plan struct {
	Trial     string   `json:"trial"`
	Statement string   `json:"statement"` // its beginning
	Indexes   []string `json:"indexes"`   // the indexes that find rows
	Walked    []string `json:"walked"`    // the indexes that are read completely, to filter rows
	Whole     []string `json:"whole"`     // the tables that are read completely
}

// Access returns a short text of what the plan reads.
func (p Plan) Access() string {
	if all := slices.Concat(p.Whole, p.Walked); len(all) > 0 {
		return "all of " + strings.Join(all, ", ")
	}
	return strings.Join(p.Indexes, ", ")
}

// Faults returns an error if a table, or a whole index, was read completely although there are many
// accounts.
func (g *Growth) Faults() error {
	var all []error
	for _, size := range g.Sizes {
		if size.People < indexedFrom {
			continue
		}
		if size.Scans > startScans {
			all = append(all, fmt.Errorf("with %d accounts, a whole table of accounts or sessions was read %d times", size.People, size.Scans))
		}
		for _, p := range size.Plans {
			if len(p.Walked) > 0 {
				all = append(all, fmt.Errorf("with %d accounts, %s reads all of %s: %s", size.People, p.Trial, strings.Join(p.Walked, ", "), p.Statement))
			}
		}
	}
	return errors.Join(all...)
}

package main

import (
	"strings"
	"testing"
)

func at(v float64) spread { return spread{v, v, v} }

// A figure is missed only beyond its margin, in the worse direction.
func TestFigures(t *testing.T) {
	compared := func(cpu, rate float64) []result {
		return []result{{Name: "viewer", Contestants: []measured{{Name: gatehouseName}, {Name: byHand, CPURatio: new(at(cpu)), RateRatio: new(at(rate))}}}}
	}
	flooded := func(p99 float64) []result {
		return []result{{Name: "flood", Contestants: []measured{{Name: gatehouseName, P99: at(p99)}}}}
	}
	logged := func(login, hash float64) []result {
		return []result{{Name: "login", Contestants: []measured{{Name: gatehouseName, P50: at(login)}, {Name: hashAlone, P50: at(hash)}}}}
	}
	one := func(name string, v float64) []single { return []single{{Name: name, Value: at(v)}} }
	tests := []struct {
		name    string
		results []result
		singles []single
		want    string // the beginning of the missed figure's name
	}{
		{"nothing was measured", nil, nil, ""},
		{"too much CPU time", compared(0.89, 1), nil, "viewer, CPU"},
		{"too few requests", compared(1, 0.89), nil, "viewer, requests"},
		{"both within the margin", compared(0.91, 0.91), nil, ""},
		{"far better", compared(9, 9), nil, ""},
		{"a slow login", logged(26.3, 20), nil, "login"},
		{"a login", logged(26.2, 20), nil, ""},
		{"a flood", flooded(376), nil, "p99"},
		{"a flood within the limit", flooded(374), nil, ""},
		{"a slow start", nil, one(startWarm, 376), "start"},
		{"a start", nil, one(startWarm, 374), ""},
		{"a large program", nil, one(binarySize, 40.1), "size of the program"},
		{"a program", nil, one(binarySize, 40), ""},
		{"allocations", nil, one(decideAllocs, 3), "repeated decision"},
		{"fewer", nil, one(decideAllocs, 2), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := missed(figures(tt.results, tt.singles))
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "\n  "+tt.want) || strings.Count(err.Error(), "\n") != 1 {
				t.Errorf("error = %v, want only %q", err, tt.want)
			}
		})
	}
}

// Many accounts must be found with an index; for few it doesn't matter.
func TestGrowthFaults(t *testing.T) {
	size := func(people, scans int, walked ...string) *growth {
		return &growth{Sizes: []sizeResult{{People: people, Scans: scans, Plans: []plan{{Trial: "search", Walked: walked}}}}}
	}
	tests := []struct {
		name string
		g    *growth
		want string
	}{
		{"with an index", size(indexedFrom, 0), ""},
		{"at the start", size(indexedFrom, startScans), ""},
		{"whole tables", size(indexedFrom, startScans+1), "read 11 times"},
		{"a whole index", size(indexedFrom, 0, "users_pkey"), "reads all of users_pkey"},
		{"few accounts", size(indexedFrom-1, 1000, "users_pkey"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.g.faults()
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
		})
	}
}

package report

import (
	"strings"
	"testing"
)

func at(v float64) Spread { return Spread{v, v, v} }

// A figure is missed only beyond its margin, in the worse direction.
func TestFigures(t *testing.T) {
	trials := func(name, contestant string, cpu, rate float64) []Result {
		return []Result{{Name: name, Contestants: []Measured{{Name: Gatehouse}, {Name: contestant, CPURatio: new(at(cpu)), RateRatio: new(at(rate))}}}}
	}
	compared := func(cpu, rate float64) []Result { return trials("viewer", ByHand, cpu, rate) }
	flooded := func(p99 float64) []Result {
		return []Result{{Name: "flood", Contestants: []Measured{{Name: Gatehouse, P99: at(p99)}}}}
	}
	logged := func(login, hash float64) []Result {
		return []Result{{Name: "login", Contestants: []Measured{{Name: Gatehouse, P50: at(login)}, {Name: HashAlone, P50: at(hash)}}}}
	}
	one := func(name string, v float64) []Single { return []Single{{Name: name, Value: at(v)}} }
	tests := []struct {
		name    string
		results []Result
		singles []Single
		want    string // the beginning of the missed figure's name
	}{
		{"nothing was measured", nil, nil, ""},
		{"too much CPU time", compared(1.21, 1.25), nil, "viewer, CPU"},
		{"too few requests", compared(1.35, 1.12), nil, "viewer, requests"},
		{"both within the margin", compared(1.22, 1.13), nil, ""},
		{"far better", compared(9, 9), nil, ""},
		{"rows with too much CPU time", trials("rows", ByHand, 2.24, 9), nil, "rows, CPU"},
		{"rows", trials("rows", ByHand, 2.26, 9), nil, ""},
		{"too few refreshes", trials("refresh", ByHand, 9, 1.16), nil, "refresh, requests"},
		{"refreshes", trials("refresh", ByHand, 9, 1.18), nil, ""},
		{"expensive authorization", trials("users", Unguarded, 0.99, 0.5), nil, "users, CPU time without"},
		{"authorization for nothing", trials("users", Unguarded, 1, 0.5), nil, ""},
		{"expensive keys", trials("key", ByToken, 0.85, 9), nil, "viewer by key, CPU"},
		{"keys", trials("key", ByToken, 0.86, 0.5), nil, ""},
		{"a slow peer", trials("me", "authorizer", 0.5, 0.5), nil, ""},
		{"a slow login", logged(23.2, 20), nil, "login"},
		{"a login", logged(23.1, 20), nil, ""},
		{"a flood", flooded(376), nil, "p99"},
		{"a flood within the limit", flooded(374), nil, ""},
		{"a slow start", nil, one(StartWarm, 376), "start"},
		{"a start", nil, one(StartWarm, 374), ""},
		{"memory that stays", nil, one(MemoryLoaded, 60.1), "memory after the load"},
		{"memory", nil, one(MemoryLoaded, 60), ""},
		{"memory for hashes", nil, one(MemoryPeak, 120.1), "peak memory"},
		{"a peak", nil, one(MemoryPeak, 120), ""},
		{"a peak that is not known", nil, one(MemoryPeak, 0), ""},
		{"a large program", nil, one(BinarySize, 32.1), "size of the program"},
		{"a program", nil, one(BinarySize, 32), ""},
		{"allocations", nil, one(DecideAllocs, 3), "repeated decision"},
		{"fewer", nil, one(DecideAllocs, 2), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Missed(Figures(tt.results, tt.singles))
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
	size := func(people, scans int, walked ...string) *Growth {
		return &Growth{Sizes: []SizeResult{{People: people, Scans: scans, Plans: []Plan{{Trial: "search", Walked: walked}}}}}
	}
	tests := []struct {
		name string
		g    *Growth
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
			err := tt.g.Faults()
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
		})
	}
}

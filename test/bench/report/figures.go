package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Figure is a target and what was measured.
type Figure struct {
	Name   string  `json:"name"`
	Value  Spread  `json:"value"`
	Unit   string  `json:"unit"`
	Least  float64 `json:"least,omitempty"` // the lower limit, or
	Most   float64 `json:"most,omitempty"`  // the upper limit
	Margin float64 `json:"margin"`          // the share by which it may be missed, because the machine is never quite idle
	Missed bool    `json:"missed"`          // missed by more than the margin
}

// Margins: differences between two rounds that mean nothing.
const (
	ratioMargin = 0.10 // for two servers in one run
	timeMargin  = 0.25 // for times, which depend on the machine
	noMargin    = 0
)

// byHand has the targets for the comparison with the server written by hand.
var byHand = []struct {
	trial     string
	cpu, rate float64
}{
	{"viewer", 1.35, 1.25},
	{"crowd", 1.25, 1.2},
	{"me", 1.5, 1.7},
	{"users", 1.8, 1.6},
	{"rows", 2.5, 2.0},
	{"refused", 1.2, 1.2},
	{"refresh", 1.05, 1.3},
}

// Figures compares the measurements with the targets. It omits what was not measured.
func Figures(results []Result, singles []Single) []Figure {
	var all []Figure
	least := func(name string, value *Spread, least, margin float64) {
		if value != nil {
			all = append(all, Figure{Name: name, Value: *value, Least: least, Margin: margin})
		}
	}
	for _, t := range byHand {
		if m := find(results, t.trial, ByHand); m != nil {
			least(t.trial+", CPU time by hand / Gatehouse", m.CPURatio, t.cpu, ratioMargin)
			least(t.trial+", requests/s Gatehouse / by hand", m.RateRatio, t.rate, ratioMargin)
		}
	}
	if m := find(results, "key", ByToken); m != nil {
		least("viewer by key, CPU time by token / by key", m.CPURatio, 0.95, ratioMargin)
	}
	// A ratio above 1 says that authorization costs less than nothing, so it has no margin.
	for _, r := range results {
		if m := find(results, r.Name, Unguarded); m != nil {
			least(r.Name+", CPU time without authorization / Gatehouse", m.CPURatio, 1, noMargin)
		}
	}
	most := func(name, unit string, value *Spread, most, margin float64) {
		if value != nil {
			all = append(all, Figure{Name: name, Value: *value, Unit: unit, Most: most, Margin: margin})
		}
	}
	most("login, time beyond one password hash", "ms", overHash(results), 2.5, timeMargin)
	if m := find(results, "flood", Gatehouse); m != nil {
		most("p99 of other requests during a flood of logins", "ms", &m.P99, 300, timeMargin)
	}
	most("start with an existing database", "ms", Value(singles, StartWarm), 300, timeMargin)
	most("first start with the embedded database", "ms", Value(singles, StartFirst), 5000, timeMargin)
	most("later start with the embedded database", "ms", Value(singles, StartAgain), 2000, timeMargin)
	most("memory after the start", "MB", Value(singles, MemoryIdle), 40, noMargin)
	most("memory after the load", "MB", Value(singles, MemoryLoaded), 60, noMargin)
	most("peak memory, while passwords are hashed", "MB", Value(singles, MemoryPeak), 120, noMargin)
	most("size of the program", "MB", Value(singles, BinarySize), 32, noMargin)
	most("repeated decision, time", "ns", Value(singles, DecideTime), 100, timeMargin)
	most("repeated decision, allocations", "allocations", Value(singles, DecideAllocs), 2, noMargin)
	for i := range all {
		all[i].Missed = all[i].missed()
	}
	return all
}

// missed reports whether the median misses the target by more than the margin.
func (f Figure) missed() bool {
	if f.Least > 0 {
		return f.Value.Median < f.Least*(1-f.Margin)
	}
	return f.Value.Median > f.Most*(1+f.Margin)
}

// target returns the target as text.
func (f Figure) target() string {
	if f.Least > 0 {
		return fmt.Sprintf("at least %s", digits(f.Least))
	}
	return fmt.Sprintf("at most %s %s", digits(f.Most), f.Unit)
}

// overHash returns how much longer the median login took than the median hash, in ms. The rounds
// are not paired, so it is one number.
func overHash(results []Result) *Spread {
	login, hash := find(results, "login", Gatehouse), find(results, "login", HashAlone)
	if login == nil || hash == nil {
		return nil
	}
	return new(SpreadOf([]float64{login.P50.Median - hash.P50.Median}))
}

func find(results []Result, trial, contestant string) *Measured {
	for _, r := range results {
		i := slices.IndexFunc(r.Contestants, func(m Measured) bool { return m.Name == contestant })
		if r.Name == trial && i >= 0 {
			return &r.Contestants[i]
		}
	}
	return nil
}

// Value returns the value with the given name, or nil.
func Value(singles []Single, name string) *Spread {
	i := slices.IndexFunc(singles, func(s Single) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &singles[i].Value
}

// Missed returns an error with all missed targets.
func Missed(figures []Figure) error {
	var list []string
	for _, f := range figures {
		if f.Missed {
			list = append(list, fmt.Sprintf("%s: %s, the target is %s with a margin of %.0f %%", f.Name, f.Value, f.target(), f.Margin*100))
		}
	}
	if len(list) == 0 {
		return nil
	}
	return errors.New("missed targets:\n  " + strings.Join(list, "\n  "))
}

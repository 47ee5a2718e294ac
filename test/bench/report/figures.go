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

// Figures compares the measurements with the targets. It omits what was not measured.
func Figures(results []Result, singles []Single) []Figure {
	var all []Figure
	ratio := func(trial string, least float64, also bool) {
		m := find(results, trial, ByHand)
		if m == nil {
			return
		}
		if m.CPURatio != nil {
			all = append(all, Figure{Name: trial + ", CPU time by hand / Gatehouse", Value: *m.CPURatio, Least: least, Margin: ratioMargin})
		}
		if also {
			all = append(all, Figure{Name: trial + ", requests/s Gatehouse / by hand", Value: *m.RateRatio, Least: least, Margin: ratioMargin})
		}
	}
	ratio("viewer", 1.0, true)
	ratio("me", 1.2, true)
	ratio("refresh", 0.8, true)
	most := func(name, unit string, value *Spread, most, margin float64) {
		if value != nil {
			all = append(all, Figure{Name: name, Value: *value, Unit: unit, Most: most, Margin: margin})
		}
	}
	most("login, time beyond one password hash", "ms", overHash(results), 5, timeMargin)
	if m := find(results, "flood", Gatehouse); m != nil {
		most("p99 of other requests during a flood of logins", "ms", &m.P99, 300, timeMargin)
	}
	most("start with an existing database", "ms", Value(singles, StartWarm), 300, timeMargin)
	most("first start with the embedded database", "ms", Value(singles, StartFirst), 5000, timeMargin)
	most("later start with the embedded database", "ms", Value(singles, StartAgain), 2000, timeMargin)
	most("memory after the start", "MB", Value(singles, MemoryIdle), 40, noMargin)
	most("size of the program", "MB", Value(singles, BinarySize), 40, noMargin)
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

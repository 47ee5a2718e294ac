package main

import (
	"fmt"
	"slices"
)

// A figure is a target and what was measured.
type figure struct {
	Name   string  `json:"name"`
	Value  spread  `json:"value"`
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

// figures compares the measurements with the targets. It omits what was not measured.
func figures(results []result, singles []single) []figure {
	var all []figure
	ratio := func(trial string, least float64, also bool) {
		m := find(results, trial, byHand)
		if m == nil {
			return
		}
		if m.CPURatio != nil {
			all = append(all, figure{Name: trial + ", CPU time by hand / Gatehouse", Value: *m.CPURatio, Least: least, Margin: ratioMargin})
		}
		if also {
			all = append(all, figure{Name: trial + ", requests/s Gatehouse / by hand", Value: *m.RateRatio, Least: least, Margin: ratioMargin})
		}
	}
	ratio("viewer", 1.0, true)
	ratio("me", 1.2, true)
	ratio("refresh", 0.8, true)
	most := func(name, unit string, value *spread, most, margin float64) {
		if value != nil {
			all = append(all, figure{Name: name, Value: *value, Unit: unit, Most: most, Margin: margin})
		}
	}
	most("login, time beyond one password hash", "ms", overHash(results), 5, timeMargin)
	if m := find(results, "flood", gatehouseName); m != nil {
		most("p99 of other requests during a flood of logins", "ms", &m.P99, 300, timeMargin)
	}
	most("start with an existing database", "ms", value(singles, startWarm), 300, timeMargin)
	most("first start with the embedded database", "ms", value(singles, startFirst), 5000, timeMargin)
	most("later start with the embedded database", "ms", value(singles, startAgain), 2000, timeMargin)
	most("memory after the start", "MB", value(singles, memoryIdle), 40, noMargin)
	most("size of the program", "MB", value(singles, binarySize), 40, noMargin)
	most("repeated decision, time", "ns", value(singles, decideTime), 100, timeMargin)
	most("repeated decision, allocations", "allocations", value(singles, decideAllocs), 2, noMargin)
	for i := range all {
		all[i].Missed = all[i].missed()
	}
	return all
}

// missed reports whether the median misses the target by more than the margin.
func (f figure) missed() bool {
	if f.Least > 0 {
		return f.Value.Median < f.Least*(1-f.Margin)
	}
	return f.Value.Median > f.Most*(1+f.Margin)
}

// target returns the target as text.
func (f figure) target() string {
	if f.Least > 0 {
		return fmt.Sprintf("at least %s", digits(f.Least))
	}
	return fmt.Sprintf("at most %s %s", digits(f.Most), f.Unit)
}

// overHash returns how much longer the median login took than the median hash, in ms. The rounds
// are not paired, so it is one number.
func overHash(results []result) *spread {
	login, hash := find(results, "login", gatehouseName), find(results, "login", hashAlone)
	if login == nil || hash == nil {
		return nil
	}
	return new(spreadOf([]float64{login.P50.Median - hash.P50.Median}))
}

func find(results []result, trial, contestant string) *measured {
	for _, r := range results {
		i := slices.IndexFunc(r.Contestants, func(m measured) bool { return m.Name == contestant })
		if r.Name == trial && i >= 0 {
			return &r.Contestants[i]
		}
	}
	return nil
}

func value(singles []single, name string) *spread {
	i := slices.IndexFunc(singles, func(s single) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &singles[i].Value
}

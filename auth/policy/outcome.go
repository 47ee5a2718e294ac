package policy

import "iter"

// An Outcome is what was decided on a coordinate before an operation runs.
type Outcome struct {
	Verdict Verdict
	Reason  Reason // "" unless denied
}

// Outcomes goes through what was decided on the guarded fields of the operation and on the arguments that are refused, by coordinate.
func (d *Decision) Outcomes() iter.Seq2[string, Outcome] {
	return func(yield func(string, Outcome) bool) {
		for i, g := range d.plan.guards {
			if !yield(g.rule.Coordinate, d.outcome(i)) {
				return
			}
		}
		for field, r := range d.refused {
			if at, guarded := d.plan.index[field]; guarded && d.plan.guards[at].rule.Coordinate == r.Coordinate {
				continue
			}
			if !yield(r.Coordinate, Outcome{Verdict: Deny, Reason: r.Reason}) {
				return
			}
		}
	}
}

// outcome is what was decided on one guarded field.
func (d *Decision) outcome(i int) Outcome {
	v, g := d.verdicts[i], d.plan.guards[i]
	if r := d.refused[g.field]; r != nil && r.Coordinate == g.rule.Coordinate {
		return Outcome{Verdict: Deny, Reason: r.Reason}
	}
	switch {
	case v.refusal != nil:
		return Outcome{Verdict: Deny, Reason: v.refusal.Reason}
	case v.unmet != nil:
		return Outcome{Verdict: Self}
	default:
		return Outcome{Verdict: Allow}
	}
}

package policy

import (
	"strings"
	"time"
)

// A Reason says why something was refused.
type Reason string

// The reasons of a refusal.
const (
	NoCredential Reason = "no_credential"
	MissingRole  Reason = "missing_role"
	MissingScope Reason = "missing_scope"
	NotSelf      Reason = "not_self"
	NotDelegable Reason = "not_delegable" // for persons only: an application or key is refused, whatever its scopes
	Stale        Reason = "stale"         // the caller must prove again who they are
	OneFactor    Reason = "one_factor"    // the caller must prove it with more factors
	Undecided    Reason = "undecided"     // a fault of the server: it made no decision on the operation
)

// A Refusal is the error of a field that the caller may not reach.
type Refusal struct {
	Coordinate string // of the rule: User.email, UpdateUserInput.email, Query.user(id:)
	Reason     Reason
	Required   [][]string
	Missing    [][]string // the part of Required that the caller lacks
	// MaxAge and Factors are what the rule asks of a caller who proves again who they
	// are, 0 for none. They are set if that is all that is missing: see StepUp.
	MaxAge  time.Duration
	Factors int
}

// StepUp reports whether the caller reaches the coordinate after proving again who
// they are. No refusal is one of these as long as anything else is missing.
func (r *Refusal) StepUp() bool { return r.Reason == Stale || r.Reason == OneFactor }

// gravity orders refusals: one that nothing lifts comes first, one that proving
// again who one is lifts comes last, and a missing factor before an old proof.
func (r *Refusal) gravity() int {
	switch {
	case r == nil:
		return 0
	case r.Reason == Stale:
		return 1
	case r.Reason == OneFactor:
		return 2
	case r.Reason == NotDelegable:
		return gravest
	}
	return 3
}

// gravest is the gravity that no other exceeds.
const gravest = 4

// graver returns the refusal to report of two, of which any may be nil.
func graver(a, b *Refusal) *Refusal {
	if b.gravity() > a.gravity() {
		return b
	}
	return a
}

// Error returns a message without names: the other fields are only for clients
// that may know them.
func (r *Refusal) Error() string {
	switch r.Reason {
	case NoCredential:
		return "you are not logged in"
	case Stale:
		return "you must prove again who you are"
	case OneFactor:
		return "you must prove who you are with a second factor"
	}
	return "you are not allowed to do this"
}

// refuse returns the refusal of a rule with the given unmet clauses.
func refuse(r *Rule, s *Subject, missing []clause) *Refusal {
	refusal := &Refusal{Coordinate: r.Coordinate, Reason: reason(s, missing), Required: r.Required(), Missing: required(missing)}
	if refusal.StepUp() {
		refusal.MaxAge, refusal.Factors = stepsAsked(refusal.Required)
	}
	return refusal
}

// reason says why clauses are not met: [NotDelegable] if no scope would help, or
// else it goes by the first clause that an object can't meet, or returns
// [NotSelf]. It is [Stale] or [OneFactor] if nothing else is missing.
func reason(s *Subject, missing []clause) Reason {
	if s == nil {
		return NoCredential
	}
	if onlySteps(s, missing) {
		return stepReason(missing)
	}
	why := NotSelf
	for _, c := range missing {
		switch {
		case c.maySelf(s), c.stepUp(s):
			continue
		case s.Delegated && !c.delegable(), c.any[0] == requireSession, c.isStep():
			return NotDelegable
		case why != NotSelf:
			continue
		case !s.Delegated && strings.HasPrefix(c.any[0], rolePrefix):
			why = MissingRole
		default:
			why = MissingScope
		}
	}
	return why
}

// Why returns the reason of a denial as text, or nil.
func (d *FieldDecision) Why() *string {
	if d.Reason == nil {
		return nil
	}
	text := string(*d.Reason)
	return &text
}

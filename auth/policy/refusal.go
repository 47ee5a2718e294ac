package policy

import "strings"

// A Reason says why something was refused.
type Reason string

// The reasons of a refusal.
const (
	NoCredential Reason = "no_credential"
	MissingRole  Reason = "missing_role"
	MissingScope Reason = "missing_scope"
	NotSelf      Reason = "not_self"
	NotDelegable Reason = "not_delegable" // for persons only: an application or key is refused, whatever its scopes
	Undecided    Reason = "undecided"     // a fault of the server: it made no decision on the operation
)

// A Refusal is the error of a field that the caller may not reach.
type Refusal struct {
	Coordinate string // of the rule: User.email, UpdateUserInput.email, Query.user(id:)
	Reason     Reason
	Required   [][]string
	Missing    [][]string // the part of Required that the caller lacks
}

// Error returns a message without names: the other fields are only for clients
// that may know them.
func (r *Refusal) Error() string {
	if r.Reason == NoCredential {
		return "you are not logged in"
	}
	return "you are not allowed to do this"
}

// refuse returns the refusal of a rule with the given unmet clauses.
func refuse(r *Rule, s *Subject, missing []clause) *Refusal {
	return &Refusal{Coordinate: r.Coordinate, Reason: reason(s, missing), Required: r.Required(), Missing: required(missing)}
}

// reason says why clauses are not met: [NotDelegable] if no scope would help, or
// else it goes by the first clause that an object can't meet, or returns
// [NotSelf].
func reason(s *Subject, missing []clause) Reason {
	if s == nil {
		return NoCredential
	}
	why := NotSelf
	for _, c := range missing {
		switch {
		case c.maySelf(s):
			continue
		case s.Delegated && !c.delegable(), c.any[0] == requireSession:
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

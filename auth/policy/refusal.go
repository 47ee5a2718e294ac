package policy

import "strings"

// A Reason says in one word why something was refused.
type Reason string

// The reasons of a refusal.
const (
	NoCredential Reason = "no_credential"
	MissingRole  Reason = "missing_role"
	MissingScope Reason = "missing_scope"
	NotSelf      Reason = "not_self"
	Undecided    Reason = "undecided" // nobody decided on the operation; a fault of the server, never of the caller
)

// A Refusal is the error of a field that its caller may not reach.
type Refusal struct {
	Coordinate string // of the rule: User.email, UpdateUserInput.email, Query.user(id:)
	Reason     Reason
	Required   [][]string
	Missing    [][]string // the part of Required that the caller lacks
}

// Error says so without a name: the rest is for those who may know it.
func (r *Refusal) Error() string {
	if r.Reason == NoCredential {
		return "you are not logged in"
	}
	return "you are not allowed to do this"
}

// refuse makes the refusal of a rule whose clauses in missing are not met.
func refuse(r *Rule, s *Subject, missing []clause) *Refusal {
	return &Refusal{Coordinate: r.Coordinate, Reason: reason(s, missing), Required: r.Required(), Missing: required(missing)}
}

// reason is that of the first clause that could not be met by whose object it is, else of the first.
func reason(s *Subject, missing []clause) Reason {
	if s == nil {
		return NoCredential
	}
	for _, c := range missing {
		switch {
		case c.self != "":
			continue
		case strings.HasPrefix(c.any[0], "role:"):
			return MissingRole
		default:
			return MissingScope
		}
	}
	return NotSelf
}

// Why returns the reason of a decision as text, nil unless it is a denial.
func (d *FieldDecision) Why() *string {
	if d.Reason == nil {
		return nil
	}
	text := string(*d.Reason)
	return &text
}

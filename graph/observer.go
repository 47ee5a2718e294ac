package graph

import (
	"context"
	"errors"
	"time"

	"gatehouse/auth/policy"
	"gatehouse/graph/fault"
	"gatehouse/graph/persisted"
)

// An Observer has functions that are called as requests are handled. Each may be
// nil. They must return quickly.
type Observer struct {
	// Decided is called with the decision on each guarded coordinate of an
	// operation, before the operation runs.
	Decided func(coordinate string, verdict policy.Verdict, reason policy.Reason)
	// Attempted is called when a login field is done, with the code of its
	// error; "" if it succeeded. It is not called if the client has hung up.
	Attempted func(field string, code fault.Code)
	// Began is called when a step begins that may take time. It returns the
	// context of the step, and a function that is called when the step ends,
	// with the code of its error; "" if it succeeded.
	Began func(ctx context.Context, step Step) (context.Context, func(fault.Code))
	// Answered is called when a request is answered.
	Answered func(Record)
}

// A Step is a part of a request.
type Step struct {
	Kind      string // credential; of an operation: query or mutation
	Operation bool   // whether the step is the operation
	Name      string // of the operation, from the client; "" if it has none
}

// A Record describes the answer to a request.
type Record struct {
	Type   string           // query or mutation; "" without an operation
	Name   string           // of the operation, from the client; "" if it has none
	Source persisted.Source // of the document; "" without one
	Caller string           // the account's id, also of one that just logged in; "" for none
	Status int
	Codes  []string // of the errors, each once
	Took   time.Duration
}

// decided calls Decided for each guarded coordinate.
func (o *Observer) decided(d *policy.Decision) {
	if o.Decided == nil {
		return
	}
	for coordinate, outcome := range d.Outcomes() {
		o.Decided(coordinate, outcome.Verdict, outcome.Reason)
	}
}

// attempted calls Attempted with the code that a client sees of err.
func (o *Observer) attempted(field string, err error) {
	if o.Attempted == nil || errors.Is(err, context.Canceled) { // the client has gone
		return
	}
	var code fault.Code
	if err != nil {
		code = codeOf(err)
	}
	o.Attempted(field, code)
}

// began calls Began.
func (o *Observer) began(ctx context.Context, step Step) (context.Context, func(fault.Code)) {
	if o.Began == nil {
		return ctx, func(fault.Code) {}
	}
	return o.Began(ctx, step)
}

package graph

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
	"gatehouse/graph/persisted"
	"gatehouse/graph/transport"
)

// An Observer hears of what happens. Each of its functions must be quick, and may be nil.
type Observer struct {
	// Decided hears what was decided on a guarded coordinate, once for each operation, before it runs.
	Decided func(coordinate string, verdict policy.Verdict, reason policy.Reason)
	// Attempted hears what came of a field that logs somebody in: "" if it did, else the code of its error.
	Attempted func(field string, code fault.Code)
	// Began hears of each step of a request that may take time. It returns the context of the step, and what to call with the code of its error, ""
	// for none, when it is over.
	Began func(ctx context.Context, step Step) (context.Context, func(fault.Code))
	// Answered hears what came of a request.
	Answered func(Record)
}

// A Step is a part of a request.
type Step struct {
	Kind      string // credential; or of the operation: query or mutation
	Operation bool   // whether it is the operation
	Name      string // that the client gave the operation; "" for none
}

// A Record is what came of a request.
type Record struct {
	Type   string           // of operation: query or mutation; "" for what is none
	Name   string           // that the client gave the operation; "" for none
	Source persisted.Source // of the document; "" where there is no request
	Status int
	Codes  []string // of the errors, each once
	Took   time.Duration
}

// An entry is what the log says of a request.
type entry struct {
	source    persisted.Source    // "" where there is no request
	operation *document.Operation // nil for none
	caller    *auth.Principal
}

// observe tells the observer of every guarded coordinate.
func (e *execution) observe(d *policy.Decision) {
	if e.handler.observer.Decided == nil {
		return
	}
	for coordinate, outcome := range d.Outcomes() {
		e.handler.observer.Decided(coordinate, outcome.Verdict, outcome.Reason)
	}
}

// attempted tells the observer of a field that logs somebody in.
func (e *execution) attempted(field string, err error) {
	if e.handler.observer.Attempted == nil {
		return
	}
	var code fault.Code
	if err != nil {
		code = codeOf(err)
	}
	e.handler.observer.Attempted(field, code)
}

// began tells the observer of a step.
func (h *Handler) began(ctx context.Context, step Step) (context.Context, func(fault.Code)) {
	if h.observer.Began == nil {
		return ctx, func(fault.Code) {}
	}
	return h.observer.Began(ctx, step)
}

// answered logs a request, and tells the observer.
func (h *Handler) answered(r *http.Request, a *transport.Answer, e *entry, took time.Duration) {
	record := Record{Source: e.source, Status: a.Status, Took: took}
	if len(a.Errors) > 0 {
		record.Codes = a.Codes()
	}
	if e.operation != nil {
		record.Type, record.Name = string(e.operation.Operation), document.ShortName(e.operation.Name)
	}
	h.log.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelInfo, "graphql", attributes(r, e, record)...)
	if h.observer.Answered != nil {
		h.observer.Answered(record)
	}
}

// attributes are what is logged of a request, by an allow-list: nothing of its body or headers but the name of the operation.
func attributes(r *http.Request, e *entry, record Record) []slog.Attr {
	all := make([]slog.Attr, 0, 8)
	all = append(all, slog.String("request_id", requestID(r.Context())), slog.Int("status", record.Status), slog.Duration("took", record.Took))
	if e.operation != nil {
		all = append(all, slog.String("operation", record.Type), slog.String("name", record.Name))
	}
	if e.caller != nil {
		all = append(all, slog.String("caller", e.caller.ID))
	}
	if record.Codes != nil {
		all = append(all, slog.Any("codes", record.Codes))
	}
	return all
}

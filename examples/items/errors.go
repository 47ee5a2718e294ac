package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
)

// The codes are Gatehouse's, so that a client handles the errors of both
// services alike.
const (
	codeBadUserInput = "BAD_USER_INPUT"
	codeNotFound     = "NOT_FOUND"
	codeConflict     = "CONFLICT"
	codeBadRequest   = "BAD_REQUEST"
	codeInternal     = "INTERNAL"
)

var (
	errNotFound = errors.New("no item has this id")
	errFull     = errors.New("there are too many items")
	errPanic    = errors.New("panic, logged")
)

// An inputError is a value that can't be used.
type inputError struct{ field, message string }

func (e *inputError) Error() string { return e.message }

type presenter struct{ log *slog.Logger }

// present returns what a client sees of an error. An unknown error is logged,
// and shown as INTERNAL.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	placed := graphql.DefaultErrorPresenter(ctx, err)
	var refusal *policy.Refusal
	if errors.As(err, &refusal) {
		return placed // worded by the guard
	}
	if placed.Err == nil { // from the parser or the validator; other errors are wrapped
		if placed.Extensions == nil {
			errcode.Set(placed, errcode.ValidationFailed)
		}
		return placed
	}
	g := p.known(err)
	g.Path, g.Locations = placed.Path, placed.Locations
	return g
}

func (p presenter) known(err error) *gqlerror.Error {
	var (
		input  *inputError
		number *strconv.NumError
	)
	switch {
	case errors.As(err, &input):
		g := coded(input.message, codeBadUserInput)
		g.Extensions["field"] = input.field
		return g
	case errors.As(err, &number): // gqlgen reads a number when it resolves the field
		return coded("A number is out of range.", errcode.ValidationFailed)
	case errors.Is(err, errNotFound):
		return coded("No item has this id.", codeNotFound)
	case errors.Is(err, errFull):
		return coded("There are too many items.", codeConflict)
	case !errors.Is(err, errPanic):
		p.log.Error("internal error", slog.String("error", err.Error()))
	}
	return coded("Internal error.", codeInternal)
}

// recovered logs a panic with its stack.
func (p presenter) recovered(_ context.Context, fault any) error {
	p.log.Error("panic", slog.String("panic", fmt.Sprint(fault)), slog.String("stack", string(debug.Stack())))
	return errPanic
}

func coded(message, code string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

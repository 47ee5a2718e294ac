package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
)

// errorsShown is how many errors one answer lists.
const errorsShown = 20

// The codes are Gatehouse's, so that a client handles the errors of both services alike.
const (
	codeUnauthenticated = "UNAUTHENTICATED"
	codeForbidden       = "FORBIDDEN"
	codeBadUserInput    = "BAD_USER_INPUT"
	codeNotFound        = "NOT_FOUND"
	codeConflict        = "CONFLICT"
	codeBadRequest      = "BAD_REQUEST"
	codeUnavailable     = "UNAVAILABLE"
	codeInternal        = "INTERNAL"
)

var (
	errNotFound = errors.New("no item has this id")
	errFull     = errors.New("there is no room for another item")
	errPanic    = errors.New("panic, logged")
)

// An inputError is a value that can't be used.
type inputError struct{ field, message string }

func (e *inputError) Error() string { return e.message }

type presenter struct{ log *slog.Logger }

// present turns an error into what a client sees. What is not known here is logged, and shown as INTERNAL.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	placed := graphql.DefaultErrorPresenter(ctx, err)
	if placed.Err == nil { // of the parser or the validator; what else fails is wrapped
		if placed.Extensions == nil {
			errcode.Set(placed, errcode.ValidationFailed)
		}
		return placed
	}
	g := p.known(ctx, err)
	g.Path, g.Locations = placed.Path, placed.Locations
	return g
}

func (p presenter) known(ctx context.Context, err error) *gqlerror.Error {
	var (
		refused *policy.Refusal
		input   *inputError
		number  *strconv.NumError
	)
	switch {
	case errors.As(err, &refused):
		return refusal(refused, callerFrom(ctx) != nil)
	case errors.As(err, &input):
		g := coded(input.message, codeBadUserInput)
		g.Extensions["field"] = input.field
		return g
	case errors.As(err, &number): // gqlgen reads numbers only when the field's turn comes
		return coded("A number is out of range.", errcode.ValidationFailed)
	case errors.Is(err, errNotFound):
		return coded("No item has this id.", codeNotFound)
	case errors.Is(err, errFull):
		return coded("There is no room for another item.", codeConflict)
	case !errors.Is(err, errPanic):
		p.log.Error("internal error", slog.String("error", err.Error()))
	}
	return coded("Something went wrong here.", codeInternal)
}

// recovered logs a panic, with the stack.
func (p presenter) recovered(_ context.Context, fault any) error {
	p.log.Error("panic", slog.String("panic", fmt.Sprint(fault)), slog.String("stack", string(debug.Stack())))
	return errPanic
}

// refusal is what a caller sees of a refusal: what would lift it only those who are known.
func refusal(r *policy.Refusal, known bool) *gqlerror.Error {
	g := coded("You are not allowed to do this.", codeForbidden)
	if r.Reason == policy.NoCredential {
		g = coded("You are not logged in.", codeUnauthenticated)
	}
	g.Extensions["reason"] = r.Reason
	if known {
		g.Extensions["coordinate"], g.Extensions["required"], g.Extensions["missing"] = r.Coordinate, r.Required, r.Missing
	}
	return g
}

// inOrder sorts the errors of an answer by their place in it: fields and the items of lists are resolved side by side.
func inOrder(errs gqlerror.List) gqlerror.List {
	slices.SortStableFunc(errs, func(a, b *gqlerror.Error) int { return slices.CompareFunc(a.Path, b.Path, byStep) })
	return errs
}

// shown keeps of many errors the first ones, and says how many it left out.
func shown(errs gqlerror.List) gqlerror.List {
	if len(errs) <= errorsShown {
		return errs
	}
	left := len(errs) - errorsShown
	return append(errs[:errorsShown:errorsShown], &gqlerror.Error{
		Message:    fmt.Sprintf("There are more errors; left out: %d.", left),
		Extensions: map[string]any{"code": errs[errorsShown].Extensions["code"], "omitted": left},
	})
}

// byStep compares two steps of a path: names, or places in a list.
func byStep(a, b ast.PathElement) int {
	if i, ok := a.(ast.PathIndex); ok {
		if j, ok := b.(ast.PathIndex); ok {
			return cmp.Compare(i, j)
		}
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func coded(message, code string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

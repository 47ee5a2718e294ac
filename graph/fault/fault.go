// Package fault words every error that a client sees. It is the only place
// that builds a GraphQL error, so that each of them carries a code and none
// repeats what a client must not see.
package fault

import (
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A Fault is why a request is not executed: it is answered with the status,
// the headers and the errors, and without data. It is an error, so that a
// resolver which is given an operation as an argument can return one.
type Fault struct {
	// Status is the HTTP status. 0 stands for a well-formed request whose
	// operation can't run: 400, or 200 for clients that read plain JSON and
	// expect every answer of the executor to be a success.
	Status int
	Header map[string]string
	Errors gqlerror.List // at least one
}

// Error returns the messages.
func (f *Fault) Error() string { return f.Errors.Error() }

// Code returns the code of the first error.
func (f *Fault) Code() Code { return CodeOf(f.Errors[0]) }

// Invalid is the fault of an operation that can't run.
func Invalid(errs ...*gqlerror.Error) *Fault { return &Fault{Errors: errs} }

// BadRequest is the fault of a request that is not a GraphQL request.
func BadRequest(status int, message string) *Fault {
	return &Fault{Status: status, Errors: gqlerror.List{New(message, CodeBadRequest)}}
}

// NotAllowed is the fault of a method that doesn't fit. allowed is the value
// of the header Allow.
func NotAllowed(allowed, message string) *Fault {
	f := BadRequest(http.StatusMethodNotAllowed, message)
	f.Header = map[string]string{"Allow": allowed}
	return f
}

// New returns the error that a client sees.
func New(message string, code Code) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// Of returns the error that a client sees of err, whose text it makes a
// sentence: by custom an error's text has a small first letter and no full stop.
func Of(err error, code Code) *gqlerror.Error { return New(sentence(err.Error()), code) }

func sentence(text string) string { return string(text[0]&^0x20) + text[1:] + "." }

// TooLarge is the error of an operation beyond one of the limits. asked is 0
// where the excess was not counted.
func TooLarge(limit string, allowed, asked int) *gqlerror.Error {
	g := New("The operation is too large for this service.", CodeOperationTooLarge)
	g.Extensions["limit"], g.Extensions["allowed"] = limit, allowed
	if asked > 0 {
		g.Extensions["asked"] = asked
	}
	return g
}

// Oversized is the fault of a request that is too large to be read.
func Oversized(status int, limit string, allowed, asked int) *Fault {
	return &Fault{Status: status, Errors: gqlerror.List{TooLarge(limit, allowed, asked)}}
}

// RetryLater is the header that says when to come back to a service that can't
// answer now: in a second.
func RetryLater() map[string]string { return map[string]string{"Retry-After": "1"} }

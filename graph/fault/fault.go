// Package fault words every error that a client sees. Only this package builds
// GraphQL errors, so each of them has a code, and none repeats what a client
// must not see.
package fault

import (
	"net/http"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// RetryAfter is the value of the header Retry-After, in seconds, when the
// service can't answer now.
const RetryAfter = "1"

// A Fault is the reason why a request is not executed. The answer has its
// status, headers and errors, and no data.
//
// A Fault is an error, so that a resolver that takes an operation as an
// argument can return it.
type Fault struct {
	// Status is the HTTP status. 0 means that the request is well-formed but
	// its operation can't run: 400, or 200 for clients that read plain JSON
	// and take any other status for a broken connection.
	Status int
	Header map[string]string
	Errors gqlerror.List // at least one
}

// Error returns the messages.
func (f *Fault) Error() string { return f.Errors.Error() }

// Code returns the code of the first error.
func (f *Fault) Code() Code { return CodeOf(f.Errors[0]) }

// With sets the status and one header.
func (f *Fault) With(status int, name, value string) *Fault {
	f.Status, f.Header = status, map[string]string{name: value}
	return f
}

// Invalid returns the fault of an operation that can't run.
func Invalid(errs ...*gqlerror.Error) *Fault { return &Fault{Errors: errs} }

// Status returns the fault of a request that is refused with one error.
func Status(status int, err *gqlerror.Error) *Fault {
	return &Fault{Status: status, Errors: gqlerror.List{err}}
}

// BadRequest returns the fault of a request that is not a GraphQL request.
func BadRequest(status int, message string) *Fault {
	return Status(status, New(message, CodeBadRequest))
}

// NotAllowed returns the fault of a request with the wrong method. allow lists
// the right ones.
func NotAllowed(allow, message string) *Fault {
	return Invalid(New(message, CodeBadRequest)).With(http.StatusMethodNotAllowed, "Allow", allow)
}

// New returns the error that a client sees.
func New(message string, code Code) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// At is New with a location in the document.
func At(position *ast.Position, message string, code Code) *gqlerror.Error {
	g := New(message, code)
	if position != nil {
		g.Locations = []gqlerror.Location{{Line: position.Line, Column: position.Column}}
	}
	return g
}

// Of returns the error that a client sees of err. It makes a sentence of the
// text of err, which by custom has a small first letter and no full stop.
func Of(err error, code Code) *gqlerror.Error {
	text := err.Error()
	return New(string(text[0]&^0x20)+text[1:]+".", code)
}

// TooLarge returns the error of an operation beyond a limit. asked is 0 if the
// excess was not counted.
func TooLarge(limit string, allowed, asked int) *gqlerror.Error {
	g := New("The operation is too large for this service.", CodeOperationTooLarge)
	g.Extensions["limit"], g.Extensions["allowed"] = limit, allowed
	if asked > 0 {
		g.Extensions["asked"] = asked
	}
	return g
}

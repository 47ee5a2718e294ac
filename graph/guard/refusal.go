package guard

import (
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
)

// The codes of the errors made here, which are strings. They are Gatehouse's,
// so that a client handles the errors of all its services alike.
const (
	CodeUnauthenticated   = "UNAUTHENTICATED"     // the caller is not logged in
	CodeForbidden         = "FORBIDDEN"           // the caller is known and not allowed
	CodeStepUpRequired    = "STEP_UP_REQUIRED"    // the caller must prove again who they are
	CodeOperationTooLarge = "OPERATION_TOO_LARGE" // two fields that are @sensitive
)

// Refused returns the error of a refusal, which wraps it. With detailed set it
// says what would lift the refusal. What a caller has to prove again it always says.
func Refused(r *policy.Refusal, detailed bool) *gqlerror.Error {
	g := &gqlerror.Error{
		Err: r, Message: sentence(r.Error()), Extensions: map[string]any{"code": codeOf(r), "reason": r.Reason},
	}
	if r.MaxAge > 0 {
		g.Extensions["maxAge"] = int(r.MaxAge / time.Second)
	}
	if r.Factors > 0 {
		g.Extensions["factors"] = r.Factors
	}
	if detailed {
		g.Extensions["coordinate"], g.Extensions["required"], g.Extensions["missing"] = r.Coordinate, r.Required, r.Missing
	}
	return g
}

func codeOf(r *policy.Refusal) string {
	switch {
	case r.Reason == policy.NoCredential:
		return CodeUnauthenticated
	case r.StepUp():
		return CodeStepUpRequired
	}
	return CodeForbidden
}

// sentence makes a sentence of an error's text, which by custom has a small
// first letter and no full stop.
func sentence(text string) string { return string(text[0]&^0x20) + text[1:] + "." }

// RefusedRoots returns the errors of an operation that does not run because of
// its refused root fields: one for each, in its place.
func RefusedRoots(refused []policy.Root, detailed bool) gqlerror.List {
	errs := make(gqlerror.List, len(refused))
	for i, root := range refused {
		errs[i] = Refused(root.Err, detailed)
		errs[i].Path = ast.Path{ast.PathName(root.Name)}
		if at := root.Field.Position; at != nil {
			errs[i].Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
		}
	}
	return errs
}

// tooSensitive is the error of an operation that would try several secrets.
func tooSensitive(asked int) *gqlerror.Error {
	return &gqlerror.Error{
		Message: "The operation is too large for this service.",
		Extensions: map[string]any{
			"code": CodeOperationTooLarge, "limit": "sensitive", "allowed": 1, "asked": asked,
		},
	}
}

// refusal answers an operation of which nothing runs.
func refusal(errs ...*gqlerror.Error) *graphql.Response {
	return &graphql.Response{Data: []byte("null"), Errors: errs}
}

// Truncate keeps the first most refusals and the first most other errors, so
// that neither hides the other. One more error says how many it left out.
func Truncate(errs gqlerror.List, most int) gqlerror.List {
	if len(errs) <= most {
		return errs
	}
	kept := make(gqlerror.List, 0, min(len(errs), 2*most+1))
	left, refusals, others, omitted := 0, 0, 0, (*gqlerror.Error)(nil)
	for _, err := range errs {
		count := &others
		if isRefusal(err) {
			count = &refusals
		}
		switch *count++; {
		case *count <= most:
			kept = append(kept, err)
		case omitted == nil || isRefusal(err):
			left, omitted = left+1, err
		default:
			left++
		}
	}
	if omitted == nil {
		return kept
	}
	return append(kept, more(omitted, left))
}

// more is the error that stands for those that were left out.
func more(like *gqlerror.Error, left int) *gqlerror.Error {
	what := "went wrong"
	if isRefusal(like) {
		what = "was refused"
	}
	g := &gqlerror.Error{
		Message:    fmt.Sprintf("More %s; errors left out: %d.", what, left),
		Extensions: map[string]any{"code": like.Extensions["code"], "omitted": left},
	}
	if reason := like.Extensions["reason"]; reason != nil {
		g.Extensions["reason"] = reason
	}
	return g
}

// isRefusal reports whether an error says that something was not allowed.
func isRefusal(err *gqlerror.Error) bool { return err.Extensions["reason"] != nil }

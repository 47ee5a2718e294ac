package fault

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
)

// Refused is the error of a refusal. With detailed set it says what would lift
// the refusal.
func Refused(r *policy.Refusal, detailed bool) *gqlerror.Error {
	code := CodeForbidden
	if r.Reason == policy.NoCredential {
		code = CodeUnauthenticated
	}
	g := Of(r, code)
	g.Extensions["reason"] = r.Reason
	if detailed {
		g.Extensions["coordinate"], g.Extensions["required"], g.Extensions["missing"] = r.Coordinate, r.Required, r.Missing
	}
	return g
}

// Truncate keeps the first most refusals and the first most other errors, so
// that neither hides the other. One more error says how many it left out.
func Truncate(errors gqlerror.List, most int) gqlerror.List {
	if len(errors) <= most {
		return errors
	}
	kept := make(gqlerror.List, 0, min(len(errors), 2*most+1))
	left, refusals, others, omitted := 0, 0, 0, (*gqlerror.Error)(nil)
	for _, err := range errors {
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
	what := "went wrong"
	if isRefusal(omitted) {
		what = "was refused"
	}
	more := New(fmt.Sprintf("More %s; errors left out: %d.", what, left), CodeOf(omitted))
	more.Extensions["omitted"] = left
	if reason := omitted.Extensions["reason"]; reason != nil {
		more.Extensions["reason"] = reason
	}
	return append(kept, more)
}

// isRefusal reports whether an error says that something was not allowed.
func isRefusal(err *gqlerror.Error) bool {
	_, asks := err.Extensions["required"]
	return asks || err.Extensions["reason"] != nil
}

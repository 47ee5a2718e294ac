package fault

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
)

// Refused returns the error of a refusal. If detailed is set, it says what the
// field requires and which part of that the caller lacks.
func Refused(r *policy.Refusal, detailed bool) *gqlerror.Error {
	code := CodeForbidden
	if r.Reason == policy.NoCredential {
		code = CodeUnauthenticated
	}
	g := Of(r, code)
	g.Extensions["reason"] = r.Reason
	if detailed {
		g.Extensions["coordinate"] = r.Coordinate
		g.Extensions["required"] = r.Required
		g.Extensions["missing"] = r.Missing
	}
	return g
}

// Truncate keeps the first limit refusals and the first limit other errors, so
// that neither hides the other. One more error says how many it dropped.
func Truncate(errs gqlerror.List, limit int) gqlerror.List {
	if len(errs) <= limit {
		return errs
	}
	kept := make(gqlerror.List, 0, min(len(errs), 2*limit+1))
	var refusals, others, dropped int
	var sample *gqlerror.Error // of those dropped; a refusal if there is one
	for _, err := range errs {
		count := &others
		if isRefusal(err) {
			count = &refusals
		}
		if *count++; *count <= limit {
			kept = append(kept, err)
			continue
		}
		dropped++
		if sample == nil || isRefusal(err) {
			sample = err
		}
	}
	if dropped == 0 {
		return kept
	}
	return append(kept, omitted(sample, dropped))
}

// omitted returns the error that stands for the errors that were dropped.
func omitted(sample *gqlerror.Error, dropped int) *gqlerror.Error {
	what := "errors"
	if isRefusal(sample) {
		what = "refusals"
	}
	g := New(fmt.Sprintf("There were more %s. Errors omitted: %d.", what, dropped), CodeOf(sample))
	g.Extensions["omitted"] = dropped
	if reason := sample.Extensions["reason"]; reason != nil {
		g.Extensions["reason"] = reason
	}
	return g
}

// isRefusal reports whether an error says that something is not allowed.
func isRefusal(err *gqlerror.Error) bool {
	_, detailed := err.Extensions["required"]
	return detailed || err.Extensions["reason"] != nil
}

package guard_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/graph/guard"
)

// TestTruncate: refusals and other errors are counted apart.
func TestTruncate(t *testing.T) {
	tests := []struct{ refusals, others, shown, omitted int }{
		{0, 0, 0, 0},
		{0, 20, 20, 0},
		{0, 50, 21, 30},
		{3, 50, 24, 30},
		{20, 0, 20, 0},
		{20, 5, 25, 0},
		{21, 0, 21, 1},
		{500, 30, 41, 490},
	}
	for _, tt := range tests {
		var errs gqlerror.List
		for range tt.refusals {
			errs = append(errs, &gqlerror.Error{Extensions: map[string]any{"code": guard.CodeForbidden, "reason": "missing_scope", "required": [][]string{{"x"}}}})
		}
		for range tt.others {
			errs = append(errs, &gqlerror.Error{Extensions: map[string]any{"code": "NOT_FOUND"}})
		}
		rand.Shuffle(len(errs), func(i, j int) { errs[i], errs[j] = errs[j], errs[i] })
		got := guard.Truncate(errs, 20)
		omitted := 0
		if i := slices.IndexFunc(got, func(e *gqlerror.Error) bool { return e.Extensions["omitted"] != nil }); i >= 0 {
			omitted, _ = got[i].Extensions["omitted"].(int)
			code, reason := any("NOT_FOUND"), any(nil)
			if tt.refusals > 20 {
				code, reason = guard.CodeForbidden, "missing_scope"
			}
			if i != len(got)-1 || got[i].Extensions["reason"] != reason || got[i].Extensions["code"] != code {
				t.Errorf("the count is error %d: %v", i, got[i])
			}
		}
		if len(got) != tt.shown || omitted != tt.omitted {
			t.Errorf("%+v: %d shown, %d omitted", tt, len(got), omitted)
		}
	}
}

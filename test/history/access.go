package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/test/harness/process"
)

// Bound is how long another replica may still accept a token after its
// revocation was acknowledged.
const Bound = time.Second

// Census counts operations by their results.
func Census(history []Operation) string {
	counts := map[string]int{}
	for _, o := range history {
		result := o.Code
		switch {
		case o.Back == Never:
			result = "lost"
		case result == "":
			result = "done"
		}
		counts[string(o.Act)+" "+result]++
	}
	var lines []string
	for what, n := range counts {
		lines = append(lines, fmt.Sprintf("%s %d", what, n))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d operations: %s", len(history), strings.Join(lines, ", "))
}

// An ending is what a history tells of a session's end.
type ending struct {
	tries []Operation                        // that may have ended it
	known time.Duration                      // of the first answer that says so
	by    map[*process.Process]time.Duration // when which process answered that it ended it
}

// mayEnd reports whether the operation may have ended its session. Presenting
// an older token does; without an answer, the token may have been one.
func (o Operation) mayEnd() bool {
	return o.Act == Logout || o.Act == Refresh && (o.Lost() || o.Code == "REFRESH_TOKEN_REUSED")
}

// ended reports whether this operation ended its session. Several may have
// tried; the answer to a logout does not tell which one did.
func (e *ending) ended(o Operation) bool {
	sole := !slices.ContainsFunc(e.tries, func(other Operation) bool { return other != o && other.Call <= o.Back })
	return o.Code == "REFRESH_TOKEN_REUSED" || o.Act == Logout && sole
}

func endings(history []Operation) map[int]*ending {
	all := map[int]*ending{}
	for _, o := range history {
		if all[o.Session] == nil {
			all[o.Session] = &ending{known: Never, by: map[*process.Process]time.Duration{}}
		}
		if o.mayEnd() {
			all[o.Session].tries = append(all[o.Session].tries, o)
		}
	}
	for _, o := range history {
		e := all[o.Session]
		if o.Lost() || o.Act != Logout && (o.Act != Refresh || o.Code == "") {
			continue
		}
		e.known = min(e.known, o.Back)
		if e.ended(o) {
			e.by[o.Process] = o.Back
		}
	}
	return all
}

// possible reports whether an operation sent before then may have ended the
// session.
func (e *ending) possible(then time.Duration) bool {
	return slices.ContainsFunc(e.tries, func(o Operation) bool { return o.Call <= then })
}

// CheckAccess finds access tokens that were accepted for too long, or at all by
// the replica that ended the session, and tokens refused before an operation
// could have ended their session.
func CheckAccess(history []Operation) (worst time.Duration, faults []string) {
	ends := endings(history)
	for _, o := range history {
		if o.Act != Me || o.Lost() {
			continue
		}
		e := ends[o.Session]
		if o.Code != "" {
			if !e.possible(o.Back) {
				faults = append(faults, fmt.Sprintf("refused too early: %v", o))
			}
			continue
		}
		if o.Call > e.known {
			worst = max(worst, o.Call-e.known)
		}
		if e.known != Never && o.Call > e.known+Bound {
			faults = append(faults, fmt.Sprintf("accepted after %v: %v", o.Call-e.known, o))
		}
		if at, here := e.by[o.Process]; here && o.Call > at {
			faults = append(faults, fmt.Sprintf("accepted by the replica that ended the session: %v", o))
		}
	}
	return worst, faults
}

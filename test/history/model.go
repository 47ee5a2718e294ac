package history

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"gatehouse/test/harness/process"
)

// An Act is what a client does to a session.
type Act string

// What clients do, and are judged by.
const (
	Login   Act = "login"
	Refresh Act = "refresh"
	Logout  Act = "logout"
	Me      Act = "me"

	// use is the first half of a refresh that was answered
	// REFRESH_TOKEN_INVALID. It may have used the token and then found that the
	// session had ended, so that it could not answer with tokens.
	use Act = "use"
)

// Never is when an operation without an answer returned. It may have happened at
// any time since, or not at all, which is the same as at the end.
const Never = time.Duration(math.MaxInt64)

// An Operation is one request of a client and its answer. Times are since the
// start of the history.
type Operation struct {
	Act     Act
	Session int // the number of its login
	Client  int
	Process *process.Process // that received it
	Sent    string           // the refresh token
	Call    time.Duration
	Back    time.Duration // when the answer arrived, or Never
	Code    string        // of the answer, "" for success
	Got     string        // the refresh token in the answer
}

// Lost reports whether the answer does not tell what happened. UNAVAILABLE does not: the
// database may have done it.
func (o Operation) Lost() bool { return o.Back == Never || o.Code == "UNAVAILABLE" }

// String is the operation for a person who looks for a fault.
func (o Operation) String() string {
	answer := o.Code
	switch {
	case o.Back == Never:
		answer = "no answer"
	case answer == "":
		answer = "done " + short(o.Got)
	}
	return fmt.Sprintf("%v to %v: client %d: %s %s of session %d: %s", o.Call, o.Back, o.Client, o.Act, short(o.Sent), o.Session, answer)
}

// short is the end of a token, enough to tell it from others.
func short(token string) string { return token[max(0, len(token)-6):] }

// A sessionState is a session as one machine without faults would hold it.
type sessionState struct {
	ended  bool
	tokens []string // refresh tokens in order; the last is current, and "" until a client has seen it
}

// step applies an operation and reports whether its answer is right. The replay
// window never ends.
func (s sessionState) step(o Operation) (right bool, next sessionState) {
	switch o.Act {
	case Login:
		return len(s.tokens) == 0, sessionState{tokens: []string{o.Got}}
	case Logout:
		return o.Lost() || o.Code == "", sessionState{ended: true, tokens: s.tokens}
	case use:
		return s.use(o)
	default:
		return s.refresh(o)
	}
}

// use has no effect after the session's end. Before, only the current token may
// be used: any other has another answer.
func (s sessionState) use(o Operation) (right bool, next sessionState) {
	if s.ended {
		return true, s
	}
	return o.Sent == s.tokens[len(s.tokens)-1], sessionState{tokens: append(slices.Clip(s.tokens), "")}
}

func (s sessionState) refresh(o Operation) (right bool, next sessionState) {
	place, last := slices.Index(s.tokens, o.Sent), len(s.tokens)-1
	done := o.Code == "" && !o.Lost()
	switch {
	case s.ended:
		return o.Lost() || o.Code == "REFRESH_TOKEN_INVALID", s
	case place < 0: // no client has it yet
		return false, s
	case place == last:
		fresh := o.Got != "" && !slices.Contains(s.tokens, o.Got)
		return o.Lost() || done && fresh, sessionState{tokens: append(slices.Clip(s.tokens), o.Got)}
	case place == last-1 && done && s.tokens[last] == "":
		return o.Got != "" && !slices.Contains(s.tokens, o.Got), sessionState{tokens: append(slices.Clip(s.tokens[:last]), o.Got)}
	case place == last-1:
		return o.Lost() || done && o.Got == s.tokens[last], s
	default:
		return o.Lost() || o.Code == "REFRESH_TOKEN_REUSED", sessionState{ended: true, tokens: s.tokens}
	}
}

func (s sessionState) equal(other sessionState) bool {
	return s.ended == other.ended && slices.Equal(s.tokens, other.tokens)
}

// Linearizable returns an error unless one machine without faults could have given
// these answers, doing one operation of a session after the other, each between its
// call and its return.
func Linearizable(history []Operation) error {
	model := porcupine.Model{
		Init: func() any { return sessionState{} },
		Step: func(state, input, _ any) (bool, any) { return state.(sessionState).step(input.(Operation)) },
		Equal: func(a, b any) bool {
			return a.(sessionState).equal(b.(sessionState))
		},
	}
	for n, operations := range bySession(history) {
		all := make([]porcupine.Operation, len(operations))
		for i, o := range operations {
			back := o.Back
			if o.Lost() {
				back = Never
			}
			all[i] = porcupine.Operation{ClientId: o.Client, Input: o, Call: int64(o.Call), Return: int64(back)}
		}
		if result := porcupine.CheckOperationsTimeout(model, all, process.Patience); result != porcupine.Ok {
			return &IllegalError{Session: n, Result: result, operations: operations}
		}
	}
	return nil
}

// bySession returns the operations that the model judges.
func bySession(history []Operation) map[int][]Operation {
	type attempt struct {
		act     Act
		session int
		sent    string
	}
	lost, sessions := map[attempt]int{}, map[int][]Operation{}
	for _, o := range history {
		if o.Act == Me {
			continue
		}
		if o.Lost() {
			// Of equal operations that may have happened at any time, two can have had an
			// effect: the first advances the session, a later one ends it. The others may
			// be left out, which the check would find out very slowly.
			same := attempt{o.Act, o.Session, o.Sent}
			if lost[same]++; lost[same] > 2 {
				continue
			}
		}
		sessions[o.Session] = append(sessions[o.Session], o)
		if o.Code == "REFRESH_TOKEN_INVALID" {
			o.Act = use
			sessions[o.Session] = append(sessions[o.Session], o)
		}
	}
	return sessions
}

// An IllegalError is a session whose history is impossible, or takes too long to check.
type IllegalError struct {
	Session    int
	Result     porcupine.CheckResult
	operations []Operation
}

// Error lists the session's operations.
func (e *IllegalError) Error() string {
	lines := make([]string, len(e.operations))
	for i, o := range e.operations {
		lines[i] = o.String()
	}
	return fmt.Sprintf("the history of session %d is %s:\n%s", e.Session, e.Result, strings.Join(lines, "\n"))
}

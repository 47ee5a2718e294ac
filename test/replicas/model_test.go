package replicas_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"gatehouse/test/harness/process"

	"github.com/anishathalye/porcupine"
)

// An act is what a client does to a session.
type act string

const (
	actLogin   act = "login"
	actRefresh act = "refresh"
	actLogout  act = "logout"
	actMe      act = "me"

	// actUse is the first half of a refresh that was answered
	// REFRESH_TOKEN_INVALID. It may have used the token and then found that the
	// session had ended, so that it could not answer with tokens.
	actUse act = "use"
)

// never is when an operation without an answer returned. It may have happened at
// any time since, or not at all, which is the same as at the end.
const never = time.Duration(math.MaxInt64)

// An operation is one request of a client and its answer. Times are since the
// start of the history.
type operation struct {
	act     act
	session int // the number of its login
	client  int
	process *process.Process // that received it
	sent    string           // the refresh token
	call    time.Duration
	back    time.Duration // when the answer arrived, or never
	code    string        // of the answer, "" for success
	got     string        // the refresh token in the answer
}

func (o operation) lost() bool { return o.back == never }

func (o operation) String() string {
	answer := o.code
	switch {
	case o.lost():
		answer = "no answer"
	case answer == "":
		answer = "done " + short(o.got)
	}
	return fmt.Sprintf("%v to %v: client %d: %s %s of session %d: %s", o.call, o.back, o.client, o.act, short(o.sent), o.session, answer)
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
func (s sessionState) step(o operation) (right bool, next sessionState) {
	switch o.act {
	case actLogin:
		return len(s.tokens) == 0, sessionState{tokens: []string{o.got}}
	case actLogout:
		return o.lost() || o.code == "", sessionState{ended: true, tokens: s.tokens}
	case actUse:
		return s.use(o)
	default:
		return s.refresh(o)
	}
}

// use has no effect after the session's end. Before, only the current token may
// be used: any other has another answer.
func (s sessionState) use(o operation) (right bool, next sessionState) {
	if s.ended {
		return true, s
	}
	return o.sent == s.tokens[len(s.tokens)-1], sessionState{tokens: append(slices.Clip(s.tokens), "")}
}

func (s sessionState) refresh(o operation) (right bool, next sessionState) {
	place, last := slices.Index(s.tokens, o.sent), len(s.tokens)-1
	done := o.code == "" && !o.lost()
	switch {
	case s.ended:
		return o.lost() || o.code == "REFRESH_TOKEN_INVALID", s
	case place < 0: // no client has it yet
		return false, s
	case place == last:
		fresh := o.got != "" && !slices.Contains(s.tokens, o.got)
		return o.lost() || done && fresh, sessionState{tokens: append(slices.Clip(s.tokens), o.got)}
	case place == last-1 && done && s.tokens[last] == "":
		return o.got != "" && !slices.Contains(s.tokens, o.got), sessionState{tokens: append(slices.Clip(s.tokens[:last]), o.got)}
	case place == last-1:
		return o.lost() || done && o.got == s.tokens[last], s
	default:
		return o.lost() || o.code == "REFRESH_TOKEN_REUSED", sessionState{ended: true, tokens: s.tokens}
	}
}

func (s sessionState) equal(other sessionState) bool {
	return s.ended == other.ended && slices.Equal(s.tokens, other.tokens)
}

// linearizable reports whether one machine without faults could have given these
// answers, doing one operation of a session after the other, each between its
// call and its return.
func linearizable(history []operation) porcupine.CheckResult {
	sessions := map[int][]porcupine.Operation{}
	add := func(o operation) {
		sessions[o.session] = append(sessions[o.session], porcupine.Operation{ClientId: o.client, Input: o, Call: int64(o.call), Return: int64(o.back)})
	}
	for _, o := range history {
		if o.act == actMe {
			continue
		}
		add(o)
		if o.code == "REFRESH_TOKEN_INVALID" {
			o.act = actUse
			add(o)
		}
	}
	model := porcupine.Model{
		Init: func() any { return sessionState{} },
		Step: func(state, input, _ any) (bool, any) { return state.(sessionState).step(input.(operation)) },
		Equal: func(a, b any) bool {
			return a.(sessionState).equal(b.(sessionState))
		},
	}
	for _, operations := range sessions {
		if result := porcupine.CheckOperationsTimeout(model, operations, process.Patience); result != porcupine.Ok {
			return result
		}
	}
	return porcupine.Ok
}

// TestModel checks small histories whose verdict is obvious. Times are in
// milliseconds.
func TestModel(t *testing.T) {
	login := operation{act: actLogin, call: 0, back: 1, got: "t0"}
	done := func(call, back time.Duration, sent, got string) operation {
		return operation{act: actRefresh, call: call, back: back, sent: sent, got: got}
	}
	refused := func(call, back time.Duration, sent, code string) operation {
		return operation{act: actRefresh, call: call, back: back, sent: sent, code: code}
	}
	logout := func(call, back time.Duration) operation { return operation{act: actLogout, call: call, back: back} }
	const invalid, reused = "REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED"
	tests := []struct {
		name    string
		history []operation
		right   bool
	}{
		{"one after the other", []operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2")}, true},
		{"one successor for two", []operation{done(2, 5, "t0", "t1"), done(3, 4, "t0", "t1")}, true},
		{"two successors for two", []operation{done(2, 5, "t0", "t1"), done(3, 4, "t0", "t2")}, false},
		{"two successors, one after the other", []operation{done(2, 3, "t0", "t1"), done(4, 5, "t0", "t2")}, false},
		{"a retry", []operation{done(2, 3, "t0", "t1"), done(4, 5, "t0", "t1")}, true},
		{"a token that comes back", []operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t0")}, false},
		{"no new token", []operation{done(2, 3, "t0", "t0")}, false},
		{"an older one", []operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2"), refused(6, 7, "t0", reused), refused(8, 9, "t2", invalid)}, true},
		{"an older one is accepted", []operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2"), done(6, 7, "t0", "t1")}, false},
		{"an older one ends nothing", []operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2"), refused(6, 7, "t0", reused), done(8, 9, "t2", "t3")}, false},
		{"an older one, and its successor was not used", []operation{done(2, 3, "t0", "t1"), refused(4, 5, "t0", reused), refused(6, 7, "t1", invalid)}, false},
		{"used while it ended the session", []operation{done(2, 3, "t0", "t1"), refused(4, 9, "t1", invalid), refused(5, 8, "t0", reused)}, true},
		{"the current one is refused", []operation{refused(2, 3, "t0", reused)}, false},
		{"refused without a reason", []operation{refused(2, 3, "t0", invalid)}, false},
		{"refused after a logout", []operation{logout(2, 3), refused(4, 5, "t0", invalid)}, true},
		{"refreshed after a logout", []operation{logout(2, 3), done(4, 5, "t0", "t1")}, false},
		{"refreshed during a logout", []operation{logout(2, 5), done(3, 4, "t0", "t1")}, true},
		{"retried after a logout", []operation{done(2, 3, "t0", "t1"), logout(4, 5), done(6, 7, "t0", "t1")}, false},
		{"reused after a logout", []operation{logout(2, 3), refused(4, 5, "t0", reused)}, false},
		{"a lost logout happened", []operation{logout(2, never), refused(4, 5, "t0", invalid)}, true},
		{"a lost logout happened late", []operation{logout(2, never), done(4, 5, "t0", "t1"), refused(6, 7, "t1", invalid)}, true},
		{"a lost logout did not happen", []operation{logout(2, never), done(4, 5, "t0", "t1")}, true},
		{"a lost logout came and went", []operation{logout(2, never), refused(4, 5, "t0", invalid), done(6, 7, "t0", "t1")}, false},
		{"a lost refresh happened", []operation{done(2, never, "t0", ""), done(4, 5, "t0", "t1"), done(6, 7, "t1", "t2")}, true},
		{"a lost refresh, and two successors", []operation{done(2, never, "t0", ""), done(4, 5, "t0", "t1"), done(6, 7, "t0", "t2")}, false},
		{"a lost refresh ends the session late", []operation{done(2, never, "t0", ""), done(4, 5, "t0", "t1"), done(6, 7, "t1", "t2"), refused(8, 9, "t2", invalid)}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := porcupine.Illegal
			if tt.right {
				want = porcupine.Ok
			}
			if got := linearizable(append([]operation{login}, tt.history...)); got != want {
				t.Errorf("the history is %s, want %s", got, want)
			}
		})
	}
}

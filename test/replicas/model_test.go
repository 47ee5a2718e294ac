package replicas_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// An act is what a client does to a session.
type act string

const (
	actLogin   act = "login"
	actRefresh act = "refresh"
	actLogout  act = "logout"
	actMe      act = "me"

	// actUse is the first half of a refresh that was answered REFRESH_TOKEN_INVALID: it may have used the token, and then have found the session
	// ended before it could answer. Nobody is given tokens of a session that has ended, so such a refresh is refused, and yet its token was used.
	actUse act = "use"
)

// never is when an operation without an answer returned: it may have happened at any time since, or not at all, which is the same as at the end.
const never = time.Duration(math.MaxInt64)

// An operation is one request of a client, and what it saw. Times are since the begin of the history.
type operation struct {
	act     act
	session int // by the number of its login
	client  int
	process *process // that was asked
	sent    string   // the refresh token
	call    time.Duration
	back    time.Duration // when the answer was there, never for none
	code    string        // of the answer, "" where it was done
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
	tokens []string // refresh tokens in their order; the last is good now, and "" while nobody has seen it
}

// step is what an operation does to the session, and whether its answer is the right one. The replay window is never over.
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

// use is without effect after the session's end. Before, it is right for the good token alone: any other has another answer.
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
	case place < 0: // nobody can have it yet
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

// linearizable reports whether each session can have been on one machine, which did one operation after the other, each between its call and
// its return.
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
		if result := porcupine.CheckOperationsTimeout(model, operations, patience); result != porcupine.Ok {
			return result
		}
	}
	return porcupine.Ok
}

// TestModel judges small histories whose verdict is plain. Time is in milliseconds.
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
		{"an older one is forgiven", []operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2"), done(6, 7, "t0", "t1")}, false},
		{"an older one ends nothing", []operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2"), refused(6, 7, "t0", reused), done(8, 9, "t2", "t3")}, false},
		{"an older one, and its successor was not used", []operation{done(2, 3, "t0", "t1"), refused(4, 5, "t0", reused), refused(6, 7, "t1", invalid)}, false},
		{"used while the session ended for it", []operation{done(2, 3, "t0", "t1"), refused(4, 9, "t1", invalid), refused(5, 8, "t0", reused)}, true},
		{"the good one is refused", []operation{refused(2, 3, "t0", reused)}, false},
		{"refused for nothing", []operation{refused(2, 3, "t0", invalid)}, false},
		{"refused after a logout", []operation{logout(2, 3), refused(4, 5, "t0", invalid)}, true},
		{"refreshed after a logout", []operation{logout(2, 3), done(4, 5, "t0", "t1")}, false},
		{"refreshed beside a logout", []operation{logout(2, 5), done(3, 4, "t0", "t1")}, true},
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

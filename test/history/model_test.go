package history

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// TestModel checks small histories whose verdict is obvious. Times are in
// milliseconds.
func TestModel(t *testing.T) {
	login := Operation{Act: Login, Call: 0, Back: 1, Got: "t0"}
	done := func(call, back time.Duration, sent, got string) Operation {
		return Operation{Act: Refresh, Call: call, Back: back, Sent: sent, Got: got}
	}
	refused := func(call, back time.Duration, sent, code string) Operation {
		return Operation{Act: Refresh, Call: call, Back: back, Sent: sent, Code: code}
	}
	logout := func(call, back time.Duration) Operation { return Operation{Act: Logout, Call: call, Back: back} }
	unavailable := func(call, back time.Duration) Operation {
		return Operation{Act: Logout, Call: call, Back: back, Code: "UNAVAILABLE"}
	}
	const away = "UNAVAILABLE"
	const invalid, reused = "REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED"
	tests := []struct {
		name    string
		history []Operation
		right   bool
	}{
		{"one after the other", []Operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2")}, true},
		{"one successor for two", []Operation{done(2, 5, "t0", "t1"), done(3, 4, "t0", "t1")}, true},
		{"two successors for two", []Operation{done(2, 5, "t0", "t1"), done(3, 4, "t0", "t2")}, false},
		{"two successors, one after the other", []Operation{done(2, 3, "t0", "t1"), done(4, 5, "t0", "t2")}, false},
		{"a retry", []Operation{done(2, 3, "t0", "t1"), done(4, 5, "t0", "t1")}, true},
		{"a token that comes back", []Operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t0")}, false},
		{"no new token", []Operation{done(2, 3, "t0", "t0")}, false},
		{"an older one", []Operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2"), refused(6, 7, "t0", reused), refused(8, 9, "t2", invalid)}, true},
		{"an older one is accepted", []Operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2"), done(6, 7, "t0", "t1")}, false},
		{"an older one ends nothing", []Operation{done(2, 3, "t0", "t1"), done(4, 5, "t1", "t2"), refused(6, 7, "t0", reused), done(8, 9, "t2", "t3")}, false},
		{"an older one, and its successor was not used", []Operation{done(2, 3, "t0", "t1"), refused(4, 5, "t0", reused), refused(6, 7, "t1", invalid)}, false},
		{"used while it ended the session", []Operation{done(2, 3, "t0", "t1"), refused(4, 9, "t1", invalid), refused(5, 8, "t0", reused)}, true},
		{"the current one is refused", []Operation{refused(2, 3, "t0", reused)}, false},
		{"refused without a reason", []Operation{refused(2, 3, "t0", invalid)}, false},
		{"refused after a logout", []Operation{logout(2, 3), refused(4, 5, "t0", invalid)}, true},
		{"refreshed after a logout", []Operation{logout(2, 3), done(4, 5, "t0", "t1")}, false},
		{"refreshed during a logout", []Operation{logout(2, 5), done(3, 4, "t0", "t1")}, true},
		{"retried after a logout", []Operation{done(2, 3, "t0", "t1"), logout(4, 5), done(6, 7, "t0", "t1")}, false},
		{"reused after a logout", []Operation{logout(2, 3), refused(4, 5, "t0", reused)}, false},
		{"a lost logout happened", []Operation{logout(2, Never), refused(4, 5, "t0", invalid)}, true},
		{"a lost logout happened late", []Operation{logout(2, Never), done(4, 5, "t0", "t1"), refused(6, 7, "t1", invalid)}, true},
		{"a lost logout did not happen", []Operation{logout(2, Never), done(4, 5, "t0", "t1")}, true},
		{"a lost logout came and went", []Operation{logout(2, Never), refused(4, 5, "t0", invalid), done(6, 7, "t0", "t1")}, false},
		{"a lost refresh happened", []Operation{done(2, Never, "t0", ""), done(4, 5, "t0", "t1"), done(6, 7, "t1", "t2")}, true},
		{"a lost refresh, and two successors", []Operation{done(2, Never, "t0", ""), done(4, 5, "t0", "t1"), done(6, 7, "t0", "t2")}, false},
		{"an unavailable refresh happened", []Operation{refused(2, 3, "t0", away), done(4, 5, "t0", "t1"), done(6, 7, "t1", "t2")}, true},
		{"an unavailable refresh happened later", []Operation{refused(2, 3, "t0", away), done(4, 5, "t0", "t1"), done(6, 7, "t1", "t2"), refused(8, 9, "t2", invalid)}, true},
		{"an unavailable refresh did not happen", []Operation{refused(2, 3, "t0", away), refused(4, 5, "t0", invalid)}, false},
		{"a committed refresh is lost", []Operation{done(2, 3, "t0", "t1"), done(4, 5, "t0", "t2")}, false},
		{"a committed refresh is lost, and its token unknown", []Operation{done(2, 3, "t0", "t1"), refused(4, 5, "t1", invalid)}, false},
		{"an unavailable logout happened", []Operation{unavailable(2, 3), refused(4, 5, "t0", invalid)}, true},
		{"a lost refresh ends the session late", []Operation{done(2, Never, "t0", ""), done(4, 5, "t0", "t1"), done(6, 7, "t1", "t2"), refused(8, 9, "t2", invalid)}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Linearizable(append([]Operation{login}, tt.history...))
			if illegal := new(IllegalError); tt.right && err != nil || !tt.right && (!errors.As(err, &illegal) || illegal.Result != porcupine.Illegal) {
				t.Errorf("right: %v, error %v", tt.right, err)
			}
		})
	}
}

// TestManyLost checks histories with more lost operations than can be tried in every
// order.
func TestManyLost(t *testing.T) {
	long := func(refreshes int) (history []Operation, at time.Duration) {
		history = append(history, Operation{Act: Login, Back: 1, Got: "t0"})
		at = 2
		for i := range refreshes {
			token, next := fmt.Sprint("t", i), fmt.Sprint("t", i+1)
			for range 30 {
				history = append(history, Operation{Act: Refresh, Call: at, Back: at + 1, Sent: token, Code: "UNAVAILABLE"})
				at += 2
			}
			history = append(history, Operation{Act: Refresh, Call: at, Back: at + 1, Sent: token, Got: next})
			at += 2
		}
		return history, at
	}
	history, _ := long(20)
	if err := Linearizable(history); err != nil {
		t.Error(err)
	}
	history, at := long(3)
	history = append(history, Operation{Act: Refresh, Call: at, Back: at + 1, Sent: "t3", Got: "t0"})
	if illegal := new(IllegalError); !errors.As(Linearizable(history), &illegal) || illegal.Result != porcupine.Illegal {
		t.Errorf("a token comes back: %v", illegal.Result)
	}
}

//go:build linux

package ha_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
	"gatehouse/test/history"
)

// A record is what all clients did and saw.
type record struct {
	begun time.Time

	mu      sync.Mutex
	history []history.Operation
	written []write
	logins  int
	faults  []error // answers that no operation may have
}

// A write is when a replica answered that it had written something.
type write struct {
	at      time.Duration
	process *process.Process
}

func (r *record) add(o history.Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.Act != history.Login || o.Code == "" && !o.Lost() {
		r.history = append(r.history, o)
	}
	if o.Act != history.Me && o.Code == "" && !o.Lost() {
		r.written = append(r.written, write{o.Back, o.Process})
	}
}

func (r *record) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, err)
}

func (r *record) login() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logins++
	return r.logins
}

// A client is one user at one device. Its requests go to any replica, one after the
// other. An honest one presents no refresh token once it has sent its successor.
type client struct {
	number   int
	email    string
	honest   bool
	patience time.Duration // after which it hangs up
	fleet    *fleet
	record   *record
	random   *rand.Rand

	session int      // 0: none
	tokens  []string // its refresh tokens in order
	access  string
	sent    bool // the newest refresh token
	leaving bool // a logout was sent
	gone    ended
}

// An ended is the last pair of tokens of the session before.
type ended struct {
	session         int
	access, refresh string
}

// run does one thing after the other until ctx ends.
func (c *client) run(ctx context.Context) {
	for ctx.Err() == nil {
		o := c.next()
		pause := time.Duration(300+c.random.IntN(600)) * time.Millisecond
		if o.Lost() {
			pause *= 2
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// next does one operation. Requests that were sent are always waited for.
func (c *client) next() history.Operation {
	to, done := c.fleet.borrow(c.random)
	defer done()
	o := history.Operation{Client: c.number, Process: to, Session: c.session}
	pick, newest := c.random.Float64(), len(c.tokens)-1
	switch {
	case c.session == 0 && c.gone.session != 0 && pick < 0.4:
		return c.me(o, c.gone.session, c.gone.access)
	case c.session == 0 && c.gone.session != 0 && pick < 0.6:
		o.Session = c.gone.session
		return c.refresh(o, c.gone.refresh)
	case c.session == 0:
		return c.login(o)
	case pick < 0.04:
		return c.logout(o)
	case pick < 0.06 && !c.honest && newest > 1:
		return c.refresh(o, c.tokens[c.random.IntN(newest-1)])
	case pick < 0.20 && newest > 0 && !(c.honest && c.sent):
		return c.refresh(o, c.tokens[newest-1])
	case pick < 0.60:
		return c.refresh(o, c.tokens[newest])
	default:
		return c.me(o, c.session, c.access)
	}
}

func (c *client) login(o history.Operation) history.Operation {
	o.Act = history.Login
	r, o := c.observe(o, "", harness.LoginOperation, harness.Credentials(c.email, harness.AdaPassword))
	if o.Code == "" && !o.Lost() {
		s := r.Session("login")
		o.Session, o.Got = c.record.login(), s.Refresh
		c.session, c.tokens, c.access = o.Session, []string{s.Refresh}, s.Access
		c.sent, c.leaving = false, false
	}
	c.record.add(o)
	return o
}

func (c *client) logout(o history.Operation) history.Operation {
	o.Act = history.Logout
	again := c.leaving || !c.honest // it may have ended before
	c.leaving = true
	_, o = c.observe(o, c.access, `mutation { logout }`, nil)
	if o.Code == "" && !o.Lost() {
		c.forget()
	}
	if o.Code == "UNAUTHENTICATED" {
		if !again {
			c.record.fail(fmt.Errorf("an honest client is logged out: %v", o))
		}
		o.Code = ""
		c.forget()
	}
	c.record.add(o)
	return o
}

func (c *client) refresh(o history.Operation, token string) history.Operation {
	o.Act, o.Sent = history.Refresh, token
	c.sent = c.sent || o.Session == c.session && c.session != 0 && token == c.tokens[len(c.tokens)-1]
	r, o := c.observe(o, "", harness.RefreshOperation, harness.Vars{"token": token})
	s := r.Session("refresh")
	o.Got = s.Refresh
	switch {
	case o.Lost() || o.Session != c.session:
	case o.Code != "":
		if c.honest && !c.leaving {
			c.record.fail(fmt.Errorf("an honest client is logged out: %v", o))
		}
		c.forget()
	case token == c.tokens[len(c.tokens)-1]:
		c.tokens, c.access, c.sent = append(c.tokens[:len(c.tokens):len(c.tokens)], s.Refresh), s.Access, false
	}
	c.record.add(o)
	return o
}

func (c *client) me(o history.Operation, session int, access string) history.Operation {
	o.Act, o.Session = history.Me, session
	_, o = c.observe(o, access, harness.MeOperation, nil)
	if c.honest && !c.leaving && session == c.session && o.Code == "UNAUTHENTICATED" {
		c.record.fail(fmt.Errorf("an honest client is logged out: %v", o))
	}
	c.record.add(o)
	return o
}

// forget drops a session that has ended.
func (c *client) forget() {
	c.gone = ended{c.session, c.access, c.tokens[len(c.tokens)-1]}
	c.session, c.tokens, c.access = 0, nil, ""
}

// observe sends a request and notes what is answered and when.
func (c *client) observe(o history.Operation, access, query string, variables harness.Vars) (harness.Reply, history.Operation) {
	ctx, cancel := context.WithTimeout(context.Background(), c.patience)
	defer cancel()
	o.Call = time.Since(c.record.begun)
	r, err := (&harness.Client{URL: o.Process.URL, HTTP: requests}).Do(ctx, harness.Bearer(access), harness.Body(query, variables))
	o.Back, o.Code = time.Since(c.record.begun), r.Code()
	if err != nil {
		o.Back = history.Never
		if c.patience == process.Patience || !errors.Is(err, context.DeadlineExceeded) {
			c.record.fail(fmt.Errorf("%v: %w", o, err))
		}
	}
	if !possible(o) {
		c.record.fail(fmt.Errorf("an impossible answer: %v: %w", o, errors.New(r.Body)))
	}
	return r, o
}

// possible reports whether an operation may be answered with its code.
func possible(o history.Operation) bool {
	switch o.Code {
	case "", "UNAVAILABLE":
		return true
	case "REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED":
		return o.Act == history.Refresh
	case "UNAUTHENTICATED":
		return o.Act == history.Me || o.Act == history.Logout
	default:
		return false
	}
}

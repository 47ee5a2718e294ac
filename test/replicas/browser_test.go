package replicas_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"gatehouse/test/harness"
	"gatehouse/test/history"
)

// A browser is what the tabs of one user share: the session they are in.
type browser struct {
	email string

	mu      sync.Mutex
	session int      // 0 for none
	tokens  []string // its refresh tokens in order, as far as they were seen
	access  string   // its newest access token
	gone    held     // of the previous session
}

// held is the last pair of tokens seen of a session.
type held struct {
	session int
	access  string
	refresh string
}

// A tab is one client. It does one thing after the other, each at a random
// replica.
type tab struct {
	*browser
	client int
	record *record
	random *rand.Rand
	over   []*connection // one to each replica
}

// A record is what all clients did and saw.
type record struct {
	begun time.Time

	mu      sync.Mutex
	history []history.Operation
	logins  int
	err     error // answers that no operation may have
}

func (r *record) add(o history.Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = append(r.history, o)
}

func (r *record) login() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logins++
	return r.logins
}

func (r *record) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = errors.Join(r.err, err)
}

// run does n operations.
func (b *tab) run(ctx context.Context, n int) {
	for done := 0; done < n && ctx.Err() == nil; {
		o, ok := b.next(ctx)
		if !ok {
			continue
		}
		b.record.add(o)
		done++
	}
}

// next does one operation. It is not ok if the replica could not be reached or
// a login failed, so that nothing happened to a known session.
func (b *tab) next(ctx context.Context) (o history.Operation, ok bool) {
	c := b.over[b.random.IntN(len(b.over))]
	session, tokens, access, gone := b.look()
	o = history.Operation{Client: b.client, Process: c.replica.now.Load(), Session: session}
	pick := b.random.Float64()
	switch {
	case session == 0:
		return b.login(ctx, c, o)
	case pick < 0.03:
		return b.logout(ctx, c, o, tokens[len(tokens)-1], access)
	case pick < 0.05 && len(tokens) > 2:
		return b.refresh(ctx, c, o, tokens[b.random.IntN(len(tokens)-2)])
	case pick < 0.20 && len(tokens) > 1:
		return b.refresh(ctx, c, o, tokens[len(tokens)-2])
	case pick < 0.50:
		return b.refresh(ctx, c, o, tokens[len(tokens)-1])
	case pick < 0.70 && gone.session != 0:
		return b.me(ctx, c, o, gone.session, gone.access)
	case pick < 0.75 && gone.session != 0:
		o.Session = gone.session
		return b.refresh(ctx, c, o, gone.refresh)
	default:
		return b.me(ctx, c, o, session, access)
	}
}

func (b *browser) look() (session int, tokens []string, access string, gone held) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.session, b.tokens, b.access, b.gone
}

// login logs in, for all tabs.
func (b *tab) login(ctx context.Context, c *connection, o history.Operation) (history.Operation, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != 0 {
		return o, false
	}
	o.Act = history.Login
	o, k, known := b.observe(o, func() (harness.Session, string, error) { return c.login(ctx, b.email, harness.AdaPassword) })
	if !known || o.Lost() || o.Code != "" {
		return o, false
	}
	o.Session = b.record.login()
	b.session, b.tokens, b.access = o.Session, []string{k.Refresh}, k.Access
	return o, true
}

// logout logs out with a random one of the two credentials.
func (b *tab) logout(ctx context.Context, c *connection, o history.Operation, refresh, access string) (history.Operation, bool) {
	o.Act = history.Logout
	o, _, known := b.observe(o, func() (k harness.Session, code string, err error) {
		var a harness.Reply
		if b.random.IntN(2) == 0 {
			a, err = c.logout(ctx, access)
		} else {
			a, err = c.logoutWith(ctx, refresh)
		}
		return k, a.Code(), err
	})
	if known && !o.Lost() {
		b.forget(o.Session)
	}
	return o, known
}

func (b *tab) refresh(ctx context.Context, c *connection, o history.Operation, token string) (history.Operation, bool) {
	o.Act, o.Sent = history.Refresh, token
	o, k, known := b.observe(o, func() (harness.Session, string, error) { return c.refresh(ctx, token) })
	switch {
	case !known || o.Lost():
	case o.Code != "":
		b.forget(o.Session)
	default:
		b.advance(o, k)
	}
	return o, known
}

// me asks who the user of an access token is.
func (b *tab) me(ctx context.Context, c *connection, o history.Operation, session int, access string) (history.Operation, bool) {
	o.Act, o.Session = history.Me, session
	o, _, known := b.observe(o, func() (k harness.Session, code string, err error) {
		a, err := c.me(ctx, access)
		return k, a.Code(), err
	})
	return o, known && !o.Lost()
}

// observe asks and notes when. It is not known if the replica could not be
// reached, so that nothing happened.
func (b *tab) observe(o history.Operation, ask func() (harness.Session, string, error)) (history.Operation, harness.Session, bool) {
	o.Call = time.Since(b.record.begun)
	k, code, err := ask()
	o.Back, o.Code, o.Got = time.Since(b.record.begun), code, k.Refresh
	if err != nil {
		o.Back = history.Never
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			return o, k, false
		}
		if errors.Is(err, context.DeadlineExceeded) {
			b.record.fail(fmt.Errorf("%v: %w", o, err))
		}
	}
	if !possible(o) {
		b.record.fail(fmt.Errorf("an impossible answer: %v", o))
	}
	return o, k, true
}

// possible reports whether the operation may be answered with its code. In these
// histories the database is always there, but on a slow machine a password may wait
// too long to be hashed.
func possible(o history.Operation) bool {
	switch o.Code {
	case "":
		return true
	case "REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED":
		return o.Act == history.Refresh
	case "UNAUTHENTICATED":
		return o.Act == history.Me
	case "UNAVAILABLE":
		return o.Act == history.Login
	default:
		return false
	}
}

// advance keeps a pair of tokens if it succeeds the newest one.
func (b *browser) advance(o history.Operation, k harness.Session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == o.Session && b.tokens[len(b.tokens)-1] == o.Sent {
		b.tokens = append(b.tokens[:len(b.tokens):len(b.tokens)], k.Refresh)
		b.access = k.Access
	}
}

// forget drops a session that has ended.
func (b *browser) forget(session int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == session {
		b.gone = held{session, b.access, b.tokens[len(b.tokens)-1]}
		b.session, b.tokens, b.access = 0, nil, ""
	}
}

// newTabs opens browsers, each with an account and tabs that share its session.
func newTabs(t testing.TB, replicas []*replica, r *record, browsers, tabsOfEach int) []*tab {
	t.Helper()
	var all []*tab
	for i := range browsers {
		b := &browser{email: fmt.Sprintf("user-%d@example.com", i)}
		granted(t)(replicas[0].connect(t).register(t.Context(), b.email, harness.AdaPassword))
		for range tabsOfEach {
			n := len(all)
			one := &tab{browser: b, client: n, record: r, random: rand.New(rand.NewPCG(uint64(n), 1))}
			for _, to := range replicas {
				one.over = append(one.over, to.connect(t))
			}
			all = append(all, one)
		}
	}
	return all
}

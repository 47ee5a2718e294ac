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
)

// A browser is what the tabs of one person share: the session they are in.
type browser struct {
	email string

	mu      sync.Mutex
	session int      // 0 for none
	tokens  []string // refresh tokens of it, in their order, as far as they were seen
	access  string   // of the same
	gone    held     // of the session before
}

// held is the last pair of tokens that was seen of a session.
type held struct {
	session int
	access  string
	refresh string
}

// A tab is one client: it does one thing after the other, each at a replica taken by chance.
type tab struct {
	*browser
	client  int
	diary   *diary
	chance  *rand.Rand
	reaches []*connection
}

// A diary is where everybody writes down what they did.
type diary struct {
	begun time.Time

	mu      sync.Mutex
	history []operation
	logins  int
	err     error // what is neither an answer that may be nor the loss of one
}

func (d *diary) add(o operation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.history = append(d.history, o)
}

func (d *diary) login() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.logins++
	return d.logins
}

func (d *diary) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = errors.Join(d.err, err)
}

// live does n operations.
func (b *tab) live(ctx context.Context, n int) {
	for done := 0; done < n && ctx.Err() == nil; {
		o, ok := b.next(ctx)
		if !ok {
			continue
		}
		b.diary.add(o)
		done++
	}
}

// next does something; false if the replica was not there, or it was a login that failed, so that nothing happened to a session that is known.
func (b *tab) next(ctx context.Context) (o operation, ok bool) {
	c := b.reaches[b.chance.IntN(len(b.reaches))]
	session, tokens, access, gone := b.look()
	o = operation{client: b.client, process: c.replica.now.Load(), session: session}
	pick := b.chance.Float64()
	switch {
	case session == 0:
		return b.enter(ctx, c, o)
	case pick < 0.03:
		return b.leave(ctx, c, o, tokens[len(tokens)-1], access)
	case pick < 0.05 && len(tokens) > 2:
		return b.refresh(ctx, c, o, tokens[b.chance.IntN(len(tokens)-2)])
	case pick < 0.20 && len(tokens) > 1:
		return b.refresh(ctx, c, o, tokens[len(tokens)-2])
	case pick < 0.50:
		return b.refresh(ctx, c, o, tokens[len(tokens)-1])
	case pick < 0.70 && gone.session != 0:
		return b.me(ctx, c, o, gone.session, gone.access)
	case pick < 0.75 && gone.session != 0:
		o.session = gone.session
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

// enter logs in, one tab for all.
func (b *tab) enter(ctx context.Context, c *connection, o operation) (operation, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != 0 {
		return o, false
	}
	o.act = actLogin
	o, k, known := b.observe(o, func() (tokens, string, error) { return c.login(ctx, b.email, password) })
	if !known || o.lost() || o.code != "" {
		return o, false
	}
	o.session = b.diary.login()
	b.session, b.tokens, b.access = o.session, []string{k.Refresh}, k.Access
	return o, true
}

// leave logs out, by the one credential or the other.
func (b *tab) leave(ctx context.Context, c *connection, o operation, refresh, access string) (operation, bool) {
	o.act = actLogout
	o, _, known := b.observe(o, func() (k tokens, code string, err error) {
		var a answer
		if b.chance.IntN(2) == 0 {
			a, err = c.logout(ctx, access)
		} else {
			a, err = c.logoutWith(ctx, refresh)
		}
		return k, a.code, err
	})
	if known && !o.lost() {
		b.out(o.session)
	}
	return o, known
}

func (b *tab) refresh(ctx context.Context, c *connection, o operation, token string) (operation, bool) {
	o.act, o.sent = actRefresh, token
	o, k, known := b.observe(o, func() (tokens, string, error) { return c.refresh(ctx, token) })
	switch {
	case !known || o.lost():
	case o.code != "":
		b.out(o.session)
	default:
		b.advance(o, k)
	}
	return o, known
}

// me asks who the bearer of an access token is.
func (b *tab) me(ctx context.Context, c *connection, o operation, session int, access string) (operation, bool) {
	o.act, o.session = actMe, session
	o, _, known := b.observe(o, func() (k tokens, code string, err error) {
		a, err := c.me(ctx, access)
		return k, a.code, err
	})
	return o, known && !o.lost()
}

// observe asks, and writes down when. It is not known to have happened where the replica could not be reached at all.
func (b *tab) observe(o operation, ask func() (tokens, string, error)) (operation, tokens, bool) {
	o.call = time.Since(b.diary.begun)
	k, code, err := ask()
	o.back, o.code, o.got = time.Since(b.diary.begun), code, k.Refresh
	if err != nil {
		o.back = never
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			return o, k, false
		}
		if errors.Is(err, context.DeadlineExceeded) {
			b.diary.fail(fmt.Errorf("%v: %w", o, err))
		}
	}
	if !o.possible() {
		b.diary.fail(fmt.Errorf("an answer that can't be: %v", o))
	}
	return o, k, true
}

// possible reports whether the code is one that this operation may be answered with in this history, where the database is always there.
func (o operation) possible() bool {
	switch o.code {
	case "":
		return true
	case "REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED":
		return o.act == actRefresh
	case "UNAUTHENTICATED":
		return o.act == actMe
	default:
		return false
	}
}

// advance takes over a pair, if its refresh token is one that was not seen before.
func (b *browser) advance(o operation, k tokens) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == o.session && b.tokens[len(b.tokens)-1] == o.sent {
		b.tokens = append(b.tokens[:len(b.tokens):len(b.tokens)], k.Refresh)
		b.access = k.Access
	}
}

// out forgets a session that has ended.
func (b *browser) out(session int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == session {
		b.gone = held{session, b.access, b.tokens[len(b.tokens)-1]}
		b.session, b.tokens, b.access = 0, nil, ""
	}
}

// newTabs opens browsers, each with an account of its own and tabs that share its session.
func newTabs(t testing.TB, replicas []*replica, d *diary, browsers, tabsOfEach int) []*tab {
	t.Helper()
	var all []*tab
	for i := range browsers {
		b := &browser{email: fmt.Sprintf("person-%d@example.com", i)}
		in(t)(replicas[0].connect(t).register(t.Context(), b.email, password))
		for range tabsOfEach {
			n := len(all)
			one := &tab{browser: b, client: n, diary: d, chance: rand.New(rand.NewPCG(uint64(n), 1))}
			for _, r := range replicas {
				one.reaches = append(one.reaches, r.connect(t))
			}
			all = append(all, one)
		}
	}
	return all
}

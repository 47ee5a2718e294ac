package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/email"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

// rounds is how often a test repeats a race.
const rounds = 100

// life is the lifetimes of sessions here.
var life = auth.Lifetimes{Idle: time.Hour, Absolute: 24 * time.Hour, Replay: 10 * time.Second, PerUser: 50}

// browser sends the requests that no other client is named for.
var browser = client.Client{IP: "192.0.2.1", UserAgent: "test"}

// A replica is a store on a database of its own, with the changes that it made.
type replica struct {
	*store.Store
	t   testing.TB
	dsn string
	db  *sql.DB // for what the store does not do, such as changing the past

	secrets token.Secrets
	mu      sync.Mutex
	heard   []revocation.Change
}

func newReplica(t testing.TB) *replica {
	t.Helper()
	return replicaOn(t, storetest.DSN(t))
}

// replicaOn returns a replica on a database that others use as well.
func replicaOn(t testing.TB, dsn string) *replica {
	t.Helper()
	secret, _ := token.NewSecret()
	r := &replica{t: t, dsn: dsn, secrets: token.Secrets{Current: secret}}
	var err error
	r.Store, err = store.Open(t.Context(), dsn, store.Options{Changed: func(c revocation.Change) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.heard = append(r.heard, c)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if r.db, err = sql.Open("postgres", dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); r.db.Close() })
	return r
}

// changes returns the changes since the last call, without seq and time.
func (r *replica) changes() []revocation.Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	heard := r.heard
	r.heard = nil
	for i := range heard {
		if heard[i].Seq == 0 || heard[i].At.IsZero() {
			r.t.Errorf("change %+v without a seq or a time", heard[i])
		}
		heard[i].Seq, heard[i].At = 0, time.Time{}
	}
	return heard
}

// exec runs a statement that must succeed.
func (r *replica) exec(statement string, args ...any) {
	r.t.Helper()
	if _, err := r.db.ExecContext(r.t.Context(), statement, args...); err != nil {
		r.t.Fatal(err)
	}
}

// value returns the one value of a query.
func value[T any](r *replica, query string, args ...any) (v T) {
	r.t.Helper()
	if err := r.db.QueryRowContext(r.t.Context(), query, args...).Scan(&v); err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	return v
}

const hash = "the hash of a password"

// user makes an account with the hash.
func (r *replica) user(email string, roles ...string) *auth.User {
	r.t.Helper()
	u := &auth.User{
		ID: uuid.Must(uuid.NewV7()).String(), Email: email, Roles: append([]string{}, roles...),
		CreatedAt: time.Now().UTC().Truncate(time.Microsecond),
	}
	u.UpdatedAt = u.CreatedAt
	if err := r.CreateUser(r.t.Context(), &auth.Credential{User: u, Hash: hash}, keyOf(r.t, email), nil); err != nil {
		r.t.Fatal(err)
	}
	return u
}

func keyOf(t testing.TB, typed string) string {
	t.Helper()
	address, err := email.Parse(typed)
	if err != nil {
		t.Fatal(err)
	}
	return address.Canonical
}

// newSession returns a session of the account that is not opened yet.
func newSession(userID string) *auth.Session {
	return &auth.Session{
		Kind: auth.OwnSession, ID: uuid.Must(uuid.NewV7()).String(), UserID: userID, Seed: newSeed(), AuthTime: time.Now(), AMR: []string{"pwd"}, Client: browser,
	}
}

func newSeed() []byte {
	seed := uuid.New() // 122 random bits will do here
	return seed[:]
}

// login opens a session of the account.
func (r *replica) login(userID string) *auth.Session {
	r.t.Helper()
	s := newSession(userID)
	if _, err := r.OpenSession(r.t.Context(), s, hash, life); err != nil {
		r.t.Fatal(err)
	}
	return s
}

// text returns the session's refresh token in its state s.
func (r *replica) text(s *auth.Session) string {
	r.t.Helper()
	text, err := r.secrets.IssueRefresh(s.ID, s.Counter, s.Seed)
	if err != nil {
		r.t.Fatal(err)
	}
	return text
}

// token returns the session's refresh token in its state s, parsed.
func (r *replica) token(s *auth.Session) *token.Refresh {
	r.t.Helper()
	parsed, err := r.secrets.ParseRefresh(r.text(s))
	if err != nil {
		r.t.Fatal(err)
	}
	return parsed
}

// refresh presents the token of the session's state s.
func (r *replica) refresh(s *auth.Session) (*auth.Session, error) {
	next, _, err := r.RefreshSession(r.t.Context(), r.token(s), "", browser, life)
	return next, err
}

// row returns the counter of the session's row, and why the session ended, "" if it has
// not.
func (r *replica) row(id string) (counter int64, reason string) {
	r.t.Helper()
	err := r.db.QueryRowContext(r.t.Context(), `SELECT counter, coalesce(end_reason, '') FROM sessions WHERE id = $1 AND (ended_at IS NULL) = (end_reason IS NULL)`, id).
		Scan(&counter, &reason)
	if err != nil {
		r.t.Fatalf("session %s: %v", id, err)
	}
	return counter, reason
}

// living counts the account's sessions that have not ended.
func (r *replica) living(userID string) int {
	r.t.Helper()
	return value[int](r, `SELECT count(*) FROM sessions WHERE user_id = $1 AND ended_at IS NULL`, userID)
}

// together runs work n times concurrently, as close together as goroutines allow, and
// returns when all have ended.
func together(n int, work func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			work(i)
		})
	}
	close(start)
	all.Wait()
}

// both runs two functions concurrently.
func both(a, b func()) { together(2, func(i int) { []func(){a, b}[i]() }) }

// disable disables an account.
func disable(u *auth.User) error {
	u.Disabled = true
	return nil
}

func enable(u *auth.User) error {
	u.Disabled = false
	return nil
}

// rolesTo returns a change of an account's roles.
func rolesTo(roles ...string) func(*auth.User) error {
	return func(u *auth.User) error {
		u.Roles = append([]string{}, roles...)
		return nil
	}
}

// change makes a change that must succeed.
func (r *replica) change(id string, change func(*auth.User) error) *auth.User {
	r.t.Helper()
	u, err := r.ChangeUser(r.t.Context(), id, change)
	if err != nil {
		r.t.Fatal(err)
	}
	return u
}

// terminate ends the connections whose last statement matches the pattern, except those
// of the tests, and returns how many.
func (r *replica) terminate(pattern string) (n int) {
	r.t.Helper()
	var pids pq.Int64Array
	err := r.db.QueryRowContext(r.t.Context(), `
		SELECT coalesce(array_agg(pid) FILTER (WHERE pg_terminate_backend(pid)), '{}')
		FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE $1`, pattern).Scan(&pids)
	if err != nil {
		r.t.Fatal(err)
	}
	await(r.t, "the connections to end", func() bool {
		return value[int](r, `SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1)`, pids) == 0
	})
	return len(pids)
}

// waiting selects the connections that wait for a lock.
const waiting = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

// await waits until done reports true. It fails after a while.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

// ended returns the sessions whose end the changes report, in any order.
func ended(changes []revocation.Change) []string {
	var ids []string
	for _, c := range changes {
		if c.Session != "" && c.Generation == 0 {
			ids = append(ids, c.Session)
		}
	}
	slices.Sort(ids)
	return ids
}

func numbered(i int) string { return fmt.Sprintf("u%04d@example.com", i) }

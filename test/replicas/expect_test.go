package replicas_test

import (
	"context"
	"testing"

	"gatehouse/test/harness"
)

// granted fails unless an operation was answered with tokens.
func granted(t testing.TB) func(s harness.Session, code string, err error) harness.Session {
	return func(s harness.Session, code string, err error) harness.Session {
		t.Helper()
		if err != nil || code != "" || s.Access == "" || s.Refresh == "" {
			t.Fatalf("tokens were refused: %q, %v", code, err)
		}
		return s
	}
}

// done fails unless an operation succeeded.
func done(t testing.TB) func(a harness.Reply, err error) {
	return func(a harness.Reply, err error) {
		t.Helper()
		if err != nil || a.Code() != "" || a.At("it") == nil {
			t.Fatalf("not done: %d %q, %v: %s", a.Status, a.Code(), err, a.Body)
		}
	}
}

// refused fails unless a refresh was refused with this code.
func refused(t testing.TB, want string) func(s harness.Session, code string, err error) {
	return func(_ harness.Session, code string, err error) {
		t.Helper()
		if err != nil || code != want {
			t.Fatalf("a refresh was answered %q, %v; want %s", code, err, want)
		}
	}
}

// ended fails unless an access token was refused because its session has
// ended.
func ended(t testing.TB) func(a harness.Reply, err error) {
	return func(a harness.Reply, err error) {
		t.Helper()
		if err != nil || a.Status != 401 || a.Code() != "UNAUTHENTICATED" || a.Reason() != "session_ended" {
			t.Fatalf("an access token was answered %d %q %q, %v; want 401 and session_ended", a.Status, a.Code(), a.Reason(), err)
		}
	}
}

// logins logs an account in n times, over the connections in turn. The first
// login registers it.
func logins(ctx context.Context, t testing.TB, email string, n int, over ...*connection) []harness.Session {
	t.Helper()
	all := make([]harness.Session, n)
	for i := range all {
		c := over[i%len(over)]
		if i == 0 {
			all[i] = granted(t)(c.register(ctx, email, harness.AdaPassword))
		} else {
			all[i] = granted(t)(c.login(ctx, email, harness.AdaPassword))
		}
	}
	return all
}

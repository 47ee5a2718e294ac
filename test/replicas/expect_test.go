package replicas_test

import (
	"context"
	"testing"
)

const password = "seven-quiet-herons-42"

// in fails unless an operation was answered with tokens.
func in(t testing.TB) func(k tokens, code string, err error) tokens {
	return func(k tokens, code string, err error) tokens {
		t.Helper()
		if err != nil || code != "" || k.Access == "" || k.Refresh == "" {
			t.Fatalf("tokens were refused: %q, %v", code, err)
		}
		return k
	}
}

// done fails unless an operation was done.
func done(t testing.TB) func(a answer, err error) {
	return func(a answer, err error) {
		t.Helper()
		if err != nil || a.code != "" || len(a.it) == 0 || string(a.it) == "null" {
			t.Fatalf("not done: %d %q, %v: %s", a.status, a.code, err, a.it)
		}
	}
}

// refused fails unless a refresh was refused with the code.
func refused(t testing.TB, want string) func(k tokens, code string, err error) {
	return func(_ tokens, code string, err error) {
		t.Helper()
		if err != nil || code != want {
			t.Fatalf("a refresh was answered %q, %v; want %s", code, err, want)
		}
	}
}

// isOut fails unless an access token was refused because its session has ended.
func isOut(t testing.TB) func(a answer, err error) {
	return func(a answer, err error) {
		t.Helper()
		if err != nil || a.status != 401 || a.code != "UNAUTHENTICATED" || a.reason != "session_ended" {
			t.Fatalf("an access token was answered %d %q %q, %v; want 401 and session_ended", a.status, a.code, a.reason, err)
		}
	}
}

// logins logs an account in n times over the connections in turn. It is registered by the first.
func logins(ctx context.Context, t testing.TB, email string, n int, over ...*connection) []tokens {
	t.Helper()
	all := make([]tokens, n)
	for i := range all {
		c := over[i%len(over)]
		if i == 0 {
			all[i] = in(t)(c.register(ctx, email, password))
		} else {
			all[i] = in(t)(c.login(ctx, email, password))
		}
	}
	return all
}

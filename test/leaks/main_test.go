package leaks_test

import (
	"net/http"
	"os"
	"testing"

	"gatehouse/test/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

// refreshCookie is the refresh token in the one cookie of an answer.
func refreshCookie(t *testing.T, r harness.Reply) string {
	t.Helper()
	cookies := (&http.Response{Header: r.Header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies = %v: %s", cookies, r.Body)
	}
	return cookies[0].Value
}

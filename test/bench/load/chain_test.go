package load

import (
	"slices"
	"testing"
)

// A session's next request has the token from its last answer. Workers share no session.
func TestChain(t *testing.T) {
	c := NewChain(2, []*Link{{"a0"}, {"b0"}, {"c0"}}, func(token string) Request { return Request{Body: token} }, "next")
	sent := func(worker int) string { return c.Next(worker).Body }
	if first := sent(0); first != "c0" {
		t.Fatalf("worker 0 sends %s", first)
	}
	if err := c.Answered(0, []byte(`{"data":{"refresh":{"access":"x","next":"c1"}}}`)); err != nil {
		t.Fatal(err)
	}
	if got := []string{sent(1), sent(0), sent(0)}; !slices.Equal(got, []string{"b0", "a0", "c1"}) {
		t.Errorf("then they send %q", got)
	}
	if err := c.Answered(0, []byte(`{"errors":[{"message":"no"}]}`)); err == nil {
		t.Error("an error was accepted as an answer")
	}
}

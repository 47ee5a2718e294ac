package harness

import (
	"net/http"
	"testing"
)

// WantAlive fails unless the session's access token is accepted. who names the
// session.
func (c *Client) WantAlive(t testing.TB, who string, s Session) {
	t.Helper()
	if r := c.Ask(t, s.Access, MeOperation, nil); r.Code() != "" {
		t.Errorf("the session of %s is refused: %s", who, r.Body)
	}
}

// WantEnded fails unless both tokens of a session are refused because it has
// ended, its access token with 401.
func (c *Client) WantEnded(t testing.TB, s Session) {
	t.Helper()
	r := c.Ask(t, s.Access, MeOperation, nil)
	r.WantReason(t, "UNAUTHENTICATED", "session_ended")
	if r.Status != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") == "" || r.Data != nil {
		t.Errorf("answer = %d %s", r.Status, r.Body)
	}
	c.Ask(t, "", RefreshOperation, Vars{"token": s.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
}

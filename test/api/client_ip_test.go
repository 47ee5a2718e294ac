package api_test

import (
	"net/http"
	"testing"

	"gatehouse/test/harness"
)

// TestSessionBehindAProxy refreshes through a proxy that is trusted, and through
// one that is not.
func TestSessionBehindAProxy(t *testing.T) {
	for setting, want := range map[string]string{"TRUSTED_PROXIES=127.0.0.1, ::1": "203.0.113.5", "TRUSTED_PROXIES=": "127.0.0.1"} {
		s := harness.Start(t, setting)
		ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
		r := s.Send(t, http.Header{"X-Forwarded-For": {"198.51.100.1, 203.0.113.5"}}, harness.RefreshOperation, harness.Vars{"token": ada.Refresh})
		access := r.Must(t).Session("refresh").Access
		sessions := s.Ask(t, access, `{ me { sessions { ip } } }`, nil).At("me.sessions").([]any)
		if ip := sessions[0].(map[string]any)["ip"]; ip != want {
			t.Errorf("%s: the session's address is %v; want %s", setting, ip, want)
		}
	}
}

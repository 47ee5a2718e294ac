package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// TestSessionBehindAProxy logs in as through a proxy, with and without trusting it.
func TestSessionBehindAProxy(t *testing.T) {
	for setting, want := range map[string]string{"TRUSTED_PROXIES=127.0.0.1, ::1": "203.0.113.5", "TRUSTED_PROXIES=": "127.0.0.1"} {
		s := start(t, setting)
		ada := s.register(t, adaEmail, adaPassword)
		r := s.send(t, http.Header{"X-Forwarded-For": {"198.51.100.1, 203.0.113.5"}}, refreshOperation, vars{"token": ada.refresh})
		access := session1(t, "refresh", r).access
		sessions := s.ask(t, access, `{ me { sessions { ip } } }`, nil).at("me.sessions").([]any)
		if ip := sessions[0].(map[string]any)["ip"]; ip != want {
			t.Errorf("%s: the session's address is %v; want %s", setting, ip, want)
		}
	}
}

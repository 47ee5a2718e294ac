package process_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestFloodOfTokens has many programs ask for tokens all the time, with their secret and with a
// wrong one, and measures { me } meanwhile, as [TestFloodOfLogins] does.
func TestFloodOfTokens(t *testing.T) {
	p := harness.Launch(t, harness.Folder(t), harness.Environ(storetest.DSN(t), "OAUTH=on", "LOG_LEVEL=warn", "GOMAXPROCS=2")...)
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	robot := p.Application(t, harness.Vars{"redirectUris": []string{}, "grants": []string{"CLIENT_CREDENTIALS"}, "scopes": []string{}})
	tests := []struct {
		name, secret string
		status       int
	}{
		{"the right secret", robot.Secret, http.StatusOK},
		{"a wrong secret", "wrong", http.StatusUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			limit := max(floodDelay, 3*delays(t, p.Client, ada.Access, 100)[98])
			form := url.Values{"grant_type": {"client_credentials"}, "client_id": {robot.ID}, "client_secret": {tt.secret}}
			f := startFlood(t, p.Client.URL+"/oauth/token", "application/x-www-form-urlencoded", []byte(form.Encode()))
			harness.Eventually(t, "tokens are answered", func() bool { return f.statuses[tt.status].Load() >= 100 })
			slow := time.Hour
			for try := 0; try < 10 && slow > limit; try++ {
				took := delays(t, p.Client, ada.Access, 100)
				t.Logf("me: half within %v, 99 of 100 within %v, all within %v", took[50], took[98], took[99])
				slow = took[98]
			}
			f.end()
			t.Logf("answers %v, memory %d MB", f.counts(), peak(t, p.PID())>>20)
			if slow > limit {
				t.Errorf("the 99th percentile of { me } is more than %v", limit)
			}
			if bytes := peak(t, p.PID()); bytes > floodMemory {
				t.Errorf("%d MB resident; want %d at most", bytes>>20, floodMemory>>20)
			}
			if other := f.counts(); len(other) != 1 || other[tt.status] == 0 {
				t.Errorf("answers %v, want %d alone", other, tt.status)
			}
		})
	}
}

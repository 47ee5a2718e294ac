package server

import (
	"database/sql"
	"strings"
	"testing"
	"time"
)

// TestOutages: for the replay window after an outage, refreshes may be repeated that were
// stored just before it.
func TestOutages(t *testing.T) {
	const window = 10 * time.Second
	type check struct {
		at       time.Duration // in seconds
		writable bool
	}
	tests := []struct {
		name   string
		checks []check
		now    time.Duration
		want   time.Duration
	}{
		{"none", []check{{1, true}, {2, true}}, 3, 0},
		{"it lasts", []check{{1, true}, {2, false}, {9, false}}, 12, 11},
		{"it lasts since the start", []check{{2, false}}, 12, 12},
		{"over", []check{{1, true}, {2, false}, {31, true}}, 31, 30},
		{"within the window after it", []check{{1, true}, {2, false}, {31, true}, {32, true}}, 41, 30},
		{"later", []check{{1, true}, {2, false}, {31, true}, {32, true}}, 42, 0},
		{"another soon", []check{{1, true}, {2, false}, {11, true}, {12, true}, {13, false}, {20, true}}, 25, 19},
		{"another later", []check{{1, true}, {2, false}, {11, true}, {100, true}, {101, false}, {104, true}}, 105, 4},
		{"for hours", []check{{1, true}, {2, false}, {20000, true}}, 20001, 300},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := &outages{}
			for _, c := range tt.checks {
				o.checked(c.at*time.Second, c.writable, window)
			}
			if got := o.extra(tt.now*time.Second, window); got != tt.want*time.Second {
				t.Errorf("%v longer, want %v", got, tt.want*time.Second)
			}
		})
	}
}

// TestRefreshAfterAnOutage repeats refreshes that were stored a minute ago.
func TestRefreshAfterAnOutage(t *testing.T) {
	for _, tt := range []struct {
		name    string
		outage  time.Duration // which has just ended
		outcome string
	}{
		{"no outage", 0, "REFRESH_TOKEN_REUSED"},
		{"a short one", 30 * time.Second, "REFRESH_TOKEN_REUSED"},
		{"a long one", 2 * time.Minute, `"refreshToken"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := start(t, "RATE_LIMITS=off")
			_, answer := ask(t, r, "", `mutation { login(input: {email: "`+adminEmail+`", password: "`+adminPassword+`"}) { accessToken refreshToken } }`)
			_, first := tokens(t, answer, "login")
			refresh := `mutation { refresh(refreshToken: "` + first + `") { accessToken refreshToken } }`
			_, answer = ask(t, r, "", refresh)
			tokens(t, answer, "refresh")
			db, err := sql.Open("postgres", r.deployment.Settings.DatabaseURL)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.ExecContext(t.Context(), `UPDATE sessions SET refreshed_at = refreshed_at - interval '1 minute'`); err != nil {
				t.Fatal(err)
			}
			if tt.outage > 0 {
				o, now := &r.deployment.outages, r.deployment.clock.Elapsed()
				o.mu.Lock()
				o.lasts, o.from = true, now-tt.outage
				o.mu.Unlock()
			}
			if _, answer := ask(t, r, "", refresh); !strings.Contains(answer, tt.outcome) {
				t.Errorf("a repeated refresh: %s; want %s", answer, tt.outcome)
			}
		})
	}
}

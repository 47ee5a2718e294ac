package clients

import (
	"regexp"
	"testing"
	"time"
)

// TestAuthenticate: each of two secrets works until its end, and nothing else does.
func TestAuthenticate(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	first, old := newSecret()
	second, current := newSecret()
	old.Until = now
	if form := regexp.MustCompile(`^ghcs_[A-Z2-7]{52}$`); !form.MatchString(first) || !form.MatchString(second) || first == second {
		t.Fatalf("%q, %q", first, second)
	}
	c := &Client{Secrets: []Secret{current, old}}
	for _, tt := range []struct {
		text string
		at   time.Time
		want bool
	}{
		{second, now, true},
		{second, now.Add(1000 * time.Hour), true},
		{first, now.Add(-time.Nanosecond), true},
		{first, now, false},
		{second + " ", now, false},
		{second[:56], now, false},
		{"", now, false},
	} {
		if got := c.Authenticate(tt.text, tt.at); got != tt.want {
			t.Errorf("%.12q at %v: %t", tt.text, tt.at, got)
		}
	}
	if (&Client{}).Authenticate("", now) || (&Client{}).Authenticate(first, now) {
		t.Error("a client without a secret has one")
	}
	if (&Client{Secrets: []Secret{{}}}).Authenticate("", now) {
		t.Error("an empty digest is that of an empty secret")
	}
}

package settings

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "15m": 15 * time.Minute, "720h": 720 * time.Hour, "0": 0, "1.5h": 90 * time.Minute,
		"30d": 30 * day, "1d12h": 36 * time.Hour, "0d": 0, "1d0h30m": day + 30*time.Minute, "365d": 365 * day, "007d": 7 * day,
	} {
		if got, err := duration(text); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "30", "d", "1.5d", "-1d", "+1d", "1d-1h", "1d+1h", "1d36h", "1d2d", "1dd", "1d 1h", "30 d", "30D", "1h1d", "P30D",
		"99999999999d", "70000d", "30days", "1w",
	} {
		if got, err := duration(text); err == nil {
			t.Errorf("%s = %v, want an error", text, got)
		}
	}
}

package server

import (
	"log/slog"
	"os"
	"strings"
	"testing"
)

// TestBareCookieIsAnnounced: whoever runs the service over http learns, once, what the refresh cookie lacks.
func TestBareCookieIsAnnounced(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		times   int
	}{
		{"http", nil, 1},
		{"http, always a cookie", []string{"REFRESH_COOKIE=always"}, 1},
		{"http, never a cookie", []string{"REFRESH_COOKIE=never"}, 0},
		{"https", []string{"PUBLIC_URL=https://id.example.com"}, 0},
	}
	nobody, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nobody.Close() })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log := &recorder{}
			if err := announce(settingsOf(t, tt.environ...), nil, nobody, slog.New(slog.NewJSONHandler(log, nil))); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(log.String(), "the refresh cookie has neither"); got != tt.times {
				t.Errorf("said %d times, want %d: %s", got, tt.times, log)
			}
		})
	}
}

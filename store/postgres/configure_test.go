package postgres

import (
	"testing"
	"time"
)

func TestSilentServersAreNotWaitedForForever(t *testing.T) {
	tests := []struct {
		dsn  string
		want time.Duration
	}{
		{"host=db.example dbname=gatehouse", connectTimeout},
		{"postgres://db.example/gatehouse?connect_timeout=3", 3 * time.Second},
	}
	for _, tt := range tests {
		config, err := configure(tt.dsn)
		if err != nil || config.ConnectTimeout != tt.want {
			t.Errorf("%s: waits %v, %v; want %v", tt.dsn, config.ConnectTimeout, err, tt.want)
		}
	}
}

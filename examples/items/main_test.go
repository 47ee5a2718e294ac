package main

import (
	"log/slog"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	env := func(values map[string]string) func(string) string {
		return func(name string) string { return values[name] }
	}
	if got := readSettings(env(nil)); got != (settings{"http://localhost:8080", "http://localhost:8080", "127.0.0.1:8081"}) {
		t.Errorf("settings = %+v", got)
	}
	if got := readSettings(env(map[string]string{"ISSUER": "https://id.example.com"})); got.audience != "https://id.example.com" {
		t.Errorf("settings = %+v", got)
	}
	got := readSettings(env(map[string]string{"ISSUER": "https://id.example.com", "AUDIENCE": "items", "ADDR": ":80"}))
	if got != (settings{"https://id.example.com", "items", ":80"}) {
		t.Errorf("settings = %+v", got)
	}
	for _, issuer := range []string{"http://id.example.com", "id.example.com"} {
		if err := run(t.Context(), settings{issuer: issuer}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "ISSUER") {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

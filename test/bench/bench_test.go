package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gatehouse/test/harness/process"
)

// A ratio above 1 is in favour of Gatehouse, round by round, whatever the medians are.
func TestSummarize(t *testing.T) {
	round := func(cpu float64, requests int) slice {
		return slice{load{requests: requests, elapsed: 2 * time.Second, p50: 1}, cpu}
	}
	ours := []slice{round(10, 400), round(40, 100), round(20, 200)}
	theirs := []slice{round(20, 200), round(40, 100), round(60, 50)}
	got := summarize(byHand, theirs, ours)
	if *got.CPU != (spread{40, 20, 60}) || got.Rate != (spread{50, 25, 100}) {
		t.Errorf("CPU %v, rate %v", got.CPU, got.Rate)
	}
	if want := (spread{2, 1, 3}); *got.CPURatio != want {
		t.Errorf("CPU ratio = %v, want %v", got.CPURatio, want)
	}
	if want := (spread{2, 1, 4}); *got.RateRatio != want {
		t.Errorf("rate ratio = %v, want %v", got.RateRatio, want)
	}
	if own := summarize(gatehouseName, ours, ours); own.CPURatio != nil || own.RateRatio != nil {
		t.Errorf("Gatehouse is compared with itself: %+v", own)
	}
	if none := summarize(updateAlone, []slice{round(0, 100)}, ours[:1]); none.CPU != nil || none.CPURatio != nil || none.RateRatio == nil {
		t.Errorf("an unknown value is set: %+v", none)
	}
}

// Servers with different answers are not compared.
func TestSameAnswer(t *testing.T) {
	const data, refusal = `{"data":{"me":{"id":"1"}}}`, `{"errors":[{"extensions":{"code":"FORBIDDEN"}}]}`
	tests := []struct {
		name         string
		ours, theirs string
		wrong        string // what an answer must not contain, "" if a refusal is expected
		same         bool
	}{
		{"another field", data, `{"data":{"me":{"ID":"1"}}}`, errs, false},
		{"another order", `{"data":{"a":1,"b":2}}`, `{"data":{"b":2,"a":1}}`, errs, false},
		{"errors", refusal, refusal, errs, false},
		{"the same", data, data + "\n", errs, true},
		{"ours is not refused", data, refusal, "", false},
		{"theirs is not refused", refusal, data, "", false},
		{"both are refused", refusal, `{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}`, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			serving := func(text string) *process.Process {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
				t.Cleanup(server.Close)
				return &process.Process{URL: server.URL}
			}
			b := &bench{testbed: &testbed{gatehouse: serving(tt.ours), yardstick: serving(tt.theirs)}}
			if err := b.sameAnswer(t.Context(), request{}, request{}, tt.wrong); (err == nil) != tt.same {
				t.Errorf("error = %v", err)
			}
		})
	}
}

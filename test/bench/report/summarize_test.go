package report

import (
	"testing"
	"time"

	"gatehouse/test/bench/load"
)

// A ratio above 1 is in favour of Gatehouse, round by round, whatever the medians are.
func TestSummarize(t *testing.T) {
	round := func(cpu float64, requests int) Slice {
		return Slice{load.Load{Requests: requests, Elapsed: 2 * time.Second, P50: 1}, cpu}
	}
	ours := []Slice{round(10, 400), round(40, 100), round(20, 200)}
	theirs := []Slice{round(20, 200), round(40, 100), round(60, 50)}
	got := Summarize(ByHand, theirs, ours)
	if *got.CPU != (Spread{40, 20, 60}) || got.Rate != (Spread{50, 25, 100}) {
		t.Errorf("CPU %v, rate %v", got.CPU, got.Rate)
	}
	if want := (Spread{2, 1, 3}); *got.CPURatio != want {
		t.Errorf("CPU ratio = %v, want %v", got.CPURatio, want)
	}
	if want := (Spread{2, 1, 4}); *got.RateRatio != want {
		t.Errorf("rate ratio = %v, want %v", got.RateRatio, want)
	}
	if own := Summarize(Gatehouse, ours, ours); own.CPURatio != nil || own.RateRatio != nil {
		t.Errorf("Gatehouse is compared with itself: %+v", own)
	}
	if none := Summarize(UpdateAlone, []Slice{round(0, 100)}, ours[:1]); none.CPU != nil || none.CPURatio != nil || none.RateRatio == nil {
		t.Errorf("an unknown value is set: %+v", none)
	}
}

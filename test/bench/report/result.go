package report

import "gatehouse/test/bench/load"

// The names of the contestants.
const (
	Gatehouse   = "Gatehouse"
	ByHand      = "by hand"
	ByToken     = "by token" // Gatehouse, where the first one is asked by API key
	Unguarded   = "without authorization"
	NetHTTP     = "net/http alone"
	HashAlone   = "the hash alone"
	UpdateAlone = "pgbench: the UPDATE alone"
)

// A Measured is what a contestant achieved in all rounds.
type Measured struct {
	Name string  `json:"name"`
	CPU  *Spread `json:"cpu_us_per_request,omitempty"` // of the server; nil if unknown
	Rate Spread  `json:"requests_per_second"`
	P50  Spread  `json:"p50_ms"`
	P99  Spread  `json:"p99_ms"`
	P999 Spread  `json:"p999_ms"`
	// How Gatehouse compares with this contestant, round by round: above 1, Gatehouse uses less CPU
	// time, or answers more requests.
	CPURatio  *Spread `json:"cpu_ratio,omitempty"`
	RateRatio *Spread `json:"rate_ratio,omitempty"`
}

// A Result is the outcome of a trial.
type Result struct {
	Name        string     `json:"name"`
	Asked       string     `json:"asked"`
	Contestants []Measured `json:"contestants"`
}

// A Slice is what a contestant achieved in one round.
type Slice struct {
	load.Load
	CPU float64 // µs of the server per request, 0 if unknown
}

// A Single is one measured number.
type Single struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	Value Spread `json:"value"`
	Unit  string `json:"unit"`
}

// The names of singles.
const (
	StartWarm     = "start"
	StartFirst    = "embedded-first"
	StartAgain    = "embedded-again"
	MemoryIdle    = "memory-idle"
	MemoryLoaded  = "memory-loaded"
	MemoryPeak    = "memory-peak"
	BinarySize    = "binary"
	DecideTime    = "decide-time"
	DecideAllocs  = "decide-allocations"
	loginOverHash = "login-over-hash"
)

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// What a flood of logins may cost everybody else.
const (
	floodConnections = 64
	floodDelay       = 300 * time.Millisecond // the 99th percentile of { me }
	floodMemory      = 200 << 20              // the largest resident set of the process, in bytes
)

// startProgram starts the program on a database of the tests' server, with two cores whatever the machine has: each hashes one more password.
func startProgram(t *testing.T, environ ...string) *process {
	t.Helper()
	p, _ := serveIn(t, folder(t), append([]string{
		"DATABASE_URL=" + storetest.EmptyDSN(t), "PUBLIC_URL=http://localhost:8080", "SECRET_KEY=" + testSecret,
		"ADMIN_EMAIL=" + adminEmail, "ADMIN_PASSWORD=" + adminPassword, "LOG_LEVEL=warn", "GOMAXPROCS=2", "RATE_LIMITS=off",
	}, environ...)...)
	return p
}

// peak is the largest resident set that the process has had, in bytes (VmHWM of proc(5)).
func (p *process) peak(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	t.Fatalf("no VmHWM: %s", text)
	return 0
}

// A flood is many clients who send one request again and again, each on a connection of its own.
type flood struct {
	stop     chan struct{}
	clients  sync.WaitGroup
	statuses [600]atomic.Int64
}

func newFlood(t *testing.T, url string, body []byte) *flood {
	t.Helper()
	f := &flood{stop: make(chan struct{})}
	for range floodConnections {
		f.clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for {
				select {
				case <-f.stop:
					return
				default:
				}
				response, err := client.Post(url+"/graphql", "application/json", bytes.NewReader(body))
				if err != nil {
					f.statuses[0].Add(1)
					continue
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				f.statuses[response.StatusCode].Add(1)
			}
		})
	}
	t.Cleanup(f.end)
	return f
}

func (f *flood) end() {
	select {
	case <-f.stop:
	default:
		close(f.stop)
	}
	f.clients.Wait()
}

// counts are the answers so far, by status; 0 is none.
func (f *flood) counts() map[int]int64 {
	all := map[int]int64{}
	for status := range f.statuses {
		if n := f.statuses[status].Load(); n > 0 {
			all[status] = n
		}
	}
	return all
}

// delays asks n times who one is, and returns how long that took, the shortest first.
func delays(t *testing.T, s *service, token string, n int) []time.Duration {
	t.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		begun := time.Now()
		want(t, s.ask(t, token, `{ me { id } }`, nil), "")
		took[i] = time.Since(begun)
	}
	slices.Sort(took)
	return took
}

// TestFloodOfLogins has many clients log in all the time, and asks meanwhile who one is. Time is measured until it is good, for other programs
// run here too; memory is the process's own.
func TestFloodOfLogins(t *testing.T) {
	tests := []struct {
		name     string
		password string
		shed     bool
	}{
		{"passwords", "not-" + adaPassword, false},
		{"passwords as long as a body may be", strings.Repeat("p", 120<<10), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := startProgram(t)
			ada := p.register(t, adaEmail, adaPassword)
			body, err := json.Marshal(map[string]any{"query": loginOperation, "variables": vars{"input": vars{"email": adaEmail, "password": tt.password}}})
			if err != nil {
				t.Fatal(err)
			}
			f := newFlood(t, p.url, body)
			eventually(t, "logins are refused", func() bool { return f.statuses[http.StatusOK].Load() >= 10 })
			best := floodDelay + 1
			for round := 0; round < 2 || round < 10 && best > floodDelay; round++ {
				took := delays(t, &p.service, ada.access, 200)
				t.Logf("me: half within %v, 99 of 100 within %v, all within %v", took[100], took[198], took[199])
				best = min(best, took[198])
			}
			f.end()
			t.Logf("answers %v, memory %d MB", f.counts(), p.peak(t)>>20)
			if best > floodDelay {
				t.Errorf("the 99th percentile of { me } is more than %v", floodDelay)
			}
			if peak := p.peak(t); peak > floodMemory {
				t.Errorf("%d MB resident; want %d at most", peak>>20, floodMemory>>20)
			}
			if shed := f.statuses[http.StatusServiceUnavailable].Load(); shed > 0 != tt.shed {
				t.Errorf("%d were sent away", shed)
			}
		})
	}
}

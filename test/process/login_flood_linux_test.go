package process_test

import (
	"bytes"
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
	"gatehouse/test/harness"
)

// What a flood of logins may cost other clients.
const (
	floodConnections = 64
	floodDelay       = 300 * time.Millisecond // the 99th percentile of { me }
	floodMemory      = 200 << 20              // the largest resident set of the process, in bytes
)

// peak is the largest resident set the process has had, in bytes (VmHWM in
// proc(5)).
func peak(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
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

// A flood is many clients that send one request again and again, each on a
// connection of its own.
type flood struct {
	stop     chan struct{}
	clients  sync.WaitGroup
	statuses [600]atomic.Int64
}

func startFlood(t *testing.T, url, contentType string, body []byte) *flood {
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
				response, err := client.Post(url, contentType, bytes.NewReader(body))
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

// counts are the numbers of answers so far, by status. 0 is no answer.
func (f *flood) counts() map[int]int64 {
	all := map[int]int64{}
	for status := range f.statuses {
		if n := f.statuses[status].Load(); n > 0 {
			all[status] = n
		}
	}
	return all
}

// delays sends { me } n times and returns how long each answer took, the
// shortest first.
func delays(t *testing.T, c *harness.Client, token string, n int) []time.Duration {
	t.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		began := time.Now()
		c.Ask(t, token, `{ me { id } }`, nil).Want(t, "")
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took
}

// TestFloodOfLogins has many clients log in all the time, and measures { me }
// meanwhile. Other programs run on the machine, so the delay is measured until it
// is good, and compared with that without logins; the memory is the process's own.
func TestFloodOfLogins(t *testing.T) {
	tests := []struct {
		name     string
		password string
		shed     bool
	}{
		{"short passwords", "not-" + harness.AdaPassword, false},
		{"passwords as long as a body may be", strings.Repeat("p", 120<<10), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Each core hashes one more password at a time.
			p := harness.Launch(t, harness.Folder(t), harness.Environ(storetest.DSN(t), "LOG_LEVEL=warn", "GOMAXPROCS=2")...)
			ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
			limit := max(floodDelay, 3*delays(t, p.Client, ada.Access, 200)[198])
			f := startFlood(t, p.Client.URL+"/graphql", "application/json", harness.Body(harness.LoginOperation, harness.Credentials(harness.AdaEmail, tt.password)))
			harness.Eventually(t, "logins are refused", func() bool { return f.statuses[http.StatusOK].Load() >= 10 })
			slow := time.Hour
			for try := 0; try < 10 && slow > limit; try++ {
				took := delays(t, p.Client, ada.Access, 200)
				t.Logf("me: half within %v, 99 of 100 within %v, all within %v", took[100], took[198], took[199])
				slow = took[198]
			}
			f.end()
			t.Logf("answers %v, memory %d MB", f.counts(), peak(t, p.PID())>>20)
			if slow > limit {
				t.Errorf("the 99th percentile of { me } is more than %v", limit)
			}
			if bytes := peak(t, p.PID()); bytes > floodMemory {
				t.Errorf("%d MB resident; want %d at most", bytes>>20, floodMemory>>20)
			}
			// A slow machine may also refuse a password that has waited ten seconds.
			shed := f.statuses[http.StatusServiceUnavailable].Load()
			if tt.shed && shed == 0 || !tt.shed && shed > 0 && !strings.Contains(p.Output(), "a password waited too long to be hashed") {
				t.Errorf("%d requests were shed", shed)
			}
			if logged := strings.Contains(p.Output(), "more requests at once than MAX_REQUESTS_IN_FLIGHT"); logged != tt.shed {
				t.Errorf("the log says that there are too many requests: %t", logged)
			}
		})
	}
}

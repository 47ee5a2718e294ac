package process_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// A balancer sends requests to the replicas that are ready, as it last knew.
type balancer struct {
	mu       sync.Mutex
	replicas []*harness.Process
	ready    []*harness.Process
	next     int
}

func (b *balancer) add(p *harness.Process) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replicas = append(b.replicas, p)
}

// watch asks each replica ten times a second whether it is ready, until ctx
// ends. An answer that ctx cut off says nothing about the replica.
func (b *balancer) watch(ctx context.Context) {
	for {
		b.mu.Lock()
		asked := append([]*harness.Process(nil), b.replicas...)
		b.mu.Unlock()
		var ready []*harness.Process
		for _, p := range asked {
			if p.Ready(ctx) {
				ready = append(ready, p)
			}
		}
		if ctx.Err() != nil {
			return
		}
		b.mu.Lock()
		b.ready = ready
		b.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (b *balancer) choose() *url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	u, _ := url.Parse(b.ready[b.next%len(b.ready)].Client.URL)
	return u
}

func (b *balancer) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.ready)
}

// TestRollingRestart replaces two replicas behind a balancer, one after the
// other, under load. No request fails.
func TestRollingRestart(t *testing.T) {
	dsn := storetest.DSN(t)
	launch := func() *harness.Process {
		return harness.Launch(t, harness.Folder(t), harness.Environ(dsn, "SHUTDOWN_DELAY=3s")...)
	}
	b := &balancer{}
	old := []*harness.Process{launch(), launch()}
	for _, p := range old {
		b.add(p)
	}
	ctx, stop := context.WithCancel(t.Context())
	var watch sync.WaitGroup
	watch.Go(func() { b.watch(ctx) })
	defer watch.Wait()
	defer stop()
	harness.Eventually(t, "the balancer knows both", func() bool { return b.size() == 2 })

	var failed, served atomic.Int64
	var enough atomic.Bool
	front := func(transport *http.Transport) *harness.Client {
		proxy := &httputil.ReverseProxy{
			Transport: transport,
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(b.choose()) },
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
				failed.Add(1)
				t.Logf("a request failed: %v", err)
				w.WriteHeader(http.StatusBadGateway)
			},
		}
		server := httptest.NewServer(proxy)
		t.Cleanup(server.Close)
		return &harness.Client{URL: server.URL}
	}
	clients := []*harness.Client{front(&http.Transport{DisableKeepAlives: true}), front(&http.Transport{})}
	var load sync.WaitGroup
	for i := range 4 {
		load.Go(func() {
			for !enough.Load() {
				time.Sleep(2 * time.Millisecond) // leaves the machine to other tests
				if r, err := clients[i%2].Do(context.Background(), nil, harness.Body(`{ __typename }`, nil)); err == nil && r.Status == http.StatusOK {
					served.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	for _, p := range old {
		b.add(launch())
		harness.Eventually(t, "the balancer knows the new one", func() bool { return b.size() == 3 })
		if err := p.Stop(); err != nil {
			t.Errorf("a replica ended with %v", err)
		}
		harness.Eventually(t, "the balancer knows that one has gone", func() bool { return b.size() == 2 })
	}
	enough.Store(true)
	load.Wait()
	if failed.Load() > 0 || served.Load() < 100 {
		t.Errorf("%d requests failed, %d were served", failed.Load(), served.Load())
	}
}

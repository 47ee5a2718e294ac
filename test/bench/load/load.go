// Package load sends requests to servers, and measures how fast they answer and
// what their processes use.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/test/harness/process"
)

// A Load is what a server was asked, and how it performed.
type Load struct {
	Requests       int
	Elapsed        time.Duration
	P50, P99, P999 float64 // latency in ms
}

// A Generator sends the source's requests for a duration over a number of connections, each waiting
// for an answer before the next request. It returns an error for any wrong answer.
type Generator func(ctx context.Context, url string, from Source, connections int, d time.Duration) (Load, error)

// Own is the generator of this program. It uses more of the machine than wrk, but its requests can
// depend on earlier answers.
func Own(ctx context.Context, url string, from Source, connections int, d time.Duration) (Load, error) {
	client := NewClient(connections)
	defer client.CloseIdleConnections()
	times, errs := make([][]float64, connections), make([]error, connections)
	began := time.Now()
	end := began.Add(d)
	var workers sync.WaitGroup
	for w := range connections {
		workers.Go(func() {
			for more := true; more; { // at least one, however late the worker starts
				sent := time.Now()
				errs[w] = ask(ctx, client, url, from, w)
				times[w] = append(times[w], Milliseconds(time.Since(sent)))
				more = time.Now().Before(end) && errs[w] == nil && ctx.Err() == nil
			}
		})
	}
	workers.Wait()
	l := Of(slices.Concat(times...), time.Since(began))
	return l, errors.Join(append(errs, ctx.Err())...)
}

// Of summarizes the durations of single requests.
func Of(ms []float64, elapsed time.Duration) Load {
	slices.Sort(ms)
	return Load{Requests: len(ms), Elapsed: elapsed, P50: quantile(ms, .5), P99: quantile(ms, .99), P999: quantile(ms, .999)}
}

// Milliseconds returns a duration as a number of ms.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// NewClient returns a client that keeps this number of connections.
func NewClient(connections int) *http.Client {
	return &http.Client{Timeout: process.Patience, Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true}}
}

// ask sends one request of the source, and passes the answer to the source.
func ask(ctx context.Context, client *http.Client, url string, from Source, worker int) error {
	body, err := Send(ctx, client, url, from.Next(worker))
	if err != nil {
		return err
	}
	return from.Answered(worker, body)
}

// Send sends a request, and returns the answer if its status is 200.
func Send(ctx context.Context, client *http.Client, url string, r Request) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, r.method(), url, strings.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	for _, h := range r.headers() {
		request.Header.Set(h[0], h[1])
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", url, response.Status, body)
	}
	return body, err
}

// quantile returns the value that the share q of the sorted values does not exceed, or 0 without
// values.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// And adds a load that another server handled at the same time.
func (l Load) And(other Load) Load {
	return Load{
		Requests: l.Requests + other.Requests, Elapsed: max(l.Elapsed, other.Elapsed),
		P50: max(l.P50, other.P50), P99: max(l.P99, other.P99), P999: max(l.P999, other.P999),
	}
}

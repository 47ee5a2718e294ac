package main

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

// A load is what a server was asked, and how it performed.
type load struct {
	requests       int
	elapsed        time.Duration
	p50, p99, p999 float64 // latency in ms
}

// A generator sends the source's requests for a duration over a number of connections, each waiting
// for an answer before the next request. It returns an error for any wrong answer.
type generator func(ctx context.Context, url string, from source, connections int, d time.Duration) (load, error)

// own is the generator of this program. It uses more of the machine than wrk, but its requests can
// depend on earlier answers.
func own(ctx context.Context, url string, from source, connections int, d time.Duration) (load, error) {
	client := newClient(connections)
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
				times[w] = append(times[w], milliseconds(time.Since(sent)))
				more = time.Now().Before(end) && errs[w] == nil && ctx.Err() == nil
			}
		})
	}
	workers.Wait()
	l := loadOf(slices.Concat(times...), time.Since(began))
	return l, errors.Join(append(errs, ctx.Err())...)
}

// loadOf summarizes the durations of single requests.
func loadOf(ms []float64, elapsed time.Duration) load {
	slices.Sort(ms)
	return load{requests: len(ms), elapsed: elapsed, p50: quantile(ms, .5), p99: quantile(ms, .99), p999: quantile(ms, .999)}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func newClient(connections int) *http.Client {
	return &http.Client{Timeout: process.Patience, Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true}}
}

// ask sends one request of the source, and passes the answer to the source.
func ask(ctx context.Context, client *http.Client, url string, from source, worker int) error {
	body, err := post(ctx, client, url, from.next(worker))
	if err != nil {
		return err
	}
	return from.answered(worker, body)
}

// post sends a request, and returns the answer if its status is 200.
func post(ctx context.Context, client *http.Client, url string, r request) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if r.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+r.bearer)
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

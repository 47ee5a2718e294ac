package load

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A Request is one request to a server.
type Request struct {
	Method string // "" is POST
	Body   string
	Bearer string // the access token, or ""
	Origin string // of the page that sends it, or ""
}

// method returns the request's method.
func (r Request) method() string { return cmp.Or(r.Method, http.MethodPost) }

// headers returns the request's headers, each with its value.
func (r Request) headers() [][2]string {
	all := [][2]string{{"Content-Type", "application/json"}}
	if r.Bearer != "" {
		all = append(all, [2]string{"Authorization", "Bearer " + r.Bearer})
	}
	if r.Origin != "" {
		all = append(all, [2]string{"Origin", r.Origin})
	}
	return all
}

// Operation returns the request for an operation with these variables; nil for none.
func Operation(bearer, query string, variables map[string]any) Request {
	body, err := json.Marshal(struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables,omitempty"`
	}{query, variables})
	if err != nil {
		panic(err) // it contains only strings and numbers
	}
	return Request{Body: string(body), Bearer: bearer}
}

// A Source supplies requests. Its workers share nothing that they may not share.
type Source interface {
	// Next returns the worker's next request.
	Next(worker int) Request
	// Answered receives the answer. It returns an error if the server didn't do what it was asked.
	Answered(worker int, body []byte) error
}

// A Cycle sends the same requests repeatedly. Each worker starts at a different one.
type Cycle struct {
	requests []Request
	turns    []int // by worker
	wrong    string
}

// NewCycle returns a source for the given number of workers. An answer that contains wrong is an
// error.
func NewCycle(workers int, wrong string, requests ...Request) *Cycle {
	c := &Cycle{requests: requests, turns: make([]int, workers), wrong: wrong}
	for i := range c.turns {
		c.turns[i] = i * len(requests) / workers
	}
	return c
}

// Next implements [Source].
func (c *Cycle) Next(worker int) Request {
	c.turns[worker] = (c.turns[worker] + 1) % len(c.requests)
	return c.requests[c.turns[worker]]
}

// Answered implements [Source].
func (c *Cycle) Answered(_ int, body []byte) error {
	if c.wrong != "" && strings.Contains(string(body), c.wrong) {
		return fmt.Errorf("the answer is %.300s", body)
	}
	return nil
}

// Errors is contained in every answer with errors.
const Errors = `"errors"`

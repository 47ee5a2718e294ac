package load

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A Request is one POST to a server.
type Request struct {
	Body   string
	bearer string // the access token, or ""
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
	return Request{Body: string(body), bearer: bearer}
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

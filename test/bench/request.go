package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// A request is one POST to a server.
type request struct {
	body   string
	bearer string // the access token, or ""
}

// operation returns the request for an operation with these variables; nil for none.
func operation(bearer, query string, variables map[string]any) request {
	body, err := json.Marshal(struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables,omitempty"`
	}{query, variables})
	if err != nil {
		panic(err) // it contains only strings and numbers
	}
	return request{body: string(body), bearer: bearer}
}

// cursor returns the cursor of an account in the connection users: the bytes of its id.
func cursor(id string) string {
	raw := uuid.MustParse(id)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// A source supplies requests. Its workers share nothing that they may not share.
type source interface {
	// next returns the worker's next request.
	next(worker int) request
	// answered receives the answer. It returns an error if the server didn't do what it was asked.
	answered(worker int, body []byte) error
}

// A cycle sends the same requests repeatedly. Each worker starts at a different one.
type cycle struct {
	requests []request
	turns    []int // by worker
	wrong    string
}

// newCycle returns a source for the given number of workers. An answer that contains wrong is an
// error.
func newCycle(workers int, wrong string, requests ...request) *cycle {
	c := &cycle{requests: requests, turns: make([]int, workers), wrong: wrong}
	for i := range c.turns {
		c.turns[i] = i * len(requests) / workers
	}
	return c
}

func (c *cycle) next(worker int) request {
	c.turns[worker] = (c.turns[worker] + 1) % len(c.requests)
	return c.requests[c.turns[worker]]
}

func (c *cycle) answered(_ int, body []byte) error {
	if c.wrong != "" && strings.Contains(string(body), c.wrong) {
		return fmt.Errorf("the answer is %.300s", body)
	}
	return nil
}

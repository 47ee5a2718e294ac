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
	bearer string // the access token, "" for none
}

// operation is the request for an operation with these variables, nil for none.
func operation(bearer, query string, variables map[string]any) request {
	body, err := json.Marshal(struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables,omitempty"`
	}{query, variables})
	if err != nil {
		panic(err) // texts and numbers only
	}
	return request{body: string(body), bearer: bearer}
}

// cursor is that of an account in the connection users: the bytes of its id.
func cursor(id string) string {
	raw := uuid.MustParse(id)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// A source says what to send next. Workers don't share what they may not.
type source interface {
	// next returns what the worker sends.
	next(worker int) request
	// answered hears what came back for it. An error says that the server didn't do what was asked.
	answered(worker int, body []byte) error
}

// A cycle sends the same requests again and again, each worker beginning at another one.
type cycle struct {
	requests []request
	turns    []int // by worker
	wrong    string
}

// newCycle returns a source for so many workers. An answer in which wrong is found is none.
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

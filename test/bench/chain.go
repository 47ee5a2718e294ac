package main

import (
	"bytes"
	"fmt"

	"gatehouse/test/bench/load"
)

// A link is a session with its current refresh token.
type link struct{ token string }

// A chain refreshes sessions in turn: each answer has the token for the session's next request.
// Each worker has its own sessions.
type chain struct {
	links [][]*link // by worker
	turns []int
}

// newChain distributes the sessions to the workers. Each worker must get one.
func newChain(workers int, sessions []*link) *chain {
	c := &chain{links: make([][]*link, workers), turns: make([]int, workers)}
	for i, l := range sessions {
		c.links[i%workers] = append(c.links[i%workers], l)
	}
	return c
}

func (c *chain) Next(worker int) load.Request {
	c.turns[worker] = (c.turns[worker] + 1) % len(c.links[worker])
	return refreshOperation(c.links[worker][c.turns[worker]].token, tokenFields)
}

func (c *chain) Answered(worker int, body []byte) error {
	_, rest, _ := bytes.Cut(body, []byte(`"refreshToken":"`))
	token, _, found := bytes.Cut(rest, []byte(`"`))
	if !found {
		return fmt.Errorf("the answer to refresh is %.300s", body)
	}
	c.links[worker][c.turns[worker]].token = string(token)
	return nil
}

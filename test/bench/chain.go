package main

import (
	"bytes"
	"fmt"
)

// A link is a session with the refresh token that is good now.
type link struct{ token string }

// A chain refreshes sessions in turn: each answer has the token that the session's next request needs. Each worker has sessions of its own.
type chain struct {
	links [][]*link // by worker
	turns []int
}

// newChain deals the sessions out to so many workers, of which each must get one.
func newChain(workers int, sessions []*link) *chain {
	c := &chain{links: make([][]*link, workers), turns: make([]int, workers)}
	for i, l := range sessions {
		c.links[i%workers] = append(c.links[i%workers], l)
	}
	return c
}

func (c *chain) next(worker int) request {
	c.turns[worker] = (c.turns[worker] + 1) % len(c.links[worker])
	return refreshOperation(c.links[worker][c.turns[worker]].token, tokenFields)
}

func (c *chain) answered(worker int, body []byte) error {
	_, rest, _ := bytes.Cut(body, []byte(`"refreshToken":"`))
	token, _, found := bytes.Cut(rest, []byte(`"`))
	if !found {
		return fmt.Errorf("refresh answers %.300s", body)
	}
	c.links[worker][c.turns[worker]].token = string(token)
	return nil
}

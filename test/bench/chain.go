package main

import (
	"bytes"
	"fmt"
)

// A chain refreshes sessions in turn: each answer has the token that the session's next request needs. Each worker has sessions of its own.
type chain struct {
	tokens [][]string // by worker and session
	turns  []int
}

// newChain deals the refresh tokens out to so many workers, of which each must get one.
func newChain(workers int, tokens []string) *chain {
	c := &chain{tokens: make([][]string, workers), turns: make([]int, workers)}
	for i, token := range tokens {
		c.tokens[i%workers] = append(c.tokens[i%workers], token)
	}
	return c
}

func (c *chain) next(worker int) request {
	c.turns[worker] = (c.turns[worker] + 1) % len(c.tokens[worker])
	return refreshOperation(c.tokens[worker][c.turns[worker]], tokenFields)
}

func (c *chain) answered(worker int, body []byte) error {
	_, rest, _ := bytes.Cut(body, []byte(`"refreshToken":"`))
	token, _, found := bytes.Cut(rest, []byte(`"`))
	if !found {
		return fmt.Errorf("refresh answers %.300s", body)
	}
	c.tokens[worker][c.turns[worker]] = string(token)
	return nil
}

package main

import (
	"testing"

	"gatehouse/test/bench/load"
)

// Servers with different answers are not compared.
func TestSameAnswer(t *testing.T) {
	const data, refusal = `{"data":{"me":{"id":"1"}}}`, `{"errors":[{"extensions":{"code":"FORBIDDEN"}}]}`
	tests := []struct {
		name         string
		ours, theirs string
		wrong        string // what an answer must not contain, "" if a refusal is expected
		same         bool
	}{
		{"another field", data, `{"data":{"me":{"ID":"1"}}}`, load.Errors, false},
		{"another order", `{"data":{"a":1,"b":2}}`, `{"data":{"b":2,"a":1}}`, load.Errors, false},
		{"errors", refusal, refusal, load.Errors, false},
		{"the same", data, data + "\n", load.Errors, true},
		{"ours is not refused", data, refusal, "", false},
		{"theirs is not refused", refusal, data, "", false},
		{"both are refused", refusal, `{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}`, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := sameAnswer("{ me { id } }", []byte(tt.ours), []byte(tt.theirs), tt.wrong); (err == nil) != tt.same {
				t.Errorf("error = %v", err)
			}
		})
	}
}

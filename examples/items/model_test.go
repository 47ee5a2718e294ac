package main

import (
	"fmt"
	"testing"
)

// TestPredict: the model itself.
func TestPredict(t *testing.T) {
	tests := []struct {
		in   PredictInput
		want string
	}{
		{PredictInput{Price: 0, Photos: 0, Rating: 1}, "LEFT 0.32"},
		{PredictInput{Price: 1250, Photos: 4, Rating: 4.5}, "SOLD 0.95"},
		{PredictInput{Price: 60000, Photos: 4, Rating: 4.5}, "LEFT 0.01"},
		{PredictInput{Price: maxCents, Photos: 20, Rating: 5}, "LEFT 0"},
	}
	for _, tt := range tests {
		p, err := predict(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(p.Label, " ", p.Score); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.in, got, tt.want)
		}
	}
}

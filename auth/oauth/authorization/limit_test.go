package authorization

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/policy"
)

// onePerKey is a Limiter that allows each key once.
type onePerKey map[string]bool

func (l onePerKey) Allow(_ context.Context, uses ...policy.Use) (time.Duration, error) {
	key := uses[0].Limit.Coordinate + " " + uses[0].Key
	if l[key] {
		return time.Minute, nil
	}
	l[key] = true
	return 0, nil
}

// Requests of a network are counted, whichever way they are stored, unless the client has
// authenticated.
func TestRequestsAreLimited(t *testing.T) {
	ctx := client.With(t.Context(), client.Client{IP: "192.0.2.1"})
	other := client.With(t.Context(), client.Client{IP: "192.0.2.2"})
	browser := func(f *fixture, ctx context.Context) error {
		_, err := f.Begin(ctx, asking(), f.browser)
		return err
	}
	form := func(f *fixture, ctx context.Context) error {
		_, _, err := f.Receive(ctx, asking())
		return err
	}
	push := func(id string) func(f *fixture, ctx context.Context) error {
		return func(f *fixture, ctx context.Context) error {
			c, _ := f.Clients.Client(id)
			_, _, err := f.Push(ctx, c, asking("client_id", id))
			return err
		}
	}
	tests := []struct {
		name    string
		send    func(f *fixture, ctx context.Context) error
		limited bool
	}{
		{"by a browser", browser, true},
		{"as a form", form, true},
		{"pushed by a public client", push("app"), true},
		{"pushed by a confidential client", push("nonce"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			f.Limiter = onePerKey{}
			if err := tt.send(f, ctx); err != nil {
				t.Fatal(err)
			}
			stored := len(f.store.requests)
			limit := new(auth.LimitError)
			if limited := errors.As(tt.send(f, ctx), &limit); limited != tt.limited {
				t.Errorf("the second is limited: %t", limited)
			}
			if kept := len(f.store.requests) == stored; kept != tt.limited {
				t.Errorf("%d requests are stored", len(f.store.requests))
			}
			if err := tt.send(f, other); err != nil {
				t.Errorf("from another network: %v", err)
			}
		})
	}
}

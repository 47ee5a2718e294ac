// Package shop is a small service with a schema, to test the guard with.
package shop

import (
	"context"
	"errors"

	"gatehouse/auth/policy"
)

// A Customer buys.
type Customer struct{ ID, Email string }

// An Item is for sale.
type Item struct {
	ID      string
	OwnerID *string
	Cost    *int
}

// An Order is what a customer bought.
type Order struct {
	ID    string
	Buyer *Customer
	Cost  *int
}

// A Thing is an item or an order.
type Thing interface{ IsThing() }

// IsThing makes an item a thing.
func (*Item) IsThing() {}

// IsThing makes an order a thing.
func (*Order) IsThing() {}

// An ItemInput changes an item.
type ItemInput struct {
	ID    string
	Price *int
}

// A Login is a customer who has just been authenticated.
type Login struct{ Customer, Rival *Customer }

// Subject is who the customer is to the policy.
func (l *Login) Subject() *policy.Subject { return &policy.Subject{ID: l.Customer.ID} }

// ErrNoCustomer says that a name is not a customer's.
var ErrNoCustomer = errors.New("no such customer")

// items returns one item each of ann and ben, and one that belongs to neither.
func items() []*Item {
	return []*Item{
		{ID: "1", OwnerID: new("ann"), Cost: new(10)}, {ID: "2", OwnerID: new("ben"), Cost: new(20)}, {ID: "3", Cost: new(30)},
	}
}

func customer(id string) *Customer { return &Customer{ID: id, Email: id + "@example.com"} }

// ticks counts to three.
func ticks(ctx context.Context) <-chan *int {
	c := make(chan *int)
	go func() {
		defer close(c)
		for i := range 3 {
			select {
			case c <- new(i + 1):
			case <-ctx.Done():
				return
			}
		}
	}()
	return c
}

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	maxItems = 100
	maxName  = 80         // characters
	maxCents = 10_000_000 // of a price or a cost
)

// A shelf keeps the items in memory. It returns copies of them.
type shelf struct {
	mu    sync.Mutex
	last  int // id of the newest item
	items []Item
}

func newShelf() *shelf { return &shelf{} }

// all returns the items of an owner, or all items if owner is "".
func (s *shelf) all(owner string) []*Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []*Item{}
	for _, item := range s.items {
		if owner == "" || item.OwnerID == owner {
			found = append(found, &item)
		}
	}
	return found
}

// value returns the sum of all prices, in cents.
func (s *shelf) value() *int {
	s.mu.Lock()
	defer s.mu.Unlock()
	cents := 0
	for _, item := range s.items {
		cents += item.Price
	}
	return &cents
}

// item returns the item with the id, or [errNotFound].
func (s *shelf) item(id string) (*Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.index(id)
	if err != nil {
		return nil, err
	}
	item := s.items[i]
	return &item, nil
}

// add stores a new item under a new id. The error is [errFull] or an
// [*inputError].
func (s *shelf) add(item Item) (*Item, error) {
	if err := checkItem(&item); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.items) == maxItems {
		return nil, errFull
	}
	s.last++
	item.ID = strconv.Itoa(s.last)
	s.items = append(s.items, item)
	return &item, nil
}

// change stores an item as edit leaves it. The error is [errNotFound] or an
// [*inputError].
func (s *shelf) change(id string, edit func(*Item)) (*Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.index(id)
	if err != nil {
		return nil, err
	}
	item := s.items[i]
	edit(&item)
	if err := checkItem(&item); err != nil {
		return nil, err
	}
	s.items[i] = item
	return &item, nil
}

// remove deletes an item, or returns [errNotFound].
func (s *shelf) remove(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.index(id)
	if err != nil {
		return err
	}
	s.items = slices.Delete(s.items, i, i+1)
	return nil
}

// clear deletes all items, and returns how many there were.
func (s *shelf) clear() *int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := len(s.items)
	s.items = nil
	return &count
}

func (s *shelf) index(id string) (int, error) {
	i := slices.IndexFunc(s.items, func(item Item) bool { return item.ID == id })
	if i < 0 {
		return 0, errNotFound
	}
	return i, nil
}

// apply changes those fields of an item that are given.
func (in UpdateItemInput) apply(item *Item) {
	set(&item.Name, in.Name)
	set(&item.Price, in.Price)
	set(&item.OwnerID, in.OwnerID)
	if in.Cost != nil {
		item.Cost = in.Cost
	}
}

func set[T any](to, value *T) {
	if value != nil {
		*to = *value
	}
}

func checkItem(item *Item) error {
	if n := utf8.RuneCountInString(item.Name); n < 1 || n > maxName || strings.TrimSpace(item.Name) == "" {
		return &inputError{"input.name", fmt.Sprintf("A name has 1 to %d characters.", maxName)}
	}
	if item.OwnerID == "" {
		return &inputError{"input.ownerId", "An item needs an owner."}
	}
	if item.Cost != nil {
		if err := checkCents("input.cost", *item.Cost); err != nil {
			return err
		}
	}
	return checkCents("input.price", item.Price)
}

func checkCents(field string, cents int) error {
	if cents < 0 || cents > maxCents {
		return &inputError{field, fmt.Sprintf("Enter 0 to %d cents.", maxCents)}
	}
	return nil
}

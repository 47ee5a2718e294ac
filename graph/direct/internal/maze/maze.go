// Package maze is a schema for tests of package direct. Each field of its
// objects is null, fails, panics or has a value, as a hash of the object's id
// and the field's name decides, so that two executors meet the same.
package maze

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// A Box is an object with plain fields, methods and resolvers.
type Box struct {
	ID    string
	Label string
	Size  int
	Open  bool
	Full  *bool
	Made  time.Time
	Used  *time.Time
	Words []string
	Notes []string
	Gaps  []*string
	Grid  [][]string
	Paint Colour
}

// A Bag is an object that is held by value.
type Bag struct {
	ID   string
	Held Box
}

// A Thing is a Box or a Bag.
type Thing interface{ IsThing() }

// An Either is a Box or a Bag.
type Either interface{ IsEither() }

// IsThing makes a Box a Thing.
func (*Box) IsThing() {}

// IsEither makes a Box an Either.
func (*Box) IsEither() {}

// IsThing makes a Bag a Thing.
func (Bag) IsThing() {}

// IsEither makes a Bag an Either.
func (Bag) IsEither() {}

// A Colour writes itself.
type Colour string

// MarshalGQL writes the colour. An unknown one panics.
func (c Colour) MarshalGQL(w io.Writer) {
	if _, err := io.WriteString(w, strconv.Quote(string(c))); err != nil {
		panic(err)
	}
}

// UnmarshalGQL reads a colour.
func (c *Colour) UnmarshalGQL(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%T is not a colour", v)
	}
	*c = Colour(text)
	return nil
}

// chance returns a number below n that depends on an object and a field.
func chance(id, field string, n int) int {
	h := fnv.New32a()
	_, _ = io.WriteString(h, id+"."+field)
	return int(h.Sum32()>>7) % n
}

// fate panics for some fields, and reports whether a field has a value.
func fate(id, field string) bool {
	switch chance(id, field, 24) {
	case 0:
		panic(field + " of " + id)
	case 1, 2, 3, 4:
		return false
	}
	return true
}

var errFate = errors.New("it failed")

// tried is fate for fields that may fail.
func tried(ctx context.Context, id, field string) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if chance(id, field+"!", 8) == 0 {
		return false, fmt.Errorf("%s of %s: %w", field, id, errFate)
	}
	return fate(id, field), nil
}

func below(id, step string) string {
	if len(id) > 24 {
		id = id[len(id)-24:]
	}
	return id + step
}

func box(id, field string) *Box {
	if !fate(id, field) {
		return nil
	}
	return NewBox(below(id, field[:1]))
}

func boxes(id, field string) []*Box {
	if !fate(id, field) {
		return nil
	}
	all := make([]*Box, chance(id, field, 4))
	for i := range all {
		if chance(id, field+strconv.Itoa(i), 7) > 0 {
			all[i] = NewBox(below(id, strconv.Itoa(i)))
		}
	}
	return all
}

// answer is what a resolver returns.
func answer(ctx context.Context, id, field string) (*Box, error) {
	if ok, err := tried(ctx, id, field); !ok {
		return nil, err
	}
	return NewBox(below(id, field[:1])), nil
}

func bag(id, field string) Bag {
	return Bag{ID: below(id, field[:1]), Held: *NewBox(below(id, field[:2]))}
}

// pick returns a Box, a Bag, or something that may be neither.
func pick(id, field string) any {
	switch chance(id, field, 9) {
	case 0, 1, 2:
		return NewBox(below(id, field[:1]))
	case 3, 4:
		return bag(id, field)
	case 5:
		b := bag(id, field)
		return &b
	case 6:
		return (*Box)(nil)
	case 7:
		return odd{}
	}
	return nil
}

// An odd is a Thing and an Either that the schema does not know.
type odd struct{}

func (odd) IsThing()  {}
func (odd) IsEither() {}

var (
	_ Thing             = odd{}
	_ graphql.Marshaler = Colour("")
)

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

// NewBox returns the box with an id.
func NewBox(id string) *Box {
	b := &Box{
		ID: id, Label: "label \"" + id + "\"\t\\\n\x01é", Size: chance(id, "size", 1000) - 500, Open: chance(id, "open", 2) == 0,
		Made: time.Unix(int64(chance(id, "made", 1_000_000)), int64(chance(id, "nano", 3))).UTC(), Words: []string{}, Grid: [][]string{{"a"}, nil, {id, ""}},
		Gaps: []*string{nil, &id}, Paint: "RED",
	}
	if chance(id, "made", 5) == 0 {
		b.Made = time.Time{}
	}
	if chance(id, "full", 2) == 0 {
		b.Full, b.Used, b.Notes = &b.Open, &b.Made, []string{"x", "\u2028<>&"}
	}
	for i := range chance(id, "words", 4) {
		b.Words = append(b.Words, id+strconv.Itoa(i))
	}
	return b
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

// Name is a method that may return null or panic.
func (b *Box) Name() *string {
	if !fate(b.ID, "name") {
		return nil
	}
	return &b.ID
}

// Number is as Name.
func (b *Box) Number() *int {
	if !fate(b.ID, "number") {
		return nil
	}
	return &b.Size
}

// Colour is as Name.
func (b *Box) Colour() *Colour {
	if !fate(b.ID, "colour") {
		return nil
	}
	return &b.Paint
}

// Colours are some colours.
func (b *Box) Colours() []Colour {
	if !fate(b.ID, "colours") {
		return nil
	}
	return []Colour{"RED", b.Paint}
}

// Box may be null.
func (b *Box) Box() *Box { return box(b.ID, "box") }

// Inner is null where there can't be one.
func (b *Box) Inner() *Box { return box(b.ID, "inner") }

// Boxes has nulls where there can't be any.
func (b *Box) Boxes() []*Box { return boxes(b.ID, "boxes") }

// Some may have nulls.
func (b *Box) Some() []*Box { return boxes(b.ID, "some") }

// Bags are held by value.
func (b *Box) Bags() []Bag {
	return []Bag{bag(b.ID, "bag1"), bag(b.ID, "bag2")}[:chance(b.ID, "bags", 3)]
}

// Bag is held by value.
func (b *Box) Bag() Bag { return bag(b.ID, "bag") }

// Thing may be a nil pointer, a nil interface or of an unknown type.
func (b *Box) Thing() Thing {
	thing, _ := pick(b.ID, "thing").(Thing)
	return thing
}

// Things may contain the same.
func (b *Box) Things() []Thing {
	if !fate(b.ID, "things") {
		return nil
	}
	all := make([]Thing, chance(b.ID, "things", 4))
	for i := range all {
		all[i], _ = pick(b.ID, strconv.Itoa(i)+"thing").(Thing)
	}
	return all
}

// Either is as Thing.
func (b *Box) Either() Either {
	either, _ := pick(b.ID, "either").(Either)
	return either
}

// Counted has an argument.
func (b *Box) Counted(by int) *int {
	if !fate(b.ID, "counted") {
		return nil
	}
	by *= b.Size
	return &by
}

// Tried may fail.
func (b *Box) Tried(ctx context.Context) (*string, error) {
	if ok, err := tried(ctx, b.ID, "tried"); !ok {
		return nil, err
	}
	return &b.ID, nil
}

// Forced may fail where there can't be null.
func (b *Box) Forced() (string, error) {
	_, err := tried(context.Background(), b.ID, "forced")
	return b.Label, err
}

// Name is as that of a Box.
func (b Bag) Name() *string {
	if !fate(b.ID, "name") {
		return nil
	}
	return &b.ID
}

// Thing is as that of a Box.
func (b Bag) Thing() Thing {
	thing, _ := pick(b.ID, "thing").(Thing)
	return thing
}

// Contents may have nulls where there can't be any.
func (b Bag) Contents() []Either {
	all := make([]Either, chance(b.ID, "contents", 3))
	for i := range all {
		all[i], _ = pick(b.ID, strconv.Itoa(i)+"either").(Either)
	}
	return all
}

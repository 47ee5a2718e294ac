package maze

import (
	"context"
	"strconv"
	"time"
)

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

package maze

import (
	"strconv"
)

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

package nasty

import (
	"context"
	"time"

	"gatehouse/auth"
)

// The ids of the keepers. Callers may have them, too.
const (
	Ann = "ann"
	Ben = "ben"
)

// A Zoo is the data: one object of each type for each keeper, the same for all
// callers.
type Zoo struct {
	keepers map[string]*Keeper
	animals []Animal
	nodes   []Node
	things  []Thing
}

// NewZoo returns the zoo.
func NewZoo() *Zoo {
	z := &Zoo{keepers: map[string]*Keeper{}}
	for _, id := range []string{Ann, Ben} {
		z.keepers[id] = &Keeper{ID: id, Name: id, Salary: new(1000), Phone: "555", Codes: []string{"1234"}}
	}
	z.furnish(z.keepers[Ann], z.keepers[Ben])
	z.furnish(z.keepers[Ben], z.keepers[Ann])
	return z
}

// furnish gives a keeper animals and a vault.
func (z *Zoo) furnish(k, boss *Keeper) {
	wolf := &Wolf{
		ID: "wolf-" + k.ID, Name: new("Wolf"), KeeperID: &k.ID, Chip: new("w"), Weight: new(40), Colour: new("grey"), Diary: new("slept"), Howl: new("ooh"),
	}
	cat := &Cat{
		ID: "cat-" + k.ID, Name: new("Cat"), KeeperID: &k.ID, Chip: new("c"), Weight: new(4), Colour: new("black"), Diary: new("ate"), Toy: new("mouse"),
		Lives: new(9),
	}
	dog := &Dog{
		ID: "dog-" + k.ID, Name: new("Dog"), KeeperID: &k.ID, Chip: new("d"), Weight: new(20), Colour: new("brown"), Diary: new("ran"), Toy: new("ball"),
		Tricks: []string{"sit"}, Friends: []Animal{cat},
	}
	cat.Friends = []Animal{wolf, dog}
	note := &Note{Text: new("feed them"), Author: k}
	inner := &Vault{ID: "inner-" + k.ID, KeeperID: &boss.ID, Combination: new("1"), Contents: []Thing{note}}
	vault := &Vault{ID: "vault-" + k.ID, KeeperID: &k.ID, Combination: new("2"), Contents: []Thing{cat, note}, Inner: inner}
	k.Vault, k.Pets, k.Best, k.Boss = vault, []Pet{cat, dog}, dog, boss
	z.animals = append(z.animals, cat, dog, wolf)
	z.nodes = append(z.nodes, cat, dog, wolf, vault)
	z.things = append(z.things, cat, dog, vault, note)
}

// keeper returns the caller as a keeper, or nil.
func (z *Zoo) keeper(ctx context.Context) *Keeper {
	if p := auth.Caller(ctx); p != nil {
		return z.keepers[p.ID]
	}
	return nil
}

// cats returns the animals that are cats.
func (z *Zoo) cats() []*Cat {
	var all []*Cat
	for _, a := range z.animals {
		if cat, ok := a.(*Cat); ok {
			all = append(all, cat)
		}
	}
	return all
}

// home returns the home of the keepers.
func (z *Zoo) home() *Home { return &Home{Keepers: []*Keeper{z.keepers[Ann], z.keepers[Ben]}} }

// pass makes the caller a keeper, or returns [auth.ErrNotFound].
func (z *Zoo) pass(id string) (*Pass, error) {
	k := z.keepers[id]
	if k == nil {
		return nil, auth.ErrNotFound
	}
	p := &auth.Principal{ID: id, Roles: []string{"keeper"}, Scopes: []string{"read:chips"}, AuthTime: time.Now(), Factors: 1}
	return &Pass{Keeper: k, Rival: k.Boss, principal: p}, nil
}

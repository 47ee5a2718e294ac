package apikey

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"gatehouse/auth"
)

// An unknown key costs a query. From one place so many are looked up at once, and then
// one in that time.
const (
	strangeKeys  = 30
	strangeEvery = 2 * time.Second
)

// cachedPlaces is how many places are watched.
const cachedPlaces = 4096

// strangers slow down places that present unknown keys. Only those count, and a key
// that is cached is not held up by them. nil slows nothing down.
type strangers struct {
	now func() time.Time

	mu     sync.Mutex
	places *simplelru.LRU[string, time.Time] // until when a place's unknown keys count
}

func newStrangers(now func() time.Time) (*strangers, error) {
	places, err := simplelru.NewLRU[string, time.Time](cachedPlaces, nil)
	return &strangers{now: now, places: places}, err
}

// check returns a [*auth.LimitError] if too many unknown keys came from the place.
func (s *strangers) check(place string) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	until, known := s.places.Get(place)
	if !known {
		return nil
	}
	if wait := until.Sub(s.now()) - (strangeKeys-1)*strangeEvery; wait > 0 {
		return &auth.LimitError{After: wait}
	}
	return nil
}

// note counts an unknown key.
func (s *strangers) note(place string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	until, _ := s.places.Get(place)
	if until.Before(now) {
		until = now
	}
	s.places.Add(place, until.Add(strangeEvery))
}

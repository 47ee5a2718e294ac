package persisted

import (
	"strings"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Bounds of what is kept of automatic persisted queries. Any client can have
// any document kept, so the least recently used one makes room.
const (
	automaticDocuments = 2000
	automaticBytes     = 2 << 20 // of all texts
)

// automatic holds the documents that clients sent with their hashes. It is safe
// for concurrent use.
type automatic struct {
	mu    sync.Mutex
	kept  *simplelru.LRU[string, string] // texts by hash
	bytes int
}

func newAutomatic() (*automatic, error) {
	a := &automatic{}
	var err error
	a.kept, err = simplelru.NewLRU(automaticDocuments, func(_, text string) { a.bytes -= len(text) })
	return a, err
}

// text returns the document with the hash.
func (a *automatic) text(hash string) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kept.Get(hash)
}

// keep adds a document.
func (a *automatic) keep(hash, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.kept.Get(hash); ok {
		return
	}
	a.bytes += len(text)
	a.kept.Add(hash, strings.Clone(text)) // text may be part of a longer string, such as a URL
	for a.bytes > automaticBytes {
		a.kept.RemoveOldest()
	}
}

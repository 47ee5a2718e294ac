package persisted

import (
	"strings"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// How much is kept of automatic persisted queries. Anybody may have any document kept, so the oldest make room, and none is kept that is
// longer than what a cache of documents keeps.
const (
	queriesKept  = 2000
	queriesLimit = 2 << 20 // bytes of all texts
)

// queries are the documents that clients sent with their hash, the one that was asked for longest ago first to go.
type queries struct {
	mu    sync.Mutex
	kept  *simplelru.LRU[string, string] // texts by hash
	bytes int
}

func newQueries() (*queries, error) {
	q := &queries{}
	var err error
	q.kept, err = simplelru.NewLRU(queriesKept, func(_, text string) { q.bytes -= len(text) })
	return q, err
}

// Text is the document of a hash.
func (q *queries) Text(hash string) (string, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.kept.Get(hash)
}

// Keep remembers a text by its hash.
func (q *queries) Keep(hash, text string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, ok := q.kept.Get(hash); ok {
		return
	}
	q.bytes += len(text)
	q.kept.Add(hash, strings.Clone(text)) // not a part of a longer one, such as a URL
	for q.bytes > queriesLimit {
		q.kept.RemoveOldest()
	}
}

package password

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	// keptGarbage is how many bytes hashes may leave behind before the next one
	// collects them: less than two hashes of argon2id. One after the other, as
	// with few logins, the collector comes by itself.
	keptGarbage = 32 << 20
	// largeHeap is from how many live bytes on hashes leave that to the collector.
	// Marking them for each hash takes time, and a few hashes matter little beside
	// them.
	largeHeap = 64 << 20
	// idleTime is how long no password must have been hashed until the memory of
	// hashes is returned to the system. To take it again costs a tenth of a hash.
	idleTime = 5 * time.Second
)

// A memory bounds what hashes take: 19 MiB each with argon2id, which would
// otherwise pile up until the collector's next turn, and stay with the process.
type memory struct {
	collect func() // runtime.GC
	release func() // debug.FreeOSMemory
	heap    func() (cycles, live uint64)

	mu      sync.Mutex
	garbage int    // bytes that hashes have left since the last collection
	cycles  uint64 // of the collector when the last one ended
	idle    *time.Timer
}

func newMemory() *memory {
	return &memory{collect: runtime.GC, release: debug.FreeOSMemory, heap: heap}
}

// during runs a hash that takes so many bytes.
func (m *memory) during(bytes int, hash func()) {
	m.reserve()
	hash()
	m.leave(bytes)
}

// reserve makes room for a hash, if earlier ones have left enough.
func (m *memory) reserve() {
	m.mu.Lock() // two at once would collect twice
	defer m.mu.Unlock()
	if m.garbage < keptGarbage {
		return
	}
	if cycles, live := m.heap(); cycles == m.cycles && live < largeHeap {
		m.collect()
	}
	m.garbage = 0
}

// leave notes what a hash has left behind.
func (m *memory) leave(bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	cycles, _ := m.heap()
	if cycles != m.cycles {
		m.garbage, m.cycles = 0, cycles
	}
	m.garbage += bytes
	if bytes < 1<<20 {
		return // bcrypt takes next to nothing
	}
	if m.idle == nil {
		m.idle = time.AfterFunc(idleTime, m.release)
	}
	m.idle.Reset(idleTime)
}

// heap returns how often garbage was collected, and how many bytes were live
// the last time.
func heap() (cycles, live uint64) {
	samples := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}

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
	// collects them: less than two hashes of argon2id.
	keptGarbage = 32 << 20
	// largeHeap is from how many live bytes on hashes leave that to the collector.
	// Marking them for each hash takes time, and a few hashes matter little beside
	// them.
	largeHeap = 64 << 20
	// room is how many bytes the heap may grow by, beside what it may anyway, while
	// passwords are hashed. Each hash would otherwise begin a collection, which takes
	// an eighth of its time and frees what only earlier hashes have left.
	room = 32 << 20
	// leastLive is how many live bytes are reckoned with at least: before the first
	// collection none are known.
	leastLive = 16 << 20
	// idleTime is how long no password must have been hashed until the memory of
	// hashes is returned to the system. To take it again costs a tenth of a hash.
	idleTime = 5 * time.Second
	// small is how many bytes of a hash need none of this: bcrypt takes 4 KiB.
	small = 1 << 20
)

// A memory bounds what hashes take: 19 MiB each with argon2id, which would
// otherwise pile up until the collector's next turn, and stay with the process.
type memory struct {
	collect func()                // runtime.GC
	release func()                // debug.FreeOSMemory
	percent func(percent int) int // debug.SetGCPercent
	heap    func() (cycles, live uint64)

	mu      sync.Mutex
	garbage int    // bytes that hashes have left since the last collection
	cycles  uint64 // of the collector when the last one ended
	usual   int    // the percentage of the heap by which it grows until it is collected
	grown   int    // the percentage while passwords are hashed, 0 at other times
	idle    *time.Timer
}

func newMemory() *memory {
	return &memory{collect: runtime.GC, release: debug.FreeOSMemory, percent: debug.SetGCPercent, heap: heap}
}

// during runs a hash that takes so many bytes.
func (m *memory) during(bytes int, hash func()) {
	m.reserve(bytes)
	hash()
	m.leave(bytes)
}

// reserve makes room for a hash: it collects what earlier ones have left, if that
// is enough.
func (m *memory) reserve(bytes int) {
	m.mu.Lock() // two at once would collect twice
	defer m.mu.Unlock()
	if bytes >= small && m.grown == 0 {
		m.usual = m.percent(-1) // the only way to read it
		m.grow(leastLive)
	}
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
	cycles, live := m.heap()
	if cycles != m.cycles {
		m.garbage, m.cycles = 0, cycles
		if m.grown != 0 {
			m.grow(live)
		}
	}
	m.garbage += bytes
	if bytes < small {
		return
	}
	if m.idle == nil {
		m.idle = time.AfterFunc(idleTime, m.shrink)
	}
	m.idle.Reset(idleTime)
}

// grow gives the heap room beside so many live bytes, rounded so that it changes
// seldom: each change stops the world. GOGC=off stays off.
func (m *memory) grow(live uint64) {
	const step = 50
	percent := m.usual + int(100*room/max(live, leastLive))/step*step
	if m.usual < 0 || percent == m.grown {
		return
	}
	m.percent(percent)
	m.grown = percent
}

// shrink takes the room back, and returns the memory to the system.
func (m *memory) shrink() {
	m.mu.Lock()
	if m.grown != 0 {
		m.percent(m.usual)
		m.grown = 0
	}
	m.mu.Unlock()
	m.release()
}

// heap returns how often garbage was collected, and how many bytes were live
// the last time.
func heap() (cycles, live uint64) {
	samples := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}

package password

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A fakeHeap counts collections.
type fakeHeap struct {
	cycles, live uint64
	collected    int // by us
	released     atomic.Int64
	percent      atomic.Int64
}

func (f *fakeHeap) memory() *memory {
	return &memory{
		collect: func() { f.collected++; f.cycles++ }, release: func() { f.released.Add(1) },
		percent: func(percent int) int { return int(f.percent.Swap(int64(percent))) },
		heap:    func() (uint64, uint64) { return f.cycles, f.live },
	}
}

// TestGarbageIsCollected: a hash does not begin beside the garbage of two others, unless the collector has been there or has much else to mark.
func TestGarbageIsCollected(t *testing.T) {
	large := standardArgon2id.bytes()
	tests := []struct {
		name    string
		bytes   []int // of hashes, one after the other
		live    uint64
		between func(f *fakeHeap) // two hashes
		want    int
	}{
		{"one", []int{large}, 0, nil, 0},
		{"two", []int{large, large}, 0, nil, 0},
		{"three", []int{large, large, large}, 0, nil, 1},
		{"many", []int{large, large, large, large, large, large, large}, 0, nil, 3},
		{"many of bcrypt", []int{4096, 4096, 4096, 4096}, 0, nil, 0},
		{"bcrypt after argon2id", []int{large, large, 4096, 4096}, 0, nil, 1},
		{"imported, of 64 MiB", []int{64 << 20, large, large, large}, 0, nil, 2},
		{"collected already", []int{large, large, large}, 0, func(f *fakeHeap) { f.cycles++ }, 0},
		{"a large heap", []int{large, large, large}, largeHeap, nil, 0},
		{"not quite as large", []int{large, large, large}, largeHeap - 1, nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeHeap{live: tt.live, cycles: 7}
			m := f.memory()
			for _, bytes := range tt.bytes {
				hashed := false
				m.during(bytes, func() { hashed = true })
				if !hashed {
					t.Fatal("not hashed")
				}
				if tt.between != nil {
					tt.between(f)
				}
			}
			if f.collected != tt.want {
				t.Errorf("collected %d times, want %d", f.collected, tt.want)
			}
		})
	}
}

// TestMemoryIsReturned: some seconds after the last hash of argon2id, its memory
// goes back to the system, once.
func TestMemoryIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeHeap{}
		m := f.memory()
		m.during(4096, func() {})
		if time.Sleep(time.Minute); f.released.Load() != 0 {
			t.Error("returned after a hash of bcrypt")
		}
		for range 5 {
			m.during(standardArgon2id.bytes(), func() {})
			if time.Sleep(idleTime - time.Millisecond); f.released.Load() != 0 {
				t.Fatal("returned between two hashes")
			}
		}
		time.Sleep(time.Minute)
		m.during(standardArgon2id.bytes(), func() {})
		if time.Sleep(time.Minute); f.released.Load() != 2 {
			t.Errorf("returned %d times, want once after each pause", f.released.Load())
		}
	})
}

// TestHeapHasRoom: while passwords are hashed with argon2id the heap may grow by some
// 32 MiB more, however much is live, and then no more than before.
func TestHeapHasRoom(t *testing.T) {
	const MiB = 1 << 20
	tests := []struct {
		usual, bytes int
		live         uint64 // after the first collection
		first, later int64  // percentages
	}{
		{100, standardArgon2id.bytes(), 3 * MiB, 300, 300},
		{100, standardArgon2id.bytes(), 16 * MiB, 300, 300},
		{100, standardArgon2id.bytes(), 32 * MiB, 300, 200},
		{100, standardArgon2id.bytes(), 640 * MiB, 300, 100},
		{200, standardArgon2id.bytes(), 32 * MiB, 400, 300},
		{100, 4096, 3 * MiB, 100, 100},
		{-1, standardArgon2id.bytes(), 3 * MiB, -1, -1}, // GOGC=off
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeHeap{}
			f.percent.Store(int64(tt.usual))
			m := f.memory()
			m.during(tt.bytes, func() {
				if got := f.percent.Load(); got != tt.first {
					t.Errorf("%+v: %d at first", tt, got)
				}
			})
			f.cycles, f.live = 1, tt.live
			m.during(tt.bytes, func() {})
			if got := f.percent.Load(); got != tt.later {
				t.Errorf("%+v: %d later", tt, got)
			}
			if time.Sleep(time.Minute); f.percent.Load() != int64(tt.usual) {
				t.Errorf("%+v: %d after a pause", tt, f.percent.Load())
			}
		})
	}
}

// TestHasherCollects: the hasher does so for what it hashes and what it verifies,
// also with several at once.
func TestHasherCollects(t *testing.T) {
	h := hasher(t, cheapArgon2id)
	encoded := hashed(t, cheapArgon2id, "correct horse")
	f := &fakeHeap{}
	h.memory = f.memory()
	h.memory.garbage = keptGarbage
	if match, _, err := h.Verify(t.Context(), "correct horse", encoded); err != nil || !match || f.collected != 1 {
		t.Errorf("verified: %v, %v, collected %d times", match, err, f.collected)
	}
	h.memory.garbage = keptGarbage
	if _, err := h.Hash(t.Context(), "correct horse"); err != nil || f.collected != 2 {
		t.Errorf("hashed: %v, collected %d times", err, f.collected)
	}
	h.memory.garbage = keptGarbage
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if err := h.VerifyDummy(t.Context(), "correct horse"); err != nil {
				t.Error(err)
			}
		})
	}
	if both.Wait(); f.collected != 3 {
		t.Errorf("collected %d times, want once for two at once", f.collected)
	}
}

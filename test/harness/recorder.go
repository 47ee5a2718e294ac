package harness

import (
	"bytes"
	"sync"
)

// A Recorder keeps what is written to it, such as a log. Its zero value is
// ready, and it may be used by several goroutines.
type Recorder struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *Recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *Recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

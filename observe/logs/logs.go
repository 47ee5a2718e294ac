// Package logs writes the log without making its callers wait: what reads it
// may be slow, or have stopped.
package logs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// limit is how many bytes of lines wait to be written, about 4,000 lines. More
// are lost.
const limit = 1 << 20

// gather is how long lines are collected after some were written. A write for
// each would take a system call and a change of threads for each request. A line
// that comes later than that after the last one is written at once.
const gather = 20 * time.Millisecond

// urgent is how many bytes of lines end the collecting.
const urgent = limit / 4

// flushTimeout is how long Close waits for the lines that have not been written.
const flushTimeout = 2 * time.Second

// A Log is a log whose lines are written in the background. The zero value is
// of no use: see [New].
type Log struct {
	*slog.Logger
	out   io.Writer
	gap   bytes.Buffer // where gaps writes
	gaps  slog.Handler // of the line that says how many lines were lost
	now   func() time.Time
	lost  atomic.Int64
	ended chan struct{}
	wake  chan struct{} // there is something to do at once

	mu      sync.Mutex
	waiting []byte // whole lines
	missing int    // lines lost after them
	idle    bool   // run waits for the next line
	closed  bool
}

// New returns a log that writes to out, with lines that handler formats.
func New(out io.Writer, handler func(io.Writer) slog.Handler, now func() time.Time) *Log {
	l := &Log{out: out, now: now, ended: make(chan struct{}), wake: make(chan struct{}, 1)}
	l.gaps = handler(&l.gap)
	l.Logger = slog.New(handler(writer{l}))
	go l.run()
	return l
}

// Lost returns how many lines were lost so far.
func (l *Log) Lost() int64 { return l.lost.Load() }

// A writer takes the lines of a log.
type writer struct{ log *Log }

// Write keeps a line until it is written. It never waits for that, and never
// fails.
func (w writer) Write(line []byte) (int, error) {
	l := w.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.missing > 0 || len(l.waiting)+len(line) > limit { // no line goes before one that is lost
		l.missing++
		l.lost.Add(1)
	} else {
		l.waiting = append(l.waiting, line...)
	}
	if n := len(l.waiting); l.idle || n > urgent && n-len(line) <= urgent {
		l.hurry()
	}
	return len(line), nil
}

// hurry makes run look for lines at once.
func (l *Log) hurry() {
	select {
	case l.wake <- struct{}{}:
	default: // it will
	}
}

// Close writes the lines that wait, and reports whether all were written within
// two seconds. Lines that are logged later are lost.
func (l *Log) Close() bool {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.hurry()
	select {
	case <-l.ended:
		return true
	case <-time.After(flushTimeout):
		return false
	}
}

// run writes lines until the log is closed and nothing waits.
func (l *Log) run() {
	defer close(l.ended)
	var spare []byte
	failed := 0 // lines that could not be written, and of which no line tells yet
	for {
		lines, missing, more := l.take(spare)
		if !more {
			return
		}
		if failed > 0 && l.write(l.describe(failed)) == nil {
			failed = 0
		}
		before := failed
		if rest := l.write(lines); rest != nil {
			failed += bytes.Count(rest, []byte{'\n'})
		}
		l.lost.Add(int64(failed - before))
		if missing > 0 && (failed > 0 || l.write(l.describe(missing)) != nil) {
			failed += missing
		}
		if spare = lines[:0]; cap(spare) > 2*urgent {
			spare = nil // of a backlog, which is rare
		}
		l.pause()
	}
}

// pause lets lines gather.
func (l *Log) pause() {
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return
	}
	select {
	case <-time.After(gather):
	case <-l.wake:
	}
}

// take waits for lines and takes them, and how many were lost after them. It
// leaves spare in their place. There are no more once the log is closed.
func (l *Log) take(spare []byte) (lines []byte, missing int, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && l.missing == 0 && !l.closed {
		l.idle = true
		l.mu.Unlock()
		<-l.wake
		l.mu.Lock()
		l.idle = false
	}
	lines, missing = l.waiting, l.missing
	l.waiting, l.missing = spare, 0
	return lines, missing, len(lines) > 0 || missing > 0
}

// describe returns the line that stands for lost ones.
func (l *Log) describe(missing int) []byte {
	l.gap.Reset()
	line := slog.NewRecord(l.now(), slog.LevelWarn, "lines of the log are missing here: what reads it was slow, or could not be written to", 0)
	line.AddAttrs(slog.Int("lines", missing))
	_ = l.gaps.Handle(context.Background(), line)
	return l.gap.Bytes()
}

// write writes lines. It returns those that can't be written, because the reader
// has gone or a disk is full; nil for none.
func (l *Log) write(lines []byte) []byte {
	for len(lines) > 0 {
		n, err := l.out.Write(lines)
		lines = lines[n:]
		switch {
		case err == nil:
		case errors.Is(err, syscall.EAGAIN): // another program that has the file made it non-blocking
			time.Sleep(10 * time.Millisecond)
		default:
			return lines
		}
	}
	return nil
}

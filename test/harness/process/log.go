package process

import (
	"io"
	"os"
)

// A log is the file that holds what a process writes. It has no name, so it
// goes with the last handle on it, and writing to it costs this process
// nothing.
type log struct{ file *os.File }

func newLog() (*log, error) {
	named, err := os.CreateTemp("", "gatehouse-process-*.log")
	if err != nil {
		return nil, err
	}
	defer os.Remove(named.Name())
	defer named.Close()
	// In append mode, so that the process goes on at the start once the file
	// has been emptied.
	file, err := os.OpenFile(named.Name(), os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	return &log{file}, nil
}

// read returns the last limit bytes, or everything if limit is 0.
func (l *log) read(limit int64) string {
	info, err := l.file.Stat()
	if err != nil {
		return ""
	}
	start := int64(0)
	if limit > 0 {
		start = max(0, info.Size()-limit)
	}
	text, _ := io.ReadAll(io.NewSectionReader(l.file, start, info.Size()-start))
	return string(text)
}

func (l *log) empty() { _ = l.file.Truncate(0) }

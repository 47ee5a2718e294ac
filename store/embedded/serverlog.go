package embedded

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// logLimit is the size, in bytes, from which on a new log is begun at the next start; one old one is kept.
const logLimit = 1 << 20

// serverLog is the file that the server writes to. It is ours: the server has it open, but can't enter its folder.
type serverLog struct {
	file  *os.File
	begin int64 // where this run's lines begin
}

func openLog(path string) (*serverLog, error) {
	if fi, err := os.Lstat(path); err == nil && fi.Size() > logLimit {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, fmt.Errorf("%w: %w", errDataDir, err)
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND|noFollow, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDataDir, err)
	}
	begin, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: %w", errDataDir, err)
	}
	return &serverLog{file: f, begin: begin}, nil
}

// tail is the last of what this run's server wrote.
func (l *serverLog) tail() string {
	b, err := io.ReadAll(io.NewSectionReader(l.file, l.begin, logLimit))
	if err != nil {
		return ""
	}
	return lastLines(string(b))
}

// lastLines are the last ten, of a sensible length, of what a program wrote.
func lastLines(s string) string {
	const lines, bytes = 10, 2000
	all := strings.Split(strings.TrimSpace(s), "\n")
	s = strings.Join(all[max(0, len(all)-lines):], "\n")
	return strings.ToValidUTF8(s[max(0, len(s)-bytes):], "")
}

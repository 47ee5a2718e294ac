package embedded

import (
	"fmt"
	"io"
	"os"

	"gatehouse/store/embedded/runas"
)

// logLimit is the size in bytes above which the next start begins a new log. One old log is kept.
const logLimit = 1 << 20

// A serverLog is the file that the server writes its log to. It belongs to us: the server has it
// open, but can't enter its folder.
type serverLog struct {
	file  *os.File
	begin int64 // the offset of this run's first line
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

// tail returns the last lines that the server of this run wrote.
func (l *serverLog) tail() string {
	b, err := io.ReadAll(io.NewSectionReader(l.file, l.begin, logLimit))
	if err != nil {
		return ""
	}
	return runas.LastLines(string(b))
}

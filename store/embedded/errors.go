package embedded

import (
	"errors"
	"fmt"
	"regexp"
)

// Each failure wraps one of these, followed by advice.
var (
	errUnsupported = errors.New("the embedded database is not available on this system: set DATABASE_URL")
	errDataDir     = errors.New("the data directory can't be used")
	errForeign     = errors.New("not a database of Gatehouse")
	errStart       = errors.New("the database did not start")
	errDiskFull    = errors.New("the disk is full")
	errEnvironment = errors.New("an environment variable would make the database driver connect elsewhere")
)

// An InUseError says which process uses the data directory.
type InUseError struct {
	DataDir string
	PID     int // 0 if unknown
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("the data directory %s is in use by process %d: stop that process, or set another DATA_DIR", e.DataDir, e.PID)
}

// diskFull matches the messages of PostgreSQL's programs (in the C locale) and of Go for a full
// disk.
var diskFull = regexp.MustCompile(`(?i)no space left on device|check free disk space`)

// failure wraps kind with the output of a program that worked on dir. If the disk was full, it says
// so first.
func failure(kind error, dir, output string) error {
	if diskFull.MatchString(output) {
		return fmt.Errorf("%w: free some space for %s, or set another DATA_DIR; the output was:\n%s", errDiskFull, dir, output)
	}
	if output == "" {
		output = "(nothing)"
	}
	return fmt.Errorf("%w (%s); the output was:\n%s", kind, dir, output)
}

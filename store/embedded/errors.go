package embedded

import (
	"errors"
	"fmt"
	"regexp"
)

// Each failure is one of these, followed by what a person can do about it.
var (
	errUnsupported = errors.New("an embedded database is not available on this system: set DATABASE_URL")
	errDataDir     = errors.New("the data directory can't be used")
	errForeign     = errors.New("not a database of ours")
	errNoPrograms  = errors.New("no PostgreSQL programs (initdb, postgres) found")
	errMajor       = errors.New("the data and the programs are of different PostgreSQL versions")
	errUnusable    = errors.New("the PostgreSQL programs would not run")
	errFetch       = errors.New("PostgreSQL could not be fetched")
	errStart       = errors.New("the database did not start")
	errDiskFull    = errors.New("the disk is full")
	errEnvironment = errors.New("an environment variable would lead the database driver elsewhere")
)

// InUseError says which process has the data directory.
type InUseError struct {
	DataDir string
	PID     int // 0 where it could not be told
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("the data directory %s is in use by process %d: stop that one, or set another DATA_DIR", e.DataDir, e.PID)
}

// diskFull is how Postgres' programs (in the C locale) and Go say that the disk is.
var diskFull = regexp.MustCompile(`(?i)no space left on device|check free disk space`)

// failure is kind with what a program wrote while it worked on dir; where the disk was full it says so first.
func failure(kind error, dir, output string) error {
	if diskFull.MatchString(output) {
		return fmt.Errorf("%w: make room where %s is, or set another DATA_DIR; this was written:\n%s", errDiskFull, dir, output)
	}
	if output == "" {
		output = "(nothing)"
	}
	return fmt.Errorf("%w (%s); this was written:\n%s", kind, dir, output)
}

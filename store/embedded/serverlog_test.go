package embedded

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLogTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), logFile)
	must(t, os.WriteFile(path, []byte("of an earlier run\n"), 0o600))
	log, err := openLog(path)
	must(t, err)
	defer log.file.Close()
	if got := log.tail(); got != "" {
		t.Errorf("tail %q before anything is written", got)
	}
	_, err = log.file.WriteString("first\nsecond\n")
	must(t, err)
	if got := log.tail(); got != "first\nsecond" {
		t.Errorf("tail %q", got)
	}
}

func TestLogIsRotated(t *testing.T) {
	path := filepath.Join(t.TempDir(), logFile)
	must(t, os.WriteFile(path, make([]byte, logLimit+1), 0o600))
	log, err := openLog(path)
	must(t, err)
	defer log.file.Close()
	if log.begin != 0 {
		t.Errorf("the new log begins at %d", log.begin)
	}
	if fi, err := os.Stat(path + ".old"); err != nil || fi.Size() != logLimit+1 {
		t.Errorf("the old log: %v, %v", fi, err)
	}
}

func TestLogMustNotBeLink(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, logFile)))
	if log, err := openLog(filepath.Join(dir, logFile)); err == nil {
		log.file.Close()
		t.Error("a link was followed")
	}
}

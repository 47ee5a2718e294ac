package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestServerEndsWithItsService kills a service and starts no other.
func TestServerEndsWithItsService(t *testing.T) {
	cfg := existing(t)
	startChild(t, "serve", cfg.DataDir).kill(t)

	f, err := os.OpenFile(filepath.Join(cfg.DataDir, pgFolder, majorFile), os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	must(t, poll(ctx, func() (bool, error) {
		err := flock(f, exclusive)
		if errors.Is(err, errLocked) {
			return false, nil
		}
		return true, err
	}))
}

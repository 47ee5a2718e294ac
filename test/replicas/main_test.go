package replicas_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/store/storetest"
)

// A program is the service, built once for all tests.
type program struct {
	dir   string
	build func() (path string, err error)
}

var service = newProgram()

func newProgram() *program {
	p := &program{}
	p.build = sync.OnceValues(func() (string, error) {
		var err error
		if p.dir, err = os.MkdirTemp("", "gatehouse-replicas-"); err != nil {
			return "", err
		}
		path := filepath.Join(p.dir, "gatehouse")
		if output, err := exec.Command("go", "build", "-o", path, "gatehouse").CombinedOutput(); err != nil {
			return "", fmt.Errorf("go build: %w: %s", err, output)
		}
		return path, nil
	})
	return p
}

func TestMain(m *testing.M) {
	status := storetest.Run(m)
	if service.dir != "" {
		_ = os.RemoveAll(service.dir)
	}
	os.Exit(status)
}

// rounds is how often to do what is to be done n times; in a short run, a tenth of it.
func rounds(n int) int {
	if testing.Short() {
		return max(1, n/10)
	}
	return n
}

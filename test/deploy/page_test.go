// Package deploy tests what docs/deploy.md says and the files in deploy/: what runs here
// is taken out of the page itself.
package deploy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const root = "../.."

// read returns the text of a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var fence = regexp.MustCompile("(?ms)^( *)```(\\w+)\n(.*?)^ *```$")

// block returns the only code block of the page in a language that contains a text.
func block(t *testing.T, language, with string) string {
	t.Helper()
	var found []string
	for _, match := range fence.FindAllStringSubmatch(read(t, "docs/deploy.md"), -1) {
		text := regexp.MustCompile("(?m)^"+match[1]).ReplaceAllString(match[3], "")
		if match[2] == language && strings.Contains(text, with) {
			found = append(found, text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the page has %d blocks in %s with %q", len(found), language, with)
	}
	return found[0]
}

// replaced returns a text with each of some parts replaced, which must be there.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("no %q in:\n%s", pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// built are the programs that .ci/deploy builds, which takes many minutes. It sets
// RELEASE_DIST, and .ci/run does not.
var built = []string{"helm", "kubeconform", "kustomize"}

// needs skips a test unless the programs are on the PATH, or fails if CI=true.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		_, err := exec.LookPath(name)
		switch {
		case err == nil:
		case os.Getenv("CI") == "true" && (os.Getenv("RELEASE_DIST") != "" || !slices.Contains(built, name)):
			t.Fatal(err)
		default:
			t.Skip(err)
		}
	}
}

// run runs a program in a folder with an input, and returns what it wrote.
func run(t *testing.T, dir, input, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var output bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, strings.NewReader(input), &output, &output
	err := cmd.Run()
	return output.String(), err
}

// shell runs commands of the page in a folder.
func shell(t *testing.T, dir, commands string) {
	t.Helper()
	if output, err := run(t, dir, commands, "sh", "-eu"); err != nil {
		t.Fatalf("%v\n%s\n%s", err, commands, output)
	}
}

// write writes a file for a program that may run as another user.
func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Package embedding follows docs/embedding.md, step by step, in an empty folder
// outside this repository.
package embedding

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gatehouse/auth/policy"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

// serve is the step that starts the service of the page.
const serve = "go run .\n"

// TestPage runs each block of shell commands, writes each file, and compares
// each JSON block with what the commands before it print. Only addresses differ.
func TestPage(t *testing.T) {
	settings := harness.Environ(storetest.DSN(t))
	address := harness.FreeAddress(t)
	issuer := "http://" + address
	settings = append(settings, "PUBLIC_URL="+issuer)
	gatehouse := harness.Begin(t, harness.Config(t, t.TempDir(), append(settings, "ADDR="+address)))
	gatehouse.Process.URL = issuer
	if err := gatehouse.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}

	page, err := os.ReadFile("../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	shop := harness.FreeAddress(t)
	text := strings.NewReplacer(
		"http://localhost:8080", issuer, "localhost:8081", shop, "127.0.0.1:8081", shop,
	).Replace(string(page))

	sh := newShell(t, emptyFolder(t), environ(t, settings))
	printed, served, compared := "", false, 0
	for _, s := range stepsOf(t, text) {
		switch {
		case s.file != "":
			write(t, filepath.Join(sh.dir, s.file), s.text)
		case s.text == serve:
			sh.begin(t, s.text)
			harness.Eventually(t, "the service of the page", func() bool { return answers("http://" + shop + "/graphql") })
			served = true
		case s.language == "sh":
			printed = sh.run(t, s.text)
		case s.language == "json":
			compare(t, printed, s.text)
			compared++
		default:
			t.Fatalf("a block that is nothing to do:\n%s", s.text)
		}
	}
	if printed != "" {
		t.Errorf("the module graph has %s", printed)
	}
	if !served || compared != 4 {
		t.Errorf("served: %t, %d answers were compared", served, compared)
	}
	t.Run("without skip_runtime", func(t *testing.T) { runsDirectives(t, sh) })
}

// runsDirectives: without the eleven lines of gqlgen.yml the service does not
// start, and says which they are.
func runsDirectives(t *testing.T, sh *shell) {
	path := filepath.Join(sh.dir, "gqlgen.yml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	without := strings.Replace(string(config), policy.GqlgenConfig, "", 1)
	if without == string(config) || strings.Count(policy.GqlgenConfig, "\n") != 11 {
		t.Fatal("the page doesn't show the eleven lines")
	}
	write(t, path, without)
	printed := sh.run(t, "go tool gqlgen generate; go run . 2>&1 || true")
	if !strings.Contains(printed, "runs @public, @authenticated, @hasRole, @hasScope, @authenticates, @sensitive, @delegable, @fresh, @factors, @scope itself") ||
		!strings.Contains(printed, strings.TrimSpace(policy.GqlgenConfig)) {
		t.Errorf("the service says %s", printed)
	}
}

// emptyFolder returns a folder outside of any module. It has a go.sum with
// the sums of this repository, so that no server is asked for any: the page
// needs no module that is not here.
func emptyFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), string(sums))
	return dir
}

// environ is the environment of a person with a checkout in $GATEHOUSE, whose
// commands have the settings of the service.
func environ(t *testing.T, settings []string) []string {
	t.Helper()
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), append(settings, "GATEHOUSE="+checkout)...)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// answers reports whether a server answers at a URL.
func answers(url string) bool {
	response, err := http.Post(url, "application/json", strings.NewReader(`{"query":"{ about }"}`))
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// compare fails unless what was printed last is the JSON of the page.
func compare(t *testing.T, printed, want string) {
	t.Helper()
	var a, b any
	last := printed[strings.LastIndex(printed, "\n")+1:]
	if err := json.Unmarshal([]byte(last), &a); err != nil {
		t.Fatalf("%v: %s", err, printed)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatalf("the page: %v: %s", err, want)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("the answer is\n%s\nthe page says\n%s", last, want)
	}
}

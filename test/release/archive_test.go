package release

import (
	"bufio"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// unpacked unpacks the archive of a platform and returns its folder.
func unpacked(t *testing.T, platform string) string {
	t.Helper()
	dir := t.TempDir()
	run(t, "tar", "-xzf", one(t, "gatehouse_*_"+platform+".tar.gz"), "-C", dir)
	for _, name := range []string{"gatehouse", "LICENSE", "CHANGELOG.md", "gatehouse.1"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s: %v", platform, err)
		}
	}
	return dir
}

// Each program is for its platform, needs no library, and has no symbols.
func TestPrograms(t *testing.T) {
	for platform, machine := range map[string]elf.Machine{"linux_amd64": elf.EM_X86_64, "linux_arm64": elf.EM_AARCH64} {
		program, err := elf.Open(filepath.Join(unpacked(t, platform), "gatehouse"))
		if err != nil {
			t.Fatal(err)
		}
		if program.Machine != machine {
			t.Errorf("%s: the program is for %v", platform, program.Machine)
		}
		if libraries, err := program.ImportedLibraries(); err != nil || len(libraries) > 0 || program.Section(".interp") != nil {
			t.Errorf("%s: the program needs %q, %v", platform, libraries, err)
		}
		if program.Section(".symtab") != nil || program.Section(".debug_info") != nil {
			t.Errorf("%s: the program has symbols", platform)
		}
		_ = program.Close()
	}
	program, err := macho.Open(filepath.Join(unpacked(t, "darwin_arm64"), "gatehouse"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = program.Close() }()
	if program.Cpu != macho.CpuArm64 || program.Section("__debug_info") != nil || program.Section("__zdebug_info") != nil {
		t.Errorf("darwin_arm64: the program is for %v", program.Cpu)
	}
}

// The version of a program is that of its archive, with the commit it was built from.
func TestVersion(t *testing.T) {
	program := filepath.Join(unpacked(t, "linux_"+runtime.GOARCH), "gatehouse")
	want := "v" + version(t)
	if line := run(t, program, "--version"); !strings.HasPrefix(line, "gatehouse "+want+" commit ") {
		t.Errorf("--version: %s, want %s", line, want)
	}
	var built struct {
		Version, Commit, Time string
		Modified              bool
	}
	if err := json.Unmarshal([]byte(run(t, program, "version", "--json")), &built); err != nil {
		t.Fatal(err)
	}
	commit := strings.TrimSpace(run(t, "git", "rev-parse", "HEAD"))
	if built.Version != want || os.Getenv("CI") == "true" && (built.Commit != commit || built.Modified) {
		t.Errorf("version --json: %+v, want %s of %s", built, want, commit)
	}
	newest := regexp.MustCompile(`(?m)^## (\d+\.\d+\.\d+)`).FindStringSubmatch(string(read(t, "../../CHANGELOG.md")))
	if newest == nil || !strings.HasPrefix(version(t), newest[1]+"-snapshot-") {
		t.Errorf("the snapshot is of %s, CHANGELOG.md begins with %q", version(t), newest)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// checksums.txt has every file that is downloaded.
func TestChecksums(t *testing.T) {
	sums := map[string]string{}
	for line := range strings.Lines(string(read(t, one(t, "checksums.txt")))) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[name] = sum
	}
	for _, pattern := range []string{"*.tar.gz", "*.deb", "*.rpm", "*.cdx.json"} {
		found, err := filepath.Glob(filepath.Join(dist(t), pattern))
		if err != nil || len(found) < 2 {
			t.Fatalf("%s: %q, %v", pattern, found, err)
		}
		for _, path := range found {
			sum := sha256.Sum256(read(t, path))
			if name := filepath.Base(path); sums[name] != hex.EncodeToString(sum[:]) {
				t.Errorf("checksums.txt has %q for %s", sums[name], name)
			}
		}
	}
}

// The bill of materials of a program has every module of others that was linked into it.
func TestBillOfMaterials(t *testing.T) {
	var bill struct {
		BOMFormat string
		Metadata  struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(read(t, one(t, "*_linux_"+runtime.GOARCH+".cdx.json")), &bill); err != nil {
		t.Fatal(err)
	}
	if bill.BOMFormat != "CycloneDX" || bill.Metadata.Component.Name != "gatehouse" || bill.Metadata.Component.Version != "v"+version(t) {
		t.Errorf("the bill is of %+v", bill.Metadata.Component)
	}
	listed := map[string]bool{}
	for _, c := range bill.Components {
		listed[c.Name] = true
	}
	modules := bufio.NewScanner(strings.NewReader(run(t, "go", "version", "-m", filepath.Join(unpacked(t, "linux_"+runtime.GOARCH), "gatehouse"))))
	n := 0
	for modules.Scan() {
		if fields := strings.Fields(modules.Text()); len(fields) > 2 && fields[0] == "dep" && !strings.HasPrefix(fields[1], "gatehouse/") {
			n++
			if !listed[fields[1]] {
				t.Errorf("the bill lacks %s", fields[1])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d modules are in the program", n)
	}
}

// The cask installs the archives by their checksums.
func TestCask(t *testing.T) {
	path := one(t, "homebrew/Casks/gatehouse.rb")
	cask := string(read(t, path))
	for _, platform := range []string{"darwin_arm64", "linux_amd64", "linux_arm64"} {
		sum := sha256.Sum256(read(t, one(t, "gatehouse_*_"+platform+".tar.gz")))
		if !strings.Contains(cask, hex.EncodeToString(sum[:])) {
			t.Errorf("the cask lacks the checksum of %s", platform)
		}
	}
	for _, want := range []string{`version "` + version(t) + `"`, `binary "gatehouse"`, `com.apple.quarantine`} {
		if !strings.Contains(cask, want) {
			t.Errorf("the cask lacks %s:\n%s", want, cask)
		}
	}
	if ruby, err := exec.LookPath("ruby"); err == nil {
		run(t, ruby, "-c", path)
	}
}

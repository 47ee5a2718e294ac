package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

// installed are the files of the package, with their modes.
var installed = map[string]os.FileMode{
	"/usr/bin/gatehouse":                    0o755,
	"/etc/gatehouse/gatehouse.env":          0o600,
	"/usr/lib/sysusers.d/gatehouse.conf":    0o644,
	"/usr/share/man/man1/gatehouse.1":       0o644,
	"/usr/share/doc/gatehouse/copyright":    0o644,
	"/lib/systemd/system/gatehouse.service": 0o644,
}

// The package for Debian installs the program, its unit and its settings, makes the
// user, says what to do next, and starts nothing. Settings that were edited stay.
func TestDebian(t *testing.T) {
	needsRoot(t)
	needs(t, "dpkg", "systemd-analyze", "systemd-sysusers", "unshare", "setpriv")
	if os.Getenv("CI") != "true" {
		t.Skip("installs the package, in CI only")
	}
	path := one(t, "gatehouse_*_"+runtime.GOARCH+".deb")
	t.Cleanup(func() { _ = exec.Command("dpkg", "--purge", "gatehouse").Run() })
	said := run(t, "dpkg", "--install", path)
	for _, want := range []string{"not started", "edit /etc/gatehouse/gatehouse.env", "gatehouse config check", "systemctl enable --now gatehouse"} {
		if !strings.Contains(said, want) {
			t.Errorf("the package does not say %q: %s", want, said)
		}
	}
	for path, mode := range installed {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if line := run(t, "gatehouse", "--version"); !strings.HasPrefix(line, "gatehouse v"+version(t)+" ") {
		t.Errorf("--version: %s", line)
	}
	t.Run("unedited", unedited)
	t.Run("unit", unit)
	t.Run("service", service)

	edited := strings.Replace(string(read(t, "/etc/gatehouse/gatehouse.env")), "PUBLIC_URL=", "PUBLIC_URL=https://id.example.com", 1)
	if err := os.WriteFile("/etc/gatehouse/gatehouse.env", []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := run(t, "dpkg", "--install", path); !strings.Contains(said, "upgraded and not restarted") {
		t.Errorf("an upgrade says: %s", said)
	}
	run(t, "dpkg", "--remove", "gatehouse")
	if string(read(t, "/etc/gatehouse/gatehouse.env")) != edited {
		t.Error("the settings that were edited are gone")
	}
	run(t, "dpkg", "--purge", "gatehouse")
	if _, err := os.Stat("/etc/gatehouse/gatehouse.env"); !os.IsNotExist(err) {
		t.Errorf("settings after a purge: %v", err)
	}
}

// unedited settings say what to fill in.
func unedited(t *testing.T) {
	cmd := exec.Command("gatehouse", "config", "check")
	cmd.Dir, cmd.Env = "/etc/gatehouse", []string{"PATH=" + os.Getenv("PATH")}
	said, err := cmd.CombinedOutput()
	for _, want := range []string{"PUBLIC_URL is required", "SECRET_KEY is required", "openssl rand -base64 32"} {
		if err == nil || !strings.Contains(string(said), want) {
			t.Errorf("%v, want %q: %s", err, want, said)
		}
	}
}

// unit checks that systemd understands the unit, and how exposed the service is.
func unit(t *testing.T) {
	const path = "/lib/systemd/system/gatehouse.service"
	if said := run(t, "systemd-analyze", "verify", "--man=no", path); strings.Contains(said, "gatehouse") {
		t.Errorf("systemd-analyze verify: %s", said)
	}
	run(t, "systemd-analyze", "security", "--offline=true", "--threshold=15", path) // 1.5 of 10
}

// setting returns the values of a name in the unit.
func setting(t *testing.T, name string) []string {
	t.Helper()
	var values []string
	for _, found := range regexp.MustCompile(`(?m)^`+name+`=(.*)$`).FindAllStringSubmatch(string(read(t, "/lib/systemd/system/gatehouse.service")), -1) {
		values = append(values, found[1])
	}
	return values
}

// service runs the unit's command under those of its restrictions that can be had
// without systemd: its user without capabilities or a way to get any, a file system that
// can't be written except for its state and its own /tmp, and no home directories.
func service(t *testing.T) {
	for name, want := range map[string]string{
		"User": "gatehouse", "ProtectSystem": "strict", "PrivateTmp": "yes", "ProtectHome": "yes", "NoNewPrivileges": "yes",
		"CapabilityBoundingSet": "", "StateDirectory": "gatehouse", "EnvironmentFile": "/etc/gatehouse/gatehouse.env",
	} {
		if got := setting(t, name); len(got) != 1 || got[0] != want {
			t.Fatalf("the unit has %s=%q", name, got)
		}
	}
	const state = "/var/lib/gatehouse"
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(state) })
	run(t, "chown", "gatehouse:gatehouse", state)
	const script = `
		mount --make-rprivate /
		mount --bind /var/lib/gatehouse /var/lib/gatehouse
		mount -o remount,bind,ro /
		mount -t tmpfs tmpfs /tmp
		mount -t tmpfs -o mode=000 tmpfs /root
		mount -t tmpfs -o mode=000 tmpfs /home
		cd /var/lib/gatehouse
		exec setpriv --reuid gatehouse --regid gatehouse --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"`
	c := process.Config{
		Program: "unshare", Args: append([]string{"--mount", "sh", "-ec", script, "sh"}, strings.Fields(setting(t, "ExecStart")[0])...),
		Dir: filepath.Dir(state), Environ: harness.Environ(overTCP(t)),
	}
	p := harness.Begin(t, c)
	if err := p.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Register(t, harness.AdaEmail, harness.AdaPassword)
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// The package for Red Hat has the same files and scripts.
func TestRPM(t *testing.T) {
	needs(t, "rpm")
	path := one(t, "gatehouse-*."+map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]+".rpm")
	listed := run(t, "rpm", "--query", "--package", "--dump", path)
	for name, mode := range installed {
		name = strings.Replace(name, "/lib/systemd", "/usr/lib/systemd", 1)
		line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` .*$`).FindString(listed)
		if fields := strings.Fields(line); len(fields) < 8 || !strings.HasSuffix(fields[4], permissions(mode)) || name == "/etc/gatehouse/gatehouse.env" && fields[7] != "1" {
			t.Errorf("%s: %q", name, line)
		}
	}
	if said := run(t, "rpm", "--query", "--package", "--scripts", path); !strings.Contains(said, "not started") || !strings.Contains(said, "disable --now") {
		t.Errorf("the scripts: %s", said)
	}
	license := run(t, "rpm", "--query", "--package", "--queryformat", "%{LICENSE} %{VERSION}", path)
	if !strings.HasPrefix(license, "Apache-2.0 0.") {
		t.Errorf("the package is of %s", license)
	}
}

// permissions writes a mode as rpm does, in octal.
func permissions(mode os.FileMode) string {
	const digits = "01234567"
	return string([]byte{digits[mode>>6&7], digits[mode>>3&7], digits[mode&7]})
}

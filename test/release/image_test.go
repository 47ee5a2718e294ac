package release

import (
	"archive/tar"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

// images returns the images of the layout by their platform.
func images(t *testing.T) map[string]v1.Image {
	t.Helper()
	index, err := layout.ImageIndexFromPath(one(t, "image"))
	if err != nil {
		t.Fatal(err)
	}
	top, err := index.IndexManifest()
	if err != nil || len(top.Manifests) != 1 || top.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "v"+version(t) {
		t.Fatalf("the layout has %+v, %v", top, err)
	}
	if index, err = index.ImageIndex(top.Manifests[0].Digest); err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]v1.Image{}
	for _, m := range manifest.Manifests {
		if all[m.Platform.String()], err = index.Image(m.Digest); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// The image of each platform is small, and says that the service runs as a user who is
// not root, on all addresses, and how its health is checked.
func TestImage(t *testing.T) {
	all := images(t)
	if len(all) != 2 {
		t.Errorf("there are %d images", len(all))
	}
	for _, arch := range []string{"amd64", "arm64"} {
		image := all["linux/"+arch]
		if image == nil {
			t.Fatalf("no image for %s", arch)
		}
		layers, err := image.Layers()
		if err != nil || len(layers) != 1 {
			t.Fatalf("%s: %d layers, %v", arch, len(layers), err)
		}
		size, err := layers[0].Size()
		if err != nil || size > imageBound {
			t.Errorf("%s: the image has %d bytes, %v", arch, size, err)
		}
		t.Logf("%s: %.1f MB", arch, float64(size)/1e6)
		if kind, err := image.MediaType(); err != nil || kind != types.OCIManifestSchema1 {
			t.Errorf("%s: the image is of the type %s, %v", arch, kind, err)
		}
		file, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		c := file.Config
		if file.OS != "linux" || file.Architecture != arch || c.User != "65532:65532" || c.WorkingDir != "/" ||
			!slices.Equal(c.Env, []string{"ADDR=:8080"}) || !slices.Equal(append(c.Entrypoint, c.Cmd...), []string{"/gatehouse", "serve"}) ||
			c.StopSignal != "SIGTERM" || c.Healthcheck == nil || !slices.Equal(c.Healthcheck.Test, []string{"CMD", "/gatehouse", "ready"}) ||
			c.Labels["org.opencontainers.image.version"] != "v"+version(t) {
			t.Errorf("%s: the image is run as %+v", arch, c)
		}
		if _, exposed := c.ExposedPorts["8080/tcp"]; !exposed {
			t.Errorf("%s: the image exposes %v", arch, c.ExposedPorts)
		}
	}
}

// root unpacks an image as a container engine does.
func root(t *testing.T, image v1.Image) string {
	t.Helper()
	dir := harness.Folder(t)
	flat := mutate.Extract(image)
	defer func() { _ = flat.Close() }()
	for files := tar.NewReader(flat); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, header.Name)
		if header.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		data, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, header.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

// The service of the image runs with a root that can't be written, as the image's user,
// in the image's files alone. It is healthy when it is ready, and not once it has stopped.
func TestImageRuns(t *testing.T) {
	needsRoot(t)
	needs(t, "unshare", "setpriv", "chroot")
	dir := root(t, images(t)["linux/"+runtime.GOARCH])
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(read(t, filepath.Join(dir, "etc/ssl/certs/ca-certificates.crt"))) {
		t.Error("the image has no certificate authorities")
	}
	inside := func(command ...string) (string, []string) {
		const script = `mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ` +
			`! touch "$0/tmp/file" 2>/dev/null && exec setpriv --no-new-privs chroot --userspec=65532:65532 "$0" "$@"`
		return "unshare", append([]string{"--mount", "sh", "-ec", script, dir}, command...)
	}
	environ := harness.Environ(overTCP(t))
	c := process.Config{Dir: dir, Environ: environ}
	c.Program, c.Args = inside("/gatehouse", "serve")
	p := harness.Begin(t, c)
	if err := p.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Register(t, harness.AdaEmail, harness.AdaPassword)
	health := func() (string, error) {
		c := process.Config{Dir: dir, Environ: append(environ, "ADDR="+p.Client.URL[len("http://"):])}
		c.Program, c.Args = inside("/gatehouse", "ready")
		output, err := c.Command().CombinedOutput()
		return string(output), err
	}
	if output, err := health(); err != nil || output != "ready\n" {
		t.Errorf("the health check of a service that is ready: %v, %q", err, output)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if output, err := health(); err == nil {
		t.Errorf("the health check of a service that has stopped: %q", output)
	}
}

// Without DATABASE_URL the image says what it lacks.
func TestImageWithoutSettings(t *testing.T) {
	needsRoot(t)
	dir := root(t, images(t)["linux/"+runtime.GOARCH])
	c := process.Config{Program: "chroot", Args: []string{"--userspec=65532:65532", dir, "/gatehouse", "serve"}, Dir: dir}
	output, err := c.Command().CombinedOutput()
	if err == nil || !strings.Contains(string(output), "or set DATABASE_URL") {
		t.Errorf("%v: %s", err, output)
	}
}

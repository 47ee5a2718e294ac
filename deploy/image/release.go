package main

import (
	"fmt"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// user is the user and the group of the service, by number: Kubernetes can tell
// only from a number that it is not root.
const user = "65532:65532"

// A release is what the images of all platforms have in common.
type release struct {
	version  string
	revision string
	created  time.Time
	programs []program
}

// A program is the service for one platform.
type program struct {
	platform *v1.Platform
	path     string
}

// write writes an OCI layout with one index of the images of all platforms.
func (r *release) write(folder string) error {
	index := v1.ImageIndex(empty.Index)
	for _, p := range r.programs {
		image, err := r.image(p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.platform, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: p.platform},
		})
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	to, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	return to.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": r.version}))
}

// image returns the image of one platform.
func (r *release) image(p program) (v1.Image, error) {
	layer, err := r.layer(p)
	if err != nil {
		return nil, err
	}
	image := mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
	image, err = mutate.Append(image, mutate.Addendum{
		Layer: layer, History: v1.History{Created: v1.Time{Time: r.created}, CreatedBy: "gatehouse/deploy/image"},
	})
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Variant = p.platform.OS, p.platform.Architecture, p.platform.Variant
	file.Created = v1.Time{Time: r.created}
	file.Config = r.config()
	return mutate.ConfigFile(image, file)
}

// config says how the service is run. The health check is an addition of Docker's
// to the OCI image: Podman and Kubernetes ignore it.
func (r *release) config() v1.Config {
	return v1.Config{
		User:         user,
		WorkingDir:   "/",
		Entrypoint:   []string{"/gatehouse"},
		Cmd:          []string{"serve"},
		Env:          []string{"ADDR=:8080"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		StopSignal:   "SIGTERM",
		Healthcheck: &v1.HealthConfig{
			Test:     []string{"CMD", "/gatehouse", "ready"},
			Interval: 5 * time.Second, Timeout: 5 * time.Second, StartPeriod: time.Minute, Retries: 2,
		},
		Labels: map[string]string{
			"org.opencontainers.image.title":       "Gatehouse",
			"org.opencontainers.image.description": "An identity service with a GraphQL API, whose schema is its access policy",
			"org.opencontainers.image.version":     r.version,
			"org.opencontainers.image.revision":    r.revision,
			"org.opencontainers.image.created":     r.created.Format(time.RFC3339),
			"org.opencontainers.image.licenses":    "Apache-2.0",
		},
	}
}

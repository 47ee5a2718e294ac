// Image writes the OCI image of a release as an OCI layout, without a container
// engine:
//
//	go run ./deploy/image -version v0.2.0 -revision 1f2e3d -created 2026-11-27T12:00:00Z \
//		-o dist/image linux/amd64=PROGRAM linux/arm64=PROGRAM
//
// The same arguments make the same image. crane push and skopeo copy send it to a
// registry.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var r release
	var created string
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.StringVar(&r.version, "version", "", "the version of the release, such as v0.2.0")
	flags.StringVar(&r.revision, "revision", "", "its commit")
	flags.StringVar(&created, "created", "", "the time of the commit (RFC 3339)")
	out := flags.String("o", "dist/image", "the folder to write, which must not exist")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if r.created, err = time.Parse(time.RFC3339, created); err != nil {
		return fmt.Errorf("-created: %w", err)
	}
	if r.version == "" || flags.NArg() == 0 {
		return fmt.Errorf("give -version, and for each platform its program, such as linux/amd64=dist/gatehouse")
	}
	for _, arg := range flags.Args() {
		platform, path, found := strings.Cut(arg, "=")
		parsed, err := v1.ParsePlatform(platform)
		if err != nil || !found {
			return fmt.Errorf("%q is not a platform and its program, such as linux/amd64=dist/gatehouse", arg)
		}
		r.programs = append(r.programs, program{parsed, path})
	}
	return r.write(*out)
}

// Command generate runs gqlgen in the current folder, and beside the executable
// schema writes direct.go: how package direct reads the fields of its types.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	c, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return fmt.Errorf("read gqlgen.yml: %w", err)
	}
	// What the file says of an older schema may not compile.
	if err := os.Remove(filename(c)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return api.Generate(c, api.AddPlugin(&plugin{}))
}

func filename(c *config.Config) string {
	return filepath.Join(filepath.Dir(c.Exec.Filename), "direct.go")
}

//go:embed direct.gotpl
var text string

// A plugin generates direct.go.
type plugin struct{}

// Name is the name by which gqlgen knows the plugin.
func (*plugin) Name() string { return "direct" }

// GenerateCode writes the file.
func (*plugin) GenerateCode(data *codegen.Data) error {
	return templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        filename(data.Config),
		Template:        text,
		Data:            data,
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
		Funcs: map[string]any{
			"appended": appended, "plain": plain, "listed": listed, "leaf": leaf, "described": described, "readable": readable, "possible": possible,
		},
	})
}

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// maxGone is the share of our time in the profile that functions may have which no longer exist.
const maxGone = 0.1

// The profile that releases are built with is of this program: the compiler ignores functions that
// it does not find.
func TestProfileIsCurrent(t *testing.T) {
	top, err := exec.CommandContext(t.Context(), "go", "tool", "pprof", "-top", "-unit=ms", "-nodefraction=0", "../../"+profileOfReleases).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, top)
	}
	times := functionTimes(string(top))
	missing, share := gone(times, declared(t, "../.."))
	if share > maxGone || len(times) < 100 {
		t.Errorf("%.0f %% of the time of %d functions is in %q, which don't exist: run go run ./test/bench -profile %s",
			100*share, len(times), missing, profileOfReleases)
	}
	if _, share := gone(times, nil); share != 1 {
		t.Errorf("without any function, %.2f of the time is gone", share)
	}
}

func TestFunctionTimes(t *testing.T) {
	times := functionTimes(`
      flat  flat%   sum%        cum   cum%
      40ms  4.00% 12.00%       90ms  9.00%  gatehouse/graph/direct.(*writer).field
      10ms  1.00% 13.00%       10ms  1.00%  gatehouse/graph/direct.(*writer).field.func1
         0     0% 13.00%      900ms 90.00%  gatehouse/server.Serve[go.shape.int]
      30ms  3.00% 16.00%       30ms  3.00%  runtime.mallocgc`)
	if len(times) != 2 || times["gatehouse/graph/direct.(*writer).field"] != 50 || times["gatehouse/server.Serve"] != 0 {
		t.Error(times)
	}
}

var (
	topLine = regexp.MustCompile(`(?m)^\s*([\d.]+)(?:ms)?\s+[\d.]+%\s+[\d.]+%\s+[\d.]+(?:ms)?\s+[\d.]+%\s+(gatehouse/.+)$`)
	// A package with a function or method. What follows is a closure in it, or a function that was
	// inlined, whose closure it is.
	outermost = regexp.MustCompile(`^[\w/]+\.(\(\*\w+\)\.\w+|\w+(\.\w+)?)`)
	arguments = regexp.MustCompile(`\[[^\[\]]*\]`) // of types; those of arguments come first
)

// functionTimes returns the time in ms of each of our functions in the output of pprof -top. A
// closure's is that of the function in which it is.
func functionTimes(top string) map[string]float64 {
	times := map[string]float64{}
	for _, line := range topLine.FindAllStringSubmatch(top, -1) {
		ms, _ := strconv.ParseFloat(line[1], 64)
		name := line[2]
		for arguments.MatchString(name) {
			name = arguments.ReplaceAllString(name, "")
		}
		times[outermost.FindString(name)] += ms
	}
	return times
}

// gone returns the functions that are not declared, and their share of the time.
func gone(times map[string]float64, declared map[string]bool) (missing []string, share float64) {
	var all, lost float64
	for name, ms := range times {
		all += ms
		function := name[:strings.LastIndex(name, ".")] // if the rest is a closure
		if !declared[name] && !declared[function] {
			missing = append(missing, name)
			lost += ms
		}
	}
	if all == 0 {
		return missing, 1
	}
	return missing, lost / all
}

// declared returns the names of all functions of the module and of those in its folder, as a
// profile has them.
func declared(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				names["gatehouse/"+filepath.ToSlash(folder)+"."+receiver(f)+f.Name.Name] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// receiver returns "T." or "(*T)." for a method, and "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	expr, pointer := f.Recv.List[0].Type, false
	if star, ok := expr.(*ast.StarExpr); ok {
		expr, pointer = star.X, true
	}
	switch generic := expr.(type) {
	case *ast.IndexExpr:
		expr = generic.X
	case *ast.IndexListExpr:
		expr = generic.X
	}
	name := expr.(*ast.Ident).Name
	if pointer {
		return "(*" + name + ")."
	}
	return name + "."
}

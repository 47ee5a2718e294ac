package dotenv_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/settings/dotenv"
)

// TestParse reads lines as people write them. A value is what is written.
func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       map[string]string
	}{
		{"no line", "", nil},
		{"blank lines and comments", "\n  \n# A=1\n\t# B=2\r\n", nil},
		{"plain", "A=1\nB=two words\n", map[string]string{"A": "1", "B": "two words"}},
		{"no line break at the end", "A=1", map[string]string{"A": "1"}},
		{"CRLF", "A=1\r\nB=\"2\"\r\n", map[string]string{"A": "1", "B": "2"}},
		{"empty", "A=\nB=''\nC=\"\"\nD= # none\n", map[string]string{"A": "", "B": "", "C": "", "D": ""}},
		{"blanks around", "  A = 1  \n\tB\t=\t2\t\n", map[string]string{"A": "1", "B": "2"}},
		{"export", "export A=1\nexport\tB='2'\nexporter=4", map[string]string{"A": "1", "B": "2", "exporter": "4"}},
		{"YAML", "A: 1\nB: 'x: y'\nC:\n", map[string]string{"A": "1", "B": "x: y", "C": ""}},
		{"names of others", "spring.url=1\nmy-name=2\n_x=3\n9A=4", map[string]string{"spring.url": "1", "my-name": "2", "_x": "3", "9A": "4"}},
		{"dollars", "A=pa$NAME2026\nB=$2026$$\nC=\"$x y\"\nD='${E}'\nE=a${B}c", map[string]string{
			"A": "pa$NAME2026", "B": "$2026$$", "C": "$x y", "D": "${E}", "E": "a${B}c",
		}},
		{"a comment", "A=1 # one\nB='a # b' # two\nC=\"#\"# three\nD=a#b\nE=\"a\"\t#\"", map[string]string{
			"A": "1", "B": "a # b", "C": "#", "D": "a#b", "E": "a",
		}},
		{"equals signs", "A=a=b==\nB==\n", map[string]string{"A": "a=b==", "B": "="}},
		{"a quote inside", "A=it's\nB=a\"b\nC=`\"'`\nD=\"it's\"\nE='say \"a\"'", map[string]string{
			"A": "it's", "B": `a"b`, "C": `"'`, "D": "it's", "E": `say "a"`,
		}},
		{"escapes", `A="a\nb\tc\"d\\e\$f"` + "\n" + `B="C:\data"` + "\n" + `C='a\nb'` + "\n" + `D=C:\new` + "\n" + `E="\\n"`, map[string]string{
			"A": "a\nb\tc\"d\\e$f", "B": `C:\data`, "C": `a\nb`, "D": `C:\new`, "E": `\n`,
		}},
		{"several lines", "A=\"-----BEGIN\nabc==\n# no comment\n-----END\"\nB='x\r\ny' # z\nC=`1\n2`", map[string]string{
			"A": "-----BEGIN\nabc==\n# no comment\n-----END", "B": "x\ny", "C": "1\n2",
		}},
		{"twice", "A=1\nA=2", map[string]string{"A": "2"}},
		{"the value again in the name", "AB=\"AB\"\nX=\"X=\"", map[string]string{"AB": "AB", "X": "X="}},
		{"other scripts", "A=Zoë ✓\nB=\"日本\"", map[string]string{"A": "Zoë ✓", "B": "日本"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries, faults := dotenv.Parse(tt.text)
			got := map[string]string{}
			for _, e := range entries {
				got[e.Name] = e.Value
			}
			if len(faults) > 0 || !maps.Equal(got, tt.want) {
				t.Errorf("%q, %v; want %q", got, faults, tt.want)
			}
		})
	}
}

// TestFaults: each fault has the number of its line, and repeats no value. The
// good lines around it are read.
func TestFaults(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
		good       string // the names of what was read
	}{
		{"no equals sign", "A=1\ncanary\nB=2", []string{"line 2: write NAME=value"}, "A B"},
		{"no name", "=canary", []string{"line 1: write NAME=value"}, ""},
		{"a name of two words", "MY NAME=canary", []string{"line 1: write NAME=value"}, ""},
		{"a colon without a blank", "A:canary", []string{"line 1: write NAME=value"}, ""},
		{"a key without quotes", "A=-----BEGIN KEY-----\ncanary\ncanary/+\n-----END KEY-----\n\ncanary", []string{
			"line 2: write NAME=value", "line 6: write NAME=value",
		}, "A"},
		{"quote not closed", "A=1\n\nB=\"canary\nC=2\n", []string{"line 3: the quote that starts the value is not closed"}, "A"},
		{"single quote not closed", "A='canary", []string{"line 1: the quote"}, ""},
		{"only an escaped quote", `A="canary\"`, []string{"line 1: the quote"}, ""},
		{"text after the quote", "A=\"can\"ary\nB=1", []string{"line 1: text follows the closing quote"}, "B"},
		{"text after several lines", "A='1\n2'canary\nB=1\nC", []string{"line 1: text follows", "line 4: write"}, "B"},
		{"a hash at the start", "A=#canary", []string{"line 1: write quotes around a value that starts with #"}, ""},
		{"NUL", "A=1\nB=can\x00ary", []string{"line 2: it contains a NUL byte"}, "A"},
		{"not UTF-8", "A=1\r\nB=can\xffary", []string{"line 2: it is not UTF-8"}, "A"},
		{"not UTF-8, in quotes", "A='1\n\xff'\nB=2", []string{"line 1: it is not UTF-8"}, "B"},
		{"a name in other letters", "ÄB=1", []string{"line 1: write NAME=value"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries, faults := dotenv.Parse(tt.text)
			var names []string
			for _, e := range entries {
				names = append(names, e.Name)
			}
			if strings.Join(names, " ") != tt.good {
				t.Errorf("read %q, want %q", names, tt.good)
			}
			same := func(f *dotenv.Fault, want string) bool { return strings.HasPrefix(f.Error(), want) }
			if !slices.EqualFunc(faults, tt.want, same) || strings.Contains(f(faults), "canary") {
				t.Errorf("faults %v, want %q", faults, tt.want)
			}
		})
	}
}

func f(faults []*dotenv.Fault) (text string) {
	for _, f := range faults {
		text += f.Error()
	}
	return text
}

// TestLines: the number of a line counts those of the values before it.
func TestLines(t *testing.T) {
	entries, _ := dotenv.Parse("A=\"1\n2\n3\"\n\nB=1\nC='x'\nD=1")
	var got []int
	for _, e := range entries {
		got = append(got, e.Line)
	}
	if want := []int{1, 5, 6, 7}; !slices.Equal(got, want) {
		t.Errorf("lines %v, want %v", got, want)
	}
}

func TestExpands(t *testing.T) {
	for text, want := range map[string]bool{
		"A=${B}": true, "A=a$(date)": true, `A="x${B}"`: true, `A="a\${B} ${C}"`: true,
		"A='${B}'": false, "A=$B": false, "A=a$2026": false, `A="\${B}"`: false, "A=a # ${B}": false, "A=${1}": false,
	} {
		entries, faults := dotenv.Parse(text)
		if len(faults) > 0 || len(entries) != 1 || entries[0].Expands != want {
			t.Errorf("%s: %+v, %v; want %v", text, entries, faults, want)
		}
	}
}

// TestReadFile: what can't be read is said as what it is.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct{ name, path, want string }{
		{"a folder", dir, "it is a folder"},
		{"UTF-16", file("utf16", "\xff\xfeA\x00=\x001\x00", 0o600), "it is encoded in UTF-16"},
		{"large", file("large", strings.Repeat("A=1\n", dotenv.MaxSize/4+1), 0o600), "larger than 1048576 bytes"},
		{"below a file", filepath.Join(file("plain", "", 0o600), ".env"), "not a directory"},
		{"byte order mark", file("mark", "\xef\xbb\xbfA=1", 0o600), ""},
		{"good", file("good", "A=1", 0o600), ""},
		{"missing", filepath.Join(dir, "missing"), "-"},
		{"a device", os.DevNull, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries, faults, err := dotenv.ReadFile(tt.path)
			if wantError := len(tt.want) > 1; (err != nil) != wantError || wantError && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if good := tt.want == ""; len(faults) > 0 || good != (len(entries) == 1 && entries[0].Name == "A") {
				t.Errorf("read %+v, %v", entries, faults)
			}
		})
	}
}

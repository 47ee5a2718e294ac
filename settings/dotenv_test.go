package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDotenvFiles reads files as people write them, some of them for several
// programs at once.
func TestDotenvFiles(t *testing.T) {
	const admin = "ADMIN_EMAIL=root@example.com\nADMIN_PASSWORD="
	tests := []struct {
		name, text string
		password   string // of the administrator, if it is read
		fault      string // "" for none
		warning    string // "" for none
	}{
		{"only comments", "# nothing yet\n\n#ADDR=:80\n", "", "", ""},
		{"plain", admin + goodPassword, goodPassword, "", ""},
		{"Windows", strings.ReplaceAll(admin+goodPassword+"\n", "\n", "\r\n"), goodPassword, "", ""},
		{"byte order mark", "\xef\xbb\xbf" + admin + goodPassword, goodPassword, "", ""},
		{"sourced by a shell", "export " + strings.ReplaceAll(admin, "\n", "\nexport ") + "'" + goodPassword + "'", goodPassword, "", ""},
		{"dollar and a name", admin + "otters$HOME-in-2026", "otters$HOME-in-2026", "", ""},
		{"dollar and digits", admin + "plenty-of-$2026-$1", "plenty-of-$2026-$1", "", ""},
		{"dollar in double quotes", admin + `"plenty-of-$NAME-17"`, "plenty-of-$NAME-17", "", ""},
		{"dollar in single quotes", admin + `'plenty-of-$NAME-17'`, "plenty-of-$NAME-17", "", ""},
		{"another variable", "X=1\n" + admin + "plenty-of-${X}-17", "plenty-of-${X}-17", "", "line 3: no variable is expanded, so ADMIN_PASSWORD"},
		{"another variable, not in ours", "X=1\nY=${X}\n" + admin + goodPassword, goodPassword, "", ""},
		{"backticks", admin + "`plenty'of\"otters`", `plenty'of"otters`, "", ""},
		{"escapes", admin + `"plenty\"of\\otters"`, `plenty"of\otters`, "", ""},
		{"a hash inside", admin + "plenty#of#otters", "plenty#of#otters", "", ""},
		{"a hash in quotes", admin + `"# plenty # of otters" # secret`, "# plenty # of otters", "", ""},
		{"a comment", admin + goodPassword + " # change me", goodPassword, "", ""},
		{"blanks around", "ADMIN_EMAIL = root@example.com\n  ADMIN_PASSWORD  =  " + goodPassword + "  ", goodPassword, "", ""},
		{"YAML", "ADMIN_EMAIL: root@example.com\nADMIN_PASSWORD: \"" + goodPassword + "\"", goodPassword, "", ""},
		{"equals signs", admin + "plenty=of=otters==", "plenty=of=otters==", "", ""},
		{"twice the same", admin + goodPassword + "\nADMIN_EMAIL=root@example.com", goodPassword, "", ""},
		{"twice", "ADMIN_EMAIL=a@example.com\n" + admin + goodPassword, goodPassword, "", "ADMIN_EMAIL is set on line 1 and on line 2, which counts"},
		{"empty values", "DATABASE_URL=\nREDIS_URL=''\nADDR= # default\n", "", "", ""},
		{"shared with Docker Compose", "COMPOSE_PROJECT_NAME=x\nPOSTGRES_USER=app\nPOSTGRES_PASSWORD=x\n" + admin + goodPassword, goodPassword, "", ""},
		{"shared with a frontend", "VITE_API_URL=http://localhost\nNEXT_PUBLIC_X=1\nREACT_APP_Y='\nNODE_ENV=x\n", "", "", ""},
		{"a key of others", "TLS_KEY=\"-----BEGIN KEY-----\nAAAA\n-----END KEY-----\"\n" + admin + goodPassword, goodPassword, "", ""},
		{"starts like ours", "SESSION_SECRET=x\n" + admin + goodPassword, goodPassword, "", "not a setting, so ignored: SESSION_SECRET"},
		{"DSN with a dollar", "DATABASE_URL='postgres://u:canary$x@db/x'\nPUBLIC_URL=https://id.example.com\nSECRET_KEY=" + goodSecret, "", "", ""},
		{"days", "REFRESH_TOKEN_TTL=30d\nSESSION_TTL=90d", "", "", ""},

		{"no equals sign", "ADDR=:80\n\ncanary\n", "", "line 3: write NAME=value", ""},
		{"a word after the name", "set ADDR=canary", "", "line 1: write NAME=value", ""},
		{"quote not closed", "ADDR=:80\nADMIN_PASSWORD=\"canary\n", "", "line 2: the quote that starts the value is not closed", ""},
		{"text after the quote", "ADMIN_PASSWORD='can'ary", "", "line 1: text follows the closing quote", ""},
		{"a hash first", "ADMIN_PASSWORD=#canary", "", "line 1: write quotes around a value that starts with #", ""},
		{"a key without quotes", "TLS_KEY=-----BEGIN-----\ncanary\ncanary\n", "", "line 2: write NAME=value", ""},
		{"NUL", "ADDR=can\x00ary", "", "line 1: it contains a NUL byte", ""},
		{"Latin 1", "ADMIN_PASSWORD=can\xe9ary", "", "line 1: it is not UTF-8", ""},
		{"Latin 1 in one of two", admin + "can\xe9ary", "", "line 2: it is not UTF-8", ""},
		{"a blank in a name", "DATABASE_URL=postgres://u@db/x\nPUBLIC_URL=https://id.example.com\nSECRET KEY=canary", "", "line 3: write NAME=value", ""},
		{"UTF-16", "\xff\xfeA\x00=\x001\x00", "", "can't be read: it is encoded in UTF-16", ""},
		{"misspelt", "DATABASE_URI=canary", "", "DATABASE_URI is not a setting; did you mean DATABASE_URL?", ""},
		{"misspelt with a colon", "ACCESS_TOKEN_TLL: 5m", "", "did you mean ACCESS_TOKEN_TTL?", ""},
		{"a variable for the SDK", "OTEL_RESOURCE_ATTRIBUTES=canary", "", "set it in the environment", ""},
		{"large", strings.Repeat("#", 1<<20+1), "", "larger than 1048576 bytes", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Read(nil, writtenFile(t, tt.text))
			if tt.fault != "" {
				if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), tt.fault) || strings.Contains(err.Error(), "canary") {
					t.Errorf("err = %v, want %q alone", err, tt.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.AdminPassword != tt.password {
				t.Errorf("the password is %q, want %q", s.AdminPassword, tt.password)
			}
			warnings := strings.Join(s.Warnings(), "; ")
			if (warnings == "") != (tt.warning == "") || !strings.Contains(warnings, tt.warning) {
				t.Errorf("warnings %q, want %q", warnings, tt.warning)
			}
		})
	}
}

// TestDotenvUnread: what a file may have that can't be read is not said to be
// missing. What is wrong with the environment still is.
func TestDotenvUnread(t *testing.T) {
	environ := []string{"DATABASE_URL=postgres://u@db/x", "ADMIN_EMAIL=root@example.com", "LIMIT_BODY=x"}
	_, err := Read(environ, writtenFile(t, "\xff\xfeA\x00=\x001\x00"))
	if err == nil || strings.Count(err.Error(), "\n") != 2 || !strings.Contains(err.Error(), "LIMIT_BODY must be") {
		t.Errorf("err = %v, want the file and LIMIT_BODY", err)
	}
	_, err = Read(environ, os.DevNull)
	for _, want := range []string{"PUBLIC_URL is required", "SECRET_KEY is required", "ADMIN_EMAIL and ADMIN_PASSWORD go together"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without a file: err = %v, want %q", err, want)
		}
	}
}

// TestDotenvIsABrokenLink: a link to no file is not the same as no file.
func TestDotenvIsABrokenLink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, ".env")
	if err := os.Symlink(filepath.Join(dir, "target"), link); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(nil, link); err == nil || !strings.Contains(err.Error(), "it is a link to a file that does not exist") {
		t.Errorf("err = %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "target"), []byte("ADDR=:9000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Read(nil, link); err != nil || s.Addr != ":9000" {
		t.Errorf("after the repair: %v", err)
	}
}

// TestDotenvIsAFolder as Docker creates it.
func TestDotenvIsAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".env")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(nil, dir); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Errorf("err = %v", err)
	}
}

package leaks_test

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
)

// A dump is everything in a database, in every form an attacker may try.
type dump struct {
	texts map[string]struct{} // to send: the values, parts of them, and both in hex and base64
	keys  map[string]struct{} // to sign with: the values, parts of them, and both decoded from hex or base64
}

func newDump() *dump { return &dump{texts: map[string]struct{}{}, keys: map[string]struct{}{}} }

// readDump reads every column of every table, and the output of pg_dump.
func readDump(t *testing.T, db *sqlx.DB, dsn string) *dump {
	t.Helper()
	var columns []struct{ Table, Column, Kind string }
	err := db.SelectContext(t.Context(), &columns, `
		SELECT format('%I.%I', table_schema, table_name) AS table, quote_ident(column_name) AS column, data_type AS kind
		FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		t.Fatal(err)
	}
	d, read := newDump(), map[string]bool{}
	for _, c := range columns {
		value := c.Column + "::text"
		switch c.Kind {
		case "bytea":
			value = c.Column
		case "ARRAY":
			value = "unnest(" + c.Column + ")::text"
		}
		var values [][]byte
		if err := db.SelectContext(t.Context(), &values, "SELECT "+value+" FROM "+c.Table); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			d.add(v)
		}
		read[c.Table] = read[c.Table] || len(values) > 0
	}
	for _, table := range []string{"public.users", "public.roles", "public.sessions", "public.api_keys", "public.signing_keys", "public.deployment"} {
		if !read[table] {
			t.Errorf("%s is empty", table)
		}
	}
	d.readText(t, dsn)
	return d
}

// readText adds the output of pg_dump, if that program is installed.
func (d *dump) readText(t *testing.T, dsn string) {
	t.Helper()
	for word := range strings.FieldsSeq(dumped(t, dsn, "sessions")) {
		d.add([]byte(word))
	}
}

// dumped is the output of pg_dump, which has rows of these tables; "" if that program is not
// installed.
func dumped(t *testing.T, dsn string, tables ...string) string {
	t.Helper()
	program, err := exec.LookPath("pg_dump")
	if err != nil {
		t.Log("pg_dump is not installed: only the tables are tried")
		return ""
	}
	text, err := exec.CommandContext(t.Context(), program, "--dbname="+dsn).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	for _, table := range tables {
		_, rows, _ := strings.Cut(string(text), "COPY public."+table+" ")
		if _, rows, _ = strings.Cut(rows, "\n"); rows == "" || strings.HasPrefix(rows, `\.`) {
			t.Fatalf("pg_dump wrote no rows of %s", table)
		}
	}
	return string(text)
}

// add adds a value: itself, its parts between separators, and all of them decoded
// from hex or base64. Of binary values it adds each run of bytes as long as a key.
func (d *dump) add(value []byte) {
	for _, part := range parts(value) {
		for _, raw := range append(decoded(string(part)), part) {
			d.keys[string(raw)] = struct{}{}
			for _, text := range written(raw) {
				d.texts[text] = struct{}{}
			}
		}
	}
}

// parts returns a value and its parts.
func parts(value []byte) [][]byte {
	all := [][]byte{value}
	if !utf8.Valid(value) {
		for _, size := range []int{16, 32, 64} {
			for i := 0; i+size <= len(value); i++ {
				all = append(all, value[i:i+size])
			}
		}
		return all
	}
	for _, separators := range []string{" \t\n{}()<>,;:'\"\\$=", " \t\n{}()<>,;:'\"\\$=.+/@-_"} {
		for part := range strings.FieldsFuncSeq(string(value), func(r rune) bool { return strings.ContainsRune(separators, r) }) {
			all = append(all, []byte(part))
		}
	}
	return all
}

// decoded returns a text decoded from hex and base64, if it is either.
func decoded(text string) [][]byte {
	var all [][]byte
	if raw, err := hex.DecodeString(strings.TrimPrefix(text, `\x`)); err == nil {
		all = append(all, raw)
	}
	bare := strings.TrimRight(text, "=")
	for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if raw, err := alphabet.DecodeString(bare); err == nil {
			all = append(all, raw)
		}
	}
	return all
}

// written returns bytes in hex and base64, and as they are if they are text.
func written(raw []byte) []string {
	all := []string{
		hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
	}
	if utf8.Valid(raw) {
		all = append(all, string(raw))
	}
	return all
}

// sorted returns a set in order, so that all runs do the same.
func sorted(set map[string]struct{}) []string { return slices.Sorted(maps.Keys(set)) }

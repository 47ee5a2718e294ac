package command_test

import (
	"archive/zip"
	"io"
	"os"
	"regexp"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// setUpKeys makes keys of age: the files age.key and wrong.key, and the
// variables AGE_KEY and AGE_RECIPIENT for the first, AGE_OTHER for a third.
func setUpKeys(env *testscript.Env) error {
	var keys [3]*age.X25519Identity
	for i := range keys {
		var err error
		if keys[i], err = age.GenerateX25519Identity(); err != nil {
			return err
		}
	}
	env.Setenv("AGE_KEY", keys[0].String())
	env.Setenv("AGE_RECIPIENT", keys[0].Recipient().String())
	env.Setenv("AGE_OTHER", keys[2].Recipient().String())
	for name, key := range map[string]*age.X25519Identity{"age.key": keys[0], "wrong.key": keys[1]} {
		if err := os.WriteFile(env.WorkDir+"/"+name, []byte("# a key\n"+key.String()+"\n"), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// damage writes a damaged copy of a file: damage FROM TO flip|truncate.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	text := []byte(ts.ReadFile(args[0]))
	switch args[2] {
	case "flip":
		text[len(text)/2] ^= 1
	case "truncate":
		text = text[:len(text)*9/10]
	default:
		ts.Fatalf("damage FROM TO flip|truncate")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o600))
}

// reseal writes a copy of a backup with another value in its manifest, or half
// of its dump: reseal FROM TO FIELD VALUE, reseal FROM TO dump.
func reseal(ts *testscript.TestScript, _ bool, args []string) {
	from, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer from.Close()
	to, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	defer to.Close()
	archive := zip.NewWriter(to)
	for _, part := range from.File {
		r, err := part.Open()
		ts.Check(err)
		text, err := io.ReadAll(r)
		ts.Check(err)
		switch {
		case args[2] == "dump" && part.Name == "database.dump":
			text = text[:len(text)/2]
		case args[2] != "dump" && part.Name == "gatehouse-backup.json":
			text = regexp.MustCompile(`("`+args[2]+`": "?)[^",]+`).ReplaceAll(text, []byte("${1}"+args[3]))
		}
		w, err := archive.Create(part.Name)
		ts.Check(err)
		_, err = w.Write(text)
		ts.Check(err)
	}
	ts.Check(archive.Close())
}

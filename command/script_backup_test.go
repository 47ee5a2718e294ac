package command_test

import (
	"os"

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

package web

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"testing"
)

// The files in vendor/ are those published on npm; explorer/README.md lists their origin.
func TestVendorIsAsPublished(t *testing.T) {
	want := map[string]string{
		"vendor/graphiql-4.1.2.min.js":       "867226ba8af5ce7949903fc53932f78dac9f4bfc6cc8da0fd3869b8bc6c5256b",
		"vendor/react-18.3.1.min.js":         "d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd",
		"vendor/react-dom-18.3.1.min.js":     "35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d",
		"vendor/graphiql-4.1.2.min.css":      "30487e07635d312a63f647b140d37740a73c53332b0975bf4b1fe985ca6ec885",
		"vendor/licenses-graphiql-4.1.2.txt": "", // our own file, collected from the packages
	}
	for name, a := range assetsOf("explorer", "") {
		if path.Dir(name) != "vendor" {
			continue
		}
		hash, known := want[name]
		sum := sha256.Sum256(a.content)
		if !known || hash != "" && hash != hex.EncodeToString(sum[:]) {
			t.Errorf("%s has the hash %x", name, sum)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
}

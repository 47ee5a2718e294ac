package settings

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"
)

// secretLimit is the size limit of a file with a secret, in bytes.
const secretLimit = 64 << 10

// fileSuffix makes the name of a setting that of the one which holds the path of
// a file with its value.
const fileSuffix = "_FILE"

// fileNames returns the names that say in which files secrets are.
func fileNames() []string {
	var all []string
	for _, name := range names() {
		if secretName(name) {
			all = append(all, name+fileSuffix)
		}
	}
	return all
}

// readFiles replaces the paths of files with secrets by the secrets, and returns
// the names of those by the names of the settings. A setting with a path and a
// value is a fault.
func (c *checker) readFiles(values map[string]string, fileNames []string) map[string]string {
	read := map[string]string{}
	for _, fileName := range fileNames {
		path := values[fileName]
		delete(values, fileName)
		if path == "" {
			continue
		}
		name := strings.TrimSuffix(fileName, fileSuffix)
		if values[name] != "" {
			c.faults.add("%s and %s are both set; leave one out", name, fileName)
			c.failed[name] = true
			continue
		}
		secret, err := readSecret(path)
		if err != nil {
			c.faults.add("%s names a file that can't be used: %v", fileName, err)
			c.failed[name] = true
			continue
		}
		values[name], read[name] = secret, fileName
	}
	return read
}

// readSecret reads a secret, without the line break that editors add. The error
// repeats neither the secret nor the path, which may be the secret by mistake.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", withoutPath(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, secretLimit+1))
	if err != nil {
		return "", withoutPath(err)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	switch {
	case len(text) > secretLimit:
		return "", errors.New("it is larger than 64 KiB")
	case len(bytes.TrimSpace(text)) == 0:
		return "", errors.New("it is empty")
	case !utf8.Valid(text) || bytes.ContainsRune(text, 0):
		return "", errors.New("it is not text in UTF-8")
	case bytes.ContainsAny(text, "\r\n"):
		return "", errors.New("it has more than one line; write the value alone")
	}
	return string(text), nil
}

// withoutPath returns the cause of an error of a file.
func withoutPath(err error) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("this user may not read it")
	case errors.As(err, &path):
		return path.Err
	}
	return err
}

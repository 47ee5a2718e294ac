package dsn

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

var errSlash = errors.New("invalid DSN: the name of the database contains a slash; write it as %2F")

// readURL reads what follows the scheme in a URL. The standard library doesn't
// read those with several hosts, with a folder of sockets as the host, or with
// characters that were not escaped.
func (t *translation) readURL(scheme, text string) error {
	scheme, _, _ = strings.Cut(strings.ToLower(scheme), "+") // the rest names another program's driver
	switch {
	case strings.HasPrefix(scheme, "cockroach"):
		return errCockroach
	case scheme == "prisma":
		return errPrisma
	case !slices.Contains(schemes, scheme):
		return errScheme
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '#' || r == 0x7f }):
		return errEncode
	}
	text, query, _ := strings.Cut(text, "?")
	authority, path, _ := strings.Cut(text, "/")
	user, hosts, hasUser := cutLast(authority, "@")
	switch {
	case strings.Contains(user, "@"), strings.Contains(path, "@"):
		return errEncode
	case !hasUser && strings.Contains(query, "@") && !strings.Contains(query, "="):
		return errEncode
	case strings.Contains(path, "/"):
		return errSlash
	}
	if err := t.readUser(user); err != nil {
		return err
	}
	if err := t.readHosts(hosts, url.PathUnescape); err != nil {
		return err
	}
	if err := t.setDecoded("dbname", path); err != nil {
		return err
	}
	return t.readQuery(query, hasUser)
}

// cutLast is strings.Cut at the last separator. Without one, all is after.
func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return "", text, false
}

func (t *translation) readUser(text string) error {
	name, password, _ := strings.Cut(text, ":")
	if err := t.setDecoded("user", name); err != nil {
		return err
	}
	return t.setDecoded("password", password)
}

// setDecoded sets a value that is percent-encoded, if it is not empty.
func (t *translation) setDecoded(name, encoded string) error {
	value, err := url.PathUnescape(encoded)
	if err != nil || strings.ContainsRune(value, 0) {
		return errEncode
	}
	if value != "" {
		t.values[name] = value
	}
	return nil
}

// readQuery reads the parameters. If the URL has no user, an @ in them may come
// from a password with a question mark.
func (t *translation) readQuery(query string, hasUser bool) error {
	secret := strings.Contains(query, "password=")
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, encoded, found := strings.Cut(pair, "=")
		if !found || !hasUser && strings.Contains(encoded, "@") && !known(name) {
			return errEncode
		}
		decode := url.PathUnescape // a plus sign is itself, as in libpq
		if name == "options" {
			decode = url.QueryUnescape
		}
		value, err := decode(encoded)
		if err != nil || strings.ContainsRune(value, 0) {
			return errEncode
		}
		if err := t.set(name, value, !secret); err != nil {
			return err
		}
	}
	return nil
}

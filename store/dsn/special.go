package dsn

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// specials are the parameters whose values are translated or checked.
var specials = map[string]bool{
	"host": true, "sslmode": true, "ssl": true, "sslaccept": true, "requiressl": true, "channel_binding": true,
	"target_session_attrs": true, "targetServerType": true, "load_balance_hosts": true, "connect_timeout": true,
	"client_encoding": true, "datestyle": true, "DateStyle": true, "options": true,
	"sslrootcert": true, "sslcert": true, "sslkey": true,
}

// sslModes are the values of sslmode, from weak to strong.
var sslModes = words("disable allow prefer require verify-ca verify-full")

// setSpecial translates one of the specials.
func (t *translation) setSpecial(name, value string) error {
	switch name {
	case "host":
		return t.setHosts(value)
	case "sslrootcert", "sslcert", "sslkey":
		return t.setFile(name, value)
	case "sslmode", "ssl", "sslaccept", "requiressl", "channel_binding":
		return t.setTLS(name, value)
	case "target_session_attrs", "targetServerType":
		return t.setTarget(name, value)
	case "load_balance_hosts":
		return t.choose(name, value, map[string]string{
			"disable": "disable", "random": "random", "true": "random", "false": "disable",
		})
	case "connect_timeout":
		if seconds, err := strconv.Atoi(value); err != nil || seconds < -1 {
			return errors.New("connect_timeout must be a whole number of seconds")
		}
		t.values[name] = value
	case "client_encoding":
		if letters := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(value)); letters != "utf8" && letters != "unicode" &&
			letters != "auto" {
			return errors.New("client_encoding must be UTF8; remove it")
		}
	case "options":
		t.values[name] = strings.TrimSpace(t.values[name] + " " + value)
	default: // the driver needs a DateStyle of its own
		t.ignored = append(t.ignored, name)
	}
	return nil
}

// setTLS translates the parameters that say how the connection is encrypted.
func (t *translation) setTLS(name, value string) error {
	modes := map[string]string{}
	for _, mode := range sslModes {
		modes[mode] = mode
	}
	switch name {
	case "sslmode": // no-verify is that of node-postgres
		modes["no-verify"] = "require"
	case "ssl": // of JDBC, node-postgres and asyncpg
		for _, on := range words("true 1 on yes no-verify") {
			modes[on] = "require"
		}
		for _, off := range words("false 0 off no") {
			modes[off] = "disable"
		}
	case "sslaccept": // of Prisma
		modes = map[string]string{"strict": "verify-full", "accept_invalid_certs": "require"}
	case "requiressl":
		modes = map[string]string{"1": "require", "0": "prefer"}
	case "channel_binding":
		return t.setChannelBinding(value)
	}
	mode := modes[strings.ToLower(value)]
	if mode == "" {
		return fmt.Errorf("%s must be one of: %s", name, strings.Join(sslModes, ", "))
	}
	t.raise(mode)
	return nil
}

// raise sets sslmode, unless a stronger one is set already.
func (t *translation) raise(mode string) {
	if slices.Index(sslModes, mode) > slices.Index(sslModes, t.values["sslmode"]) {
		t.values["sslmode"] = mode
	}
}

// setChannelBinding translates channel_binding, which the driver lacks. Required,
// it makes sure that no other server stands between; so does verify-full.
func (t *translation) setChannelBinding(value string) error {
	switch value {
	case "", "disable", "prefer":
		return nil
	case "require":
		t.warn("channel_binding=require is replaced by sslmode=verify-full, " +
			"which keeps other servers out of the connection as well; for a private authority, add sslrootcert")
		t.raise("verify-full")
		return nil
	}
	return errors.New("channel_binding must be one of: disable, prefer, require")
}

// setTarget translates which of several hosts will do. The service has to write.
func (t *translation) setTarget(name, value string) error {
	targets := map[string]string{
		"any": "any", "read-write": "read-write", "primary": "primary", "master": "primary",
		"prefer-primary": "primary", "preferPrimary": "primary",
	}
	if targets[value] == "" {
		return fmt.Errorf("%s must be one of: read-write, primary, any; the service has to write", name)
	}
	t.values["target_session_attrs"] = targets[value]
	return nil
}

// choose translates a value by a table.
func (t *translation) choose(name, value string, to map[string]string) error {
	if to[value] == "" {
		return fmt.Errorf("%s must be one of: disable, random", name)
	}
	t.values[name] = to[value]
	return nil
}

// setFile sets the path of a file for TLS. The driver would go on in silence
// without a file that is missing.
func (t *translation) setFile(name, path string) error {
	if path == "" || path == "system" {
		if path != "" {
			t.values[name] = path
			t.raise("verify-full")
		}
		return nil
	}
	t.values[name] = path
	if t.values["sslinline"] != "" { // the value is the content
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the file that %s names can't be read; give a path on the machine of the service", name)
	}
	return f.Close()
}

// similar suggests the parameter that was meant.
func similar(name string) string {
	all := slices.Concat(passed, serverSettings)
	for special := range specials {
		all = append(all, special)
	}
	slices.Sort(all)
	for _, k := range all {
		if levenshtein.ComputeDistance(strings.ToLower(name), k) <= 2 && len(k) > 4 {
			return " (did you mean " + k + "?)"
		}
	}
	return ""
}

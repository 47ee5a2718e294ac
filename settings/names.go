package settings

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// ownPrefixes are prefixes of our settings that few other programs use. A
// variable with such a prefix may be meant for us.
var ownPrefixes = []string{
	"ACCESS_TOKEN_", "REFRESH_", "SESSION_", "SESSIONS_", "JWT_", "LIMIT_", "CORS_", "PASSWORD_", "POLICY_",
	"RATE_LIMIT", "SECRET_KEY", "TRUSTED_", "AUTOMATIC_PERSISTED_", "EMAIL_", "LOGIN_METHOD", "SMTP_", "SECOND_FACTOR",
}

// serviceLinks match the variables that Kubernetes and Docker set in each
// container for each service, whose name may be any word.
var serviceLinks = regexp.MustCompile(`^[A-Z0-9_]+(_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|_PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// foreign match variables of well-known programs that look like settings: the
// session manager of X11 desktops, the password manager pass, Android's adb and
// libraries that log.
var foreign = regexp.MustCompile(`^(SESSION_MANAGER|PASSWORD_STORE_[A-Z_]+|LOGLEVEL|OTEL_.*)$`)

// shortName is the length up to which a name has too many neighbours to tell a
// mistake from a variable of another program, such as SORT from PORT.
const shortName = 5

// A resemblance is how much a name that is not a setting looks like one.
type resemblance int

const (
	unrelated   resemblance = iota
	samePrefix              // it starts like a setting
	nearlyKnown             // it is a setting, but for an edit or two
)

// resembles compares a name with the settings. It returns the closest of those
// that it may be meant for, "" for none.
func resembles(name string, known []string) (resemblance, string) {
	if serviceLinks.MatchString(name) || foreign.MatchString(name) {
		return unrelated, ""
	}
	meant, least := "", 3
	for _, k := range known {
		edits := levenshtein.ComputeDistance(strings.ToUpper(name), k)
		if len(k) > shortName && edits < least {
			meant, least = k, edits
		}
	}
	switch {
	case meant != "":
		return nearlyKnown, meant
	case slices.ContainsFunc(ownPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }):
		return samePrefix, ""
	}
	return unrelated, ""
}

// unknown judges the names that are not settings. A name that is nearly one is a
// fault. Those that start like one are a warning. Others belong to other
// programs.
func (c *checker) unknown(file, environment map[string]string, dotenv string) {
	known := append(names(), fileNames()...)
	var alike []string
	for _, source := range []struct {
		prefix string
		values map[string]string
	}{{dotenv + ": ", file}, {"", environment}} {
		for _, name := range slices.Sorted(maps.Keys(source.values)) {
			if slices.Contains(known, name) || source.values[name] == "" {
				continue
			}
			switch how, meant := resembles(name, known); {
			case source.prefix != "" && strings.HasPrefix(name, "OTEL_"): // the SDK reads it, and reads no file
				c.faults.add("%s%s is not read from a file; set it in the environment", source.prefix, name)
			case how == nearlyKnown:
				c.faults.add("%s%s is not a setting; did you mean %s?", source.prefix, name, meant)
			case how == samePrefix && !slices.Contains(alike, name):
				alike = append(alike, name)
			}
		}
	}
	if len(alike) > 0 {
		c.warn("not a setting, so ignored: %s", strings.Join(alike, ", "))
	}
}

// names returns the name of every setting.
func names() []string {
	var all []string
	for field := range fields(reflect.ValueOf(Settings{})) {
		all = append(all, field.Tag.Get("env"))
	}
	return all
}

// nameOf returns the name of the setting that a field holds.
func nameOf(fieldName string) string {
	for field := range fields(reflect.ValueOf(Settings{})) {
		if field.Name == fieldName {
			return field.Tag.Get("env")
		}
	}
	panic(fmt.Sprintf("no field %s", fieldName))
}

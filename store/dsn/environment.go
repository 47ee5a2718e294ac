package dsn

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// unsupportedVariables are the variables of libpq that the driver refuses to see.
var unsupportedVariables = words(`PGREQUIRESSL PGSSLCOMPRESSION PGREALM PGGSSENCMODE PGGSSDELEGATION PGGSSLIB
	PGREQUIREAUTH PGCHANNELBINDING PGSSLCERTMODE PGSSLCRL PGSSLCRLDIR PGREQUIREPEER PGKRBSRVNAME`)

// variables are the variables of libpq that complete a DSN, and the parameters
// they stand for.
var variables = map[string]string{
	"PGHOST": "host", "PGHOSTADDR": "hostaddr", "PGPORT": "port", "PGDATABASE": "dbname", "PGUSER": "user",
	"PGOPTIONS": "options", "PGSSLMODE": "sslmode", "PGSSLNEGOTIATION": "sslnegotiation", "PGSSLCERT": "sslcert",
	"PGSSLKEY": "sslkey", "PGSSLROOTCERT": "sslrootcert", "PGSSLSNI": "sslsni", "PGCONNECT_TIMEOUT": "connect_timeout",
	"PGCLIENTENCODING": "client_encoding", "PGDATESTYLE": "datestyle", "PGTZ": "tz", "PGGEQO": "geqo",
	"PGTARGETSESSIONATTRS": "target_session_attrs", "PGLOADBALANCEHOSTS": "load_balance_hosts",
	"PGMINPROTOCOLVERSION": "min_protocol_version", "PGMAXPROTOCOLVERSION": "max_protocol_version",
}

// choices are the values that the driver takes in variables.
var choices = map[string][]string{
	"PGSSLMODE": sslModes, "PGSSLNEGOTIATION": words("postgres direct"),
	"PGTARGETSESSIONATTRS": words("read-write primary any"), "PGLOADBALANCEHOSTS": words("disable random"),
	"PGCLIENTENCODING": words("UTF8 utf8 UTF-8 utf-8 unicode UNICODE"),
	"PGDATESTYLE":      {"ISO, MDY"}, "PGMINPROTOCOLVERSION": words("3.0 3.2 latest"),
	"PGMAXPROTOCOLVERSION": words("3.0 3.2 latest"), "PGSSLSNI": words("0 1"),
}

// CheckEnvironment finds variables of libpq that would make every connection
// fail.
func CheckEnvironment(environment map[string]string) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		value := environment[name]
		allowed := choices[name]
		switch {
		case slices.Contains(unsupportedVariables, name):
			faults = append(faults, name+" is set in the environment, and the driver can't obey it: "+
				"unset it, and write what is needed in DATABASE_URL")
		case allowed != nil && !slices.Contains(allowed, value):
			faults = append(faults, fmt.Sprintf("%s in the environment must be one of: %s; unset it, or correct it",
				name, strings.Join(allowed, ", ")))
		case name == "PGPORT" && !eachOf(value, isPort), name == "PGHOSTADDR" && !eachOf(value, isAddress),
			name == "PGCONNECT_TIMEOUT" && !isNumber(value):
			faults = append(faults, name+" in the environment can't be used; unset it, or correct it")
		}
	}
	return faults
}

func eachOf(list string, valid func(string) bool) bool {
	return !slices.ContainsFunc(strings.Split(list, ","), func(one string) bool { return !valid(one) })
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func isNumber(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil
}

// Completed returns the names of the variables that add to a translated DSN what
// it does not say.
func Completed(conninfo string, environment map[string]string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		parameter := variables[name]
		if parameter != "" && !strings.Contains(" "+conninfo, " "+parameter+"='") {
			names = append(names, name)
		}
	}
	return names
}

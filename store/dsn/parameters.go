package dsn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// passed are the parameters that mean the same to the driver as to libpq, and
// those of its own.
var passed = words(`user password dbname hostaddr port passfile service
	application_name fallback_application_name sslnegotiation sslsni sslinline
	ssl_min_protocol_version ssl_max_protocol_version min_protocol_version max_protocol_version
	binary_parameters disable_prepared_binary_result krbsrvname krbspn`)

// serverSettings are settings of the server that a client may choose for its
// connections. Any other can be written as options=-c name=value.
var serverSettings = words(`search_path timezone role session_authorization
	statement_timeout lock_timeout idle_in_transaction_session_timeout idle_session_timeout transaction_timeout
	client_connection_check_interval tcp_keepalives_idle tcp_keepalives_interval tcp_keepalives_count
	default_transaction_isolation default_transaction_deferrable default_tablespace default_table_access_method
	synchronous_commit commit_delay work_mem maintenance_work_mem temp_buffers hash_mem_multiplier jit
	random_page_cost seq_page_cost effective_cache_size effective_io_concurrency plan_cache_mode
	enable_seqscan enable_nestloop enable_hashjoin enable_mergejoin max_parallel_workers_per_gather
	client_min_messages log_min_messages log_min_duration_statement log_statement track_activities
	extra_float_digits bytea_output intervalstyle lc_messages lc_monetary lc_numeric lc_time xmloption
	standard_conforming_strings escape_string_warning row_security geqo tz`)

// renamed are the names that other programs give to parameters.
var renamed = map[string]string{
	"username": "user", "database": "dbname",
	"ApplicationName": "application_name", "currentSchema": "search_path", "schema": "search_path",
	"TimeZone": "timezone", "timeZone": "timezone", "loginTimeout": "connect_timeout", "connectTimeout": "connect_timeout",
	"sslRootCert": "sslrootcert", "sslCert": "sslcert", "sslKey": "sslkey", "sslMode": "sslmode", "ssl_mode": "sslmode",
	"channelBinding": "channel_binding", "gssEncMode": "gssencmode", "loadBalanceHosts": "load_balance_hosts",
}

// poolSizes say how large a pool of another program is.
var poolSizes = words(`connection_limit pool pool_size pool_max_conns pool_min_conns max_connections max_overflow
	minPoolSize maxPoolSize`)

// ignored are parameters without an effect on what we send: those of programs
// that keep pools or prepare statements, those of TCP, which the driver keeps
// alive by itself, and those of methods to log in that it does not use.
var ignored = append(words(`keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout
	gsslib sslcompression uselibpqcompat
	pool_timeout socket_timeout pool_max_conn_lifetime pool_max_conn_lifetime_jitter pool_max_conn_idle_time
	pool_min_idle_conns pool_health_check_period pool_recycle pool_pre_ping pool_mode
	default_query_exec_mode statement_cache_capacity description_cache_capacity statement_cache_mode
	statement_cache_size prepared_statement_cache_size prepared_statements
	max_idle_connection_lifetime max_connection_lifetime conn_max_age conn_health_checks atomic_requests
	adapter encoding reaping_frequency checkout_timeout idle_timeout timeout
	prepareThreshold preparedStatementCacheQueries preparedStatementCacheSizeMiB databaseMetadataCacheFields
	databaseMetadataCacheFieldsMiB defaultRowFetchSize reWriteBatchedInserts stringtype tcpKeepAlive tcpNoDelay
	socketTimeout cancelSignalTimeout assumeMinServerVersion binaryTransfer logUnclosedConnections loggerLevel
	autosave preferQueryMode hostRecheckSeconds sslfactory cleanupSavepoints unknownLength charset
	serverVersion server_version driver workaround`), poolSizes...)

// A refusal is a parameter that the driver can't obey.
type refusal struct {
	harmless []string // values that ask for nothing
	remedy   string
}

var refusals = map[string]refusal{
	"sslcrl":           {nil, "certificates are not looked up in lists of revoked ones; remove it"},
	"sslcrldir":        {nil, "certificates are not looked up in lists of revoked ones; remove it"},
	"sslpassword":      {nil, "decrypt the key that sslkey names, and remove sslpassword"},
	"sslidentity":      {nil, "write the certificate and its key to PEM files, and name them as sslcert and sslkey"},
	"sslcertmode":      {words("allow"), "remove it; sslcert and sslkey say whether a certificate is sent"},
	"requirepeer":      {nil, "the owner of the socket is not checked; remove it"},
	"require_auth":     {nil, "the method to log in is not restricted; use sslmode=verify-full, and remove require_auth"},
	"gssencmode":       {words("disable prefer"), "GSSAPI does not encrypt here; use gssencmode=disable with sslmode=verify-full"},
	"gssdelegation":    {words("0"), "credentials are not delegated; remove it"},
	"replication":      {words("0 false off no"), "the service needs a normal connection; remove it"},
	"sslkeylogfile":    {nil, "the keys of connections are not written to a file; remove it"},
	"servicefile":      {nil, "set PGSERVICEFILE in the environment instead"},
	"scram_client_key": {nil, "use the password instead"},
	"scram_server_key": {nil, "use the password instead"},
	"oauth_issuer":     {nil, "use a password or a client certificate instead"},
	"oauth_client_id":  {nil, "use a password or a client certificate instead"},
	"oauth_scope":      {nil, "use a password or a client certificate instead"},
	"pgbouncer": {
		words("false 0 no off"), "it marks a pooler that lends one connection to several clients; " +
			"use the direct connection, or remove it if the pooler is in session mode",
	},
	"default_transaction_read_only": {words("off false 0 no"), "the service has to write; remove it"},
	"session_replication_role":      {words("origin"), "constraints must hold; remove it"},
	"socketFactory":                 {nil, "it is a class of Java; use the host and port of a proxy, or a folder of sockets as the host"},
	"unix_sock":                     {nil, "write the folder of the socket as the host: ?host=/folder"},
	"oauth_client_secret":           {nil, "use a password or a client certificate instead"},
}

// known reports whether a parameter is one that set knows.
func known(name string) bool {
	name = canonical(name)
	_, refused := refusals[name]
	return refused || specials[name] || slices.Contains(passed, name) || slices.Contains(ignored, name) ||
		slices.Contains(serverSettings, name) || strings.Contains(name, ".")
}

// canonical returns the name under which a parameter is known.
func canonical(name string) string {
	if to := renamed[name]; to != "" {
		return to
	}
	if lower := strings.ToLower(name); slices.Contains(serverSettings, lower) {
		return lower
	}
	return name
}

// set translates one parameter. name may be repeated in an error if the DSN has
// no unescaped password before it, which mayName says.
func (t *translation) set(name, value string, mayName bool) error {
	given := name
	name = canonical(name)
	refused, isRefused := refusals[name]
	switch {
	case specials[name]:
		return t.setSpecial(name, value)
	case isRefused && (value == "" || slices.Contains(refused.harmless, strings.ToLower(value))):
		return nil
	case isRefused:
		return fmt.Errorf("the parameter %s can't be obeyed: %s", name, refused.remedy)
	case slices.Contains(ignored, name):
		t.ignored = append(t.ignored, name)
	case name == "search_path" && given == "schema" && value == "public": // Prisma's default
	case value == "":
	case slices.Contains(passed, name), slices.Contains(serverSettings, name), strings.Contains(name, "."):
		t.values[name] = value
	case mayName:
		return fmt.Errorf("%s is not a parameter of PostgreSQL%s; remove it, "+
			"or write a setting of the server as options=-c%%20name=value", name, similar(name))
	default:
		return errors.New("one of the parameters is not one of PostgreSQL; " + errEncode.Error())
	}
	return nil
}

// words returns the words of a text.
func words(text string) []string { return strings.Fields(text) }

package dsn_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lib/pq"

	"gatehouse/store/dsn"
)

// TestTranslate translates DSNs as providers, other programs and people write
// them.
func TestTranslate(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, dsn string
		want      string // what the driver gets
		warning   string // "" for none
	}{
		{"plain", "postgres://app:canary@db.example.com:5433/app", "dbname='app' host='db.example.com' password='canary' port='5433' user='app'", ""},
		{"no port", "postgresql://app@db/app", "dbname='app' host='db' port='5432' user='app'", ""},
		{"only a database", "postgres:///app", "dbname='app'", ""},
		{"Heroku", "postgres://uzqkvnm:p3fa@ec2-54-1-2-3.compute-1.amazonaws.com:5432/d8ab\n", "dbname='d8ab' host='ec2-54-1-2-3.compute-1.amazonaws.com' password='p3fa' port='5432' user='uzqkvnm'", ""},
		{"Neon", "postgresql://app:npg_x@ep-cool-1.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require", "dbname='neondb' host='ep-cool-1.eu-central-1.aws.neon.tech' password='npg_x' port='5432' sslmode='verify-full' user='app'", "channel_binding=require is replaced by sslmode=verify-full"},
		{"Neon, channel binding first", "postgresql://app@ep-1.aws.neon.tech/n?channel_binding=require&sslmode=require", "dbname='n' host='ep-1.aws.neon.tech' port='5432' sslmode='verify-full' user='app'", "channel_binding=require"},
		{"Neon, endpoint in options", "postgres://app@ep-1.aws.neon.tech/n?options=endpoint%3Dep-1&sslmode=verify-full", "dbname='n' host='ep-1.aws.neon.tech' options='endpoint=ep-1' port='5432' sslmode='verify-full' user='app'", ""},
		{"Supabase, direct", "postgresql://postgres:pw@db.abcdef.supabase.co:5432/postgres", "dbname='postgres' host='db.abcdef.supabase.co' password='pw' port='5432' user='postgres'", ""},
		{"Supabase, session pooler", "postgresql://postgres.abcdef:pw@aws-0-eu-central-1.pooler.supabase.com:5432/postgres", "dbname='postgres' host='aws-0-eu-central-1.pooler.supabase.com' password='pw' port='5432' user='postgres.abcdef'", ""},
		{"Railway", "postgresql://postgres:pw@postgres.railway.internal:5432/railway", "dbname='railway' host='postgres.railway.internal' password='pw' port='5432' user='postgres'", ""},
		{"Render", "postgres://app:pw@dpg-abc-a/app_db", "dbname='app_db' host='dpg-abc-a' password='pw' port='5432' user='app'", ""},
		{"Azure", "postgres://app%40srv:p%40w@srv.postgres.database.azure.com/postgres?sslmode=require", "dbname='postgres' host='srv.postgres.database.azure.com' password='p@w' port='5432' sslmode='require' user='app@srv'", ""},
		{"Amazon RDS with the bundle", "postgres://app:pw@x.eu-west-1.rds.amazonaws.com/app?sslmode=verify-full&sslrootcert=" + ca, "dbname='app' host='x.eu-west-1.rds.amazonaws.com' password='pw' port='5432' sslmode='verify-full' sslrootcert='" + ca + "' user='app'", ""},
		{"Cloud SQL", "postgres://app:pw@/app?host=/cloudsql/project:region:db", "dbname='app' host='/cloudsql/project:region:db' password='pw' port='5432' user='app'", ""},
		{"Aiven", "postgres://avnadmin:pw@pg-1.aivencloud.com:12691/defaultdb?sslmode=require", "dbname='defaultdb' host='pg-1.aivencloud.com' password='pw' port='12691' sslmode='require' user='avnadmin'", ""},
		{"DigitalOcean", "postgresql://doadmin:pw@db-1.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require", "dbname='defaultdb' host='db-1.b.db.ondigitalocean.com' password='pw' port='25060' sslmode='require' user='doadmin'", ""},
		{"DigitalOcean, pool", "postgresql://doadmin@db-1.b.db.ondigitalocean.com:25061/pool", "dbname='pool' host='db-1.b.db.ondigitalocean.com' port='25061' user='doadmin'", "port 25061 usually is that of a pooler"},
		{"PgBouncer", "postgres://app@pgbouncer:6432/app", "dbname='app' host='pgbouncer' port='6432' user='app'", "port 6432 usually is that of a pooler"},
		{"Prisma", "postgresql://app:pw@db:5432/app?schema=public&connection_limit=5&pool_timeout=20&sslaccept=strict", "dbname='app' host='db' password='pw' port='5432' sslmode='verify-full' user='app'", "ignored, because they are for other programs or do nothing here: connection_limit, pool_timeout; DATABASE_POOL_SIZE"},
		{"Prisma, own schema", "postgresql://app:pw@db:5432/app?schema=auth&pgbouncer=false", "dbname='app' host='db' password='pw' port='5432' search_path='auth' user='app'", ""},
		{"JDBC", "jdbc:postgresql://db:5432/app?user=app&password=pw&ssl=true&currentSchema=auth&prepareThreshold=0", "dbname='app' host='db' password='pw' port='5432' search_path='auth' sslmode='require' user='app'", "prepareThreshold"},
		{"JDBC, several hosts", "jdbc:postgresql://a,b:5433/app?targetServerType=primary&loadBalanceHosts=true", "dbname='app' host='a,b' load_balance_hosts='random' port='5432,5433' target_session_attrs='primary'", ""},
		{"JDBC, only a database", "jdbc:postgresql:app", "dbname='app'", ""},
		{"SQLAlchemy", "postgresql+psycopg2://app:pw@db/app", "dbname='app' host='db' password='pw' port='5432' user='app'", ""},
		{"asyncpg", "postgresql+asyncpg://app@db/app?ssl=require", "dbname='app' host='db' port='5432' sslmode='require' user='app'", ""},
		{"GeoDjango", "postgis://app@db/app?conn_max_age=600", "dbname='app' host='db' port='5432' user='app'", "conn_max_age"},
		{"Rails", "postgres://app@db/app?pool=5&encoding=unicode&prepared_statements=false", "dbname='app' host='db' port='5432' user='app'", "encoding, pool, prepared_statements; DATABASE_POOL_SIZE"},
		{"node-postgres", "postgres://app@db/app?sslmode=no-verify&uselibpqcompat=true", "dbname='app' host='db' port='5432' sslmode='require' user='app'", "uselibpqcompat"},
		{"pgx", "postgres://app@db/app?pool_max_conns=10&default_query_exec_mode=exec", "dbname='app' host='db' port='5432' user='app'", "default_query_exec_mode, pool_max_conns; DATABASE_POOL_SIZE"},
		{"TCP and GSSAPI", "postgres://app@db/app?keepalives=1&keepalives_idle=30&tcp_user_timeout=5000&gssencmode=disable&channel_binding=prefer", "dbname='app' host='db' port='5432' user='app'", "keepalives, keepalives_idle, tcp_user_timeout"},
		{"several hosts", "postgres://app:pw@db1:5432,db2:5433,db3/app", "dbname='app' host='db1,db2,db3' password='pw' port='5432,5433,5432' target_session_attrs='read-write' user='app'", ""},
		{"several hosts, any", "postgres://db1,db2/app?target_session_attrs=any&port=6000", "dbname='app' host='db1,db2' port='6000,6000' target_session_attrs='any'", ""},
		{"IPv6", "postgres://app@[2001:db8::1]/app", "dbname='app' host='2001:db8::1' port='5432' user='app'", ""},
		{"IPv6 with a port", "postgres://app@[::1]:5433/app", "dbname='app' host='::1' port='5433' user='app'", ""},
		{"a folder of sockets", "postgres://app@%2Fvar%2Frun%2Fpostgresql/app", "dbname='app' host='/var/run/postgresql' port='5432' user='app'", ""},
		{"the system's authorities", "postgres://app@db/app?sslmode=require&sslrootcert=system", "dbname='app' host='db' port='5432' sslmode='verify-full' sslrootcert='system' user='app'", ""},
		{"escaped password", "postgres://app:%40%2F%23%3F%25%20%27%5C@db/app", `dbname='app' host='db' password='@/#?% \'\\' port='5432' user='app'`, ""},
		{"harmless characters in the password", "postgres://app:a!$&'()*+,;=:b[c]@db/app", `dbname='app' host='db' password='a!$&\'()*+,;=:b[c]' port='5432' user='app'`, ""},
		{"a plus sign in the query", "postgres://db/app?user=a+b&options=-c+search_path%3Dauth", "dbname='app' host='db' options='-c search_path=auth' port='5432' user='a+b'", ""},
		{"settings of the server", "postgres://db/app?statement_timeout=5000&TimeZone=UTC&app.tenant=1", "app.tenant='1' dbname='app' host='db' port='5432' statement_timeout='5000' timezone='UTC'", ""},
		{"a protocol at least", "postgres://db/app?min_protocol_version=3.2", "dbname='app' host='db' max_protocol_version='latest' min_protocol_version='3.2' port='5432'", ""},
		{"the first protocol at least", "postgres://db/app?min_protocol_version=3.0", "dbname='app' host='db' min_protocol_version='3.0' port='5432'", ""},
		{"TLS as libpq writes it", "postgres://db/app?ssl_min_protocol_version=TLSv1&ssl_max_protocol_version=TLSv1.3", "dbname='app' host='db' port='5432' ssl_max_protocol_version='TLSv1.3' ssl_min_protocol_version='TLSv1.0'", ""},
		{"quotes of a file", `"postgres://app@db/app"`, "dbname='app' host='db' port='5432' user='app'", "the quotes around the DSN"},
		{"pairs", "host=db port=5433 user=app password='a \\'b\\' \\\\' dbname = app", `dbname='app' host='db' password='a \'b\' \\' port='5433' user='app'`, ""},
		{"pairs, several hosts", "host=a,b port=5432,5433 dbname=app sslmode=disable", "dbname='app' host='a,b' port='5432,5433' sslmode='disable' target_session_attrs='read-write'", ""},
		{"pairs, a socket", "host=/run/postgresql dbname=app", "dbname='app' host='/run/postgresql' port='5432'", ""},
		{"pairs, backslash", `host=db password=a\ b dbname=app`, "dbname='app' host='db' password='a b' port='5432'", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, warnings, err := dsn.Translate(tt.dsn)
			if err != nil || got != tt.want {
				t.Errorf("%s, %v; want %s", got, err, tt.want)
			}
			text := strings.Join(warnings, "; ")
			if (text == "") != (tt.warning == "") || !strings.Contains(text, tt.warning) {
				t.Errorf("warnings %q, want %q", warnings, tt.warning)
			}
			again, _, err := dsn.Translate(got)
			if err != nil || again != got {
				t.Errorf("translated twice: %s, %v", again, err)
			}
			if _, err := pq.NewConnector(got); err != nil {
				t.Errorf("the driver: %v", err)
			}
		})
	}
}

// TestRefused: each refusal says what to write instead, and repeats nothing that
// may be part of a password.
func TestRefused(t *testing.T) {
	const encode = "percent-encode special characters"
	tests := []struct{ name, dsn, want string }{
		{"@ in the password", "postgres://app:can@ary@db/app", encode},
		{"/ in the password", "postgres://app:can/ary@db/app", encode},
		{"# in the password", "postgres://app:can#ary@db/app", encode},
		{"? in the password", "postgres://app:can?ary@db/app", encode},
		{"? and = in the password", "postgres://app:can?a=ry@db/app", "special characters of the password must be percent-encoded"},
		{"% in the password", "postgres://app:can%ary@db/app", encode},
		{"% at the end of the password", "postgres://app:canary%@db/app", encode},
		{"a blank in the password", "postgres://app:can ary@db/app", encode},
		{"@ and / in the password", "postgres://app:can@ar/y@db/app", encode},
		{"digits and / in the password", "postgres://app:12/canary@db/app", encode},
		{"& in a password parameter", "postgres://db/app?user=app&password=x&canary=1", "one of the parameters is not one of PostgreSQL"},
		{"no user, a strange port", "postgres://app:canary/app", "the port is not a number"},
		{"port 0", "postgres://db:0/app", "the port is not a number from 1"},
		{"port 70000", "postgres://db:70000/app", "the port is not a number from 1"},
		{"IPv6 without brackets", "postgres://2001:db8::1/app", "write an IPv6 address in brackets"},
		{"a strange host", "postgres://app@can!ary/app", "the host is not a name"},
		{"another path", "postgres://db/app/canary", "the name of the database contains a slash"},
		{"two ports for three hosts", "postgres://a,b,c/app?port=1,2", "one port for all hosts"},
		{"another database", "mysql://app:canary@db/app", "not the URL of a PostgreSQL database"},
		{"a file", "sqlite:///canary.db", "not the URL of a PostgreSQL database"},
		{"Prisma Accelerate", "prisma+postgres://accelerate.prisma-data.net/?api_key=canary", "Prisma's own service"},
		{"a command", `psql "postgresql://app:canary@db/app"`, "leave psql and the quotes out"},
		{"the form for .NET", "Host=db;Username=app;Password=canary;Database=app", "the form for .NET"},
		{"a line of .env", "DATABASE_URL=postgres://app:canary@db/app", "leave the name of the variable"},
		{"a line of a shell", `export DB_URL="jdbc:postgresql://db/app?user=app&password=canary"`, "leave the name of the variable"},
		{"a service that is not defined", "service=canary", "no such service is defined"},
		{"a service in a URL", "postgres://app@db/app?service=canary", "no such service is defined"},
		{"a protocol", "postgres://app@db/app?max_protocol_version=canary", "does not take this value of max_protocol_version"},
		{"a version of TLS", "postgres://app@db/app?ssl_min_protocol_version=canary", "does not take this value of ssl_min_protocol_version"},
		{"an address", "host=db hostaddr=canary", "does not take this value of hostaddr"},
		{"only a host", "canary.example.com:5432/app", "write postgres://"},
		{"one word", "canary", "write postgres://"},
		{"nothing", "postgres:/canary", "write postgres://"},
		{"Supabase, transaction pooler", "postgres://postgres.abc:canary@aws-0-eu.pooler.supabase.com:6543/postgres", "which has port 5432"},
		{"Neon, pooler", "postgres://app:canary@ep-1-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require", "remove -pooler from the host"},
		{"Prisma, pooler", "postgres://app:canary@db/app?pgbouncer=true", "pgbouncer can't be obeyed: it marks a pooler"},
		{"CockroachDB", "postgresql://app:canary@free.cockroachlabs.cloud:26257/defaultdb?sslmode=verify-full", "CockroachDB"},
		{"CockroachDB by its scheme", "cockroachdb://app:canary@db/app", "CockroachDB"},
		{"a standby", "postgres://a,b/app?target_session_attrs=prefer-standby", "target_session_attrs must be one of: read-write"},
		{"sslmode", "postgres://db/app?sslmode=on", "sslmode must be one of: disable, allow, prefer, require, verify-ca, verify-full"},
		{"a file that is missing", "postgres://db/app?sslmode=require&sslrootcert=/no/ca.pem", "the file that sslrootcert names can't be read"},
		{"revoked certificates", "postgres://db/app?sslcrl=/etc/crl.pem", "sslcrl can't be obeyed"},
		{"GSSAPI", "postgres://db/app?gssencmode=require", "gssencmode can't be obeyed"},
		{"methods", "postgres://db/app?require_auth=scram-sha-256", "require_auth can't be obeyed: the method"},
		{"timeout", "postgres://db/app?connect_timeout=10s", "connect_timeout must be a whole number of seconds"},
		{"encoding", "postgres://db/app?client_encoding=LATIN1", "client_encoding must be UTF8"},
		{"misspelt", "postgres://db/app?sslmod=require", "sslmod is not a parameter of PostgreSQL (did you mean sslmode?)"},
		{"read only", "postgres://db/app?default_transaction_read_only=on", "the service has to write"},
		{"channel binding", "postgres://db/app?channel_binding=yes", "channel_binding must be one of"},
		{"pairs, a blank in the password", "host=db password=can ary dbname=app", "a value with blanks"},
		{"pairs, a quote that isn't closed", "host=db password='canary dbname=app", "a value with blanks"},
		{"pairs, a quote inside", "host=db password=can'ary dbname=app", "a value with blanks"},
		{"pairs, after a password", "host=db password=x canary=y", "one of the parameters is not one of PostgreSQL"},
		{"pairs, port in the host", "host=db:x dbname=app", "the port is not a number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := dsn.Translate(tt.dsn)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%s, %v; want %q", got, err, tt.want)
			}
			if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "ary@") {
				t.Errorf("the error repeats a part: %v", err)
			}
		})
	}
}

// TestCheckEnvironment: a variable of libpq that makes every connection fail is
// named itself.
func TestCheckEnvironment(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"PGCHANNELBINDING", "require", "PGCHANNELBINDING is set in the environment"},
		{"PGGSSENCMODE", "disable", "PGGSSENCMODE is set"},
		{"PGSSLMODE", "on", "PGSSLMODE in the environment must be one of: disable"},
		{"PGPORT", "canary", "PGPORT in the environment can't be used"},
		{"PGCONNECT_TIMEOUT", "10s", "PGCONNECT_TIMEOUT in the environment can't be used"},
		{"PGHOSTADDR", "canary", "PGHOSTADDR"},
		{"PGTARGETSESSIONATTRS", "standby", "PGTARGETSESSIONATTRS"},
		{"PGCLIENTENCODING", "SQL_ASCII", "PGCLIENTENCODING"},
		{"PGSSLMODE", "require", ""},
		{"PGPORT", "5432,5433", ""},
		{"PGHOST", "canary", ""},
		{"PGDATA", "/canary", ""},
		{"PGAPPNAME", "canary", ""},
	}
	for _, tt := range tests {
		faults := strings.Join(dsn.CheckEnvironment(map[string]string{tt.name: tt.value}), "\n")
		if (faults == "") != (tt.want == "") || !strings.Contains(faults, tt.want) || strings.Contains(faults, "canary") {
			t.Errorf("%s=%s: %q, want %q", tt.name, tt.value, faults, tt.want)
		}
	}
	environment := map[string]string{"PGHOST": "x", "PGSSLMODE": "require", "PGUSER": "u", "HOME": "/"}
	if got := strings.Join(dsn.Completed("host='db' user='app'", environment), " "); got != "PGSSLMODE" {
		t.Errorf("completed by %s, want PGSSLMODE", got)
	}
}

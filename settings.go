package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"gatehouse/auth"
	"gatehouse/auth/password"
	"gatehouse/auth/token"
	"gatehouse/graph/transport"
)

// settings are all that can be set, read once. The README's table says what each means.
type settings struct {
	Addr        string `env:"ADDR" envDefault:"127.0.0.1:8080"`
	PublicURL   string `env:"PUBLIC_URL"`
	Audience    string `env:"AUDIENCE"`
	DatabaseURL string `env:"DATABASE_URL"`
	PGBinDir    string `env:"PG_BINDIR"`
	DataDir     string `env:"DATA_DIR" envDefault:"./data"`

	SecretKey         string `env:"SECRET_KEY"`
	SecretKeyPrevious string `env:"SECRET_KEY_PREVIOUS"`
	JWTAlg            string `env:"JWT_ALG" envDefault:"EdDSA"`

	KeyAnnounce time.Duration `env:"JWT_KEY_ANNOUNCE" envDefault:"10m"`
	KeyMaxAge   time.Duration `env:"JWT_KEY_MAX_AGE" envDefault:"2160h"`

	AccessTokenTTL  time.Duration `env:"ACCESS_TOKEN_TTL" envDefault:"15m"`
	RefreshTokenTTL time.Duration `env:"REFRESH_TOKEN_TTL" envDefault:"720h"`
	SessionTTL      time.Duration `env:"SESSION_TTL" envDefault:"2160h"`
	ReplayWindow    time.Duration `env:"REFRESH_REPLAY_WINDOW" envDefault:"10s"`
	SessionsPerUser int           `env:"SESSIONS_PER_USER" envDefault:"50"`
	RefreshCookie   string        `env:"REFRESH_COOKIE" envDefault:"header"`
	Registration    string        `env:"REGISTRATION" envDefault:"open"`

	PasswordHasher    string `env:"PASSWORD_HASHER" envDefault:"argon2id"`
	PasswordMinLength int    `env:"PASSWORD_MIN_LENGTH" envDefault:"12"`

	TrustedProxies []string `env:"TRUSTED_PROXIES"`
	RateLimits     string   `env:"RATE_LIMITS" envDefault:"on"`
	RedisURL       string   `env:"REDIS_URL"`

	TrustedDocuments string `env:"TRUSTED_DOCUMENTS"`
	DocumentsMode    string `env:"TRUSTED_DOCUMENTS_MODE" envDefault:"log"`
	AutomaticQueries string `env:"AUTOMATIC_PERSISTED_QUERIES" envDefault:"off"`

	CORSOrigins   []string `env:"CORS_ORIGINS"`
	Introspection string   `env:"INTROSPECTION" envDefault:"full"`
	Playground    string   `env:"PLAYGROUND" envDefault:"on"`
	PolicyMode    string   `env:"POLICY_MODE" envDefault:"partial"`
	PolicyDetails string   `env:"POLICY_DETAILS" envDefault:"authenticated"`

	LimitBody        int           `env:"LIMIT_BODY" envDefault:"131072"`
	LimitTokens      int           `env:"LIMIT_TOKENS" envDefault:"1000"`
	LimitDepth       int           `env:"LIMIT_DEPTH" envDefault:"20"`
	LimitAliases     int           `env:"LIMIT_ALIASES" envDefault:"60"`
	LimitFields      int           `env:"LIMIT_FIELDS" envDefault:"500"`
	LimitRootFields  int           `env:"LIMIT_ROOT_FIELDS" envDefault:"20"`
	LimitMutations   int           `env:"LIMIT_MUTATIONS" envDefault:"5"`
	LimitDirectives  int           `env:"LIMIT_DIRECTIVES" envDefault:"50"`
	LimitFragments   int           `env:"LIMIT_FRAGMENTS" envDefault:"50"`
	LimitCost        int           `env:"LIMIT_COST" envDefault:"15000"`
	LimitErrors      int           `env:"LIMIT_ERRORS" envDefault:"20"`
	OperationTimeout time.Duration `env:"OPERATION_TIMEOUT" envDefault:"10s"`
	MaxRequests      int           `env:"MAX_REQUESTS_IN_FLIGHT" envDefault:"1000"`
	MaxConnections   int           `env:"MAX_CONNECTIONS" envDefault:"2000"`

	AdminEmail    string `env:"ADMIN_EMAIL"`
	AdminPassword string `env:"ADMIN_PASSWORD"`

	MetricsAddr string `env:"METRICS_ADDR"`

	OTelEndpoint       string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	OTelTracesEndpoint string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
	OTelProtocol       string `env:"OTEL_EXPORTER_OTLP_PROTOCOL" envDefault:"http/protobuf"`
	OTelExporter       string `env:"OTEL_TRACES_EXPORTER" envDefault:"otlp"`
	OTelDisabled       string `env:"OTEL_SDK_DISABLED"`
	OTelServiceName    string `env:"OTEL_SERVICE_NAME"`

	LogFormat string `env:"LOG_FORMAT"`
	LogLevel  string `env:"LOG_LEVEL" envDefault:"info"`
}

// ours are the beginnings of names that nobody else uses: such a name that is no setting is a mistake.
func ours() []string {
	return []string{"ACCESS_TOKEN_", "REFRESH_", "SESSION_", "SESSIONS_", "JWT_", "LIMIT_", "CORS_", "PASSWORD_", "POLICY_", "RATE_LIMIT", "SECRET_KEY", "TRUSTED_", "AUTOMATIC_PERSISTED_"}
}

// faults are everything that is wrong with the settings.
type faults []string

// Error lists them, one on each line.
func (f faults) Error() string {
	return "the settings can't be used:\n  " + strings.Join(f, "\n  ")
}

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// readSettings reads the environment and, for what it lacks, the file .env of the working directory. An empty value is none.
func readSettings(environ []string, dotenv string) (*settings, error) {
	var wrong faults
	fromFile, err := godotenv.Read(dotenv)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		wrong.add("%s can't be read: write lines of the form NAME=value", dotenv)
	}
	values := env.ToMap(environ)
	known := names()
	for _, name := range slices.Sorted(maps.Keys(fromFile)) {
		switch {
		case slices.Contains(known, name):
		case strings.HasPrefix(name, "OTEL_"): // the SDK reads it, which knows nothing of files
			wrong.add("%s: %s is not read from a file; set it in the environment", dotenv, name)
		default:
			wrong.add("%s: %s is no setting%s", dotenv, name, closest(name, known))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		mine := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if !slices.Contains(known, name) && slices.ContainsFunc(ours(), mine) {
			wrong.add("%s is no setting%s", name, closest(name, known))
		}
	}
	for name, value := range fromFile {
		if values[name] == "" {
			values[name] = value
		}
	}
	maps.DeleteFunc(values, func(_, value string) bool { return value == "" })
	s := &settings{}
	wrong = append(wrong, unreadable(env.ParseWithOptions(s, env.Options{Environment: values}))...)
	wrong = append(wrong, s.check(env.ToMap(environ))...)
	if len(wrong) > 0 {
		return nil, wrong
	}
	return s, nil
}

// names returns the name of every setting.
func names() []string {
	params, err := env.GetFieldParams(&settings{})
	if err != nil {
		panic(err) // the tags above are wrong
	}
	all := make([]string, len(params))
	for i, p := range params {
		all[i] = p.Key
	}
	return all
}

// closest suggests the setting that was meant: of those that begin or are spelt much like it, the one of the fewest edits.
func closest(name string, known []string) string {
	found, least := "", 0
	for _, k := range known {
		begun, edits := sharedBeginning(name, k), levenshtein.ComputeDistance(name, k)
		alike := begun >= 4 && 3*begun > 2*min(len(name), len(k)) || 3*edits <= min(len(name), len(k))
		if alike && (found == "" || edits < least) {
			found, least = k, edits
		}
	}
	if found == "" {
		return ""
	}
	return "; did you mean " + found + "?"
}

// sharedBeginning is how many bytes two names begin with alike.
func sharedBeginning(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// unreadable says which values have the wrong form, without repeating them.
func unreadable(err error) faults {
	var wrong faults
	var all env.AggregateError
	if !errors.As(err, &all) {
		return nil
	}
	for _, one := range all.Errors {
		var parse env.ParseError
		if errors.As(one, &parse) {
			form := "a whole number"
			if parse.Type == nil || strings.Contains(parse.Type.String(), "Duration") {
				form = "a duration such as 90s, 15m or 720h"
			}
			wrong.add("%s must be %s", environmentName(parse.Name), form)
			continue
		}
		wrong.add("%v", one)
	}
	return wrong
}

// environmentName is the name of the setting that a field holds.
func environmentName(field string) string {
	f, _ := reflect.TypeFor[settings]().FieldByName(field)
	return f.Tag.Get("env")
}

// port returns the port of ADDR.
func (s *settings) port() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

// embedded reports whether the service brings its own database.
func (s *settings) embedded() bool { return s.DatabaseURL == "" }

// secure reports whether the service is reached by https.
func (s *settings) secure() bool { return strings.HasPrefix(s.PublicURL, "https://") }

// bareCookie reports whether refresh tokens travel in a cookie without what browsers grant over https only.
func (s *settings) bareCookie() bool { return !s.secure() && s.RefreshCookie != "never" }

// lifetimes are the settings of sessions.
func (s *settings) lifetimes() auth.Lifetimes {
	return auth.Lifetimes{Idle: s.RefreshTokenTTL, Absolute: s.SessionTTL, Replay: s.ReplayWindow, PerUser: s.SessionsPerUser}
}

// rules are the settings of passwords.
func (s *settings) rules() password.Rules {
	return password.Rules{MinLength: s.PasswordMinLength, Method: password.Method(s.PasswordHasher)}
}

// settle fills in what follows from other settings, once the address is known.
func (s *settings) settle() {
	if s.PublicURL == "" {
		s.PublicURL = "http://localhost:" + s.port()
	}
	if s.Audience == "" {
		s.Audience = s.PublicURL
	}
}

// secrets reads the secret and the one before it.
func (s *settings) secrets() (token.Secrets, error) {
	current, err := token.ParseSecret(s.SecretKey)
	if err != nil {
		return token.Secrets{}, fmt.Errorf("SECRET_KEY: %w", err)
	}
	secrets := token.Secrets{Current: current}
	if s.SecretKeyPrevious != "" {
		previous, err := token.ParseSecret(s.SecretKeyPrevious)
		if err != nil {
			return token.Secrets{}, fmt.Errorf("SECRET_KEY_PREVIOUS: %w", err)
		}
		secrets.Previous = &previous
	}
	return secrets, nil
}

// cookies are the settings of the refresh cookie.
func (s *settings) cookies() transport.Cookies {
	return transport.Cookies{Mode: transport.CookieMode(s.RefreshCookie), Secure: s.secure(), MaxAge: s.RefreshTokenTTL}
}

// origin reads an origin as a browser sends it: scheme, host and port, in lower case, and nothing else.
func origin(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return nil, false
	}
	return u, text == u.Scheme+"://"+u.Host && text == strings.ToLower(text)
}

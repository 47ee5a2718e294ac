// Package settings says how a deployment is run. It reads the environment and
// the file .env once, and reports every fault at once without repeating a
// value, which may be a secret.
package settings

import (
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/bymail"
	"gatehouse/auth/factor"
	"gatehouse/auth/password"
	"gatehouse/auth/token"
	"gatehouse/edge"
	"gatehouse/edge/origin"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/graph/persisted"
	"gatehouse/graph/transport"
	"gatehouse/mail/smtp"
)

// Settings are all settings, parsed and complete. The README's table says what
// each means. They are not changed after [Read].
type Settings struct {
	Addr        string   `env:"ADDR"`
	Port        string   `env:"PORT"`
	PublicURL   *url.URL `env:"PUBLIC_URL"`
	Audience    string   `env:"AUDIENCE"`
	DatabaseURL string   `env:"DATABASE_URL"` // in the form that the driver reads
	PGBinDir    string   `env:"PG_BINDIR"`
	DataDir     string   `env:"DATA_DIR"`

	DatabasePoolSize int           `env:"DATABASE_POOL_SIZE"`
	DatabaseWait     time.Duration `env:"DATABASE_WAIT"`

	SecretKey         *token.Secret   `env:"SECRET_KEY"`
	SecretKeyPrevious *token.Secret   `env:"SECRET_KEY_PREVIOUS"`
	JWTAlg            token.Algorithm `env:"JWT_ALG"`

	KeyAnnounce time.Duration `env:"JWT_KEY_ANNOUNCE"`
	KeyMaxAge   time.Duration `env:"JWT_KEY_MAX_AGE"`

	AccessTokenTTL  time.Duration        `env:"ACCESS_TOKEN_TTL"`
	RefreshTokenTTL time.Duration        `env:"REFRESH_TOKEN_TTL"`
	SessionTTL      time.Duration        `env:"SESSION_TTL"`
	ReplayWindow    time.Duration        `env:"REFRESH_REPLAY_WINDOW"`
	SessionsPerUser int                  `env:"SESSIONS_PER_USER"`
	RefreshCookie   transport.CookieMode `env:"REFRESH_COOKIE"`
	Registration    bymail.Registration  `env:"REGISTRATION"`

	KeySources keySources    `env:"API_KEY_SOURCES"`
	KeyLife    time.Duration `env:"API_KEY_MAX_AGE"`

	LoginMethods      loginMethods  `env:"LOGIN_METHODS"`
	SecondFactor      factor.Rule   `env:"SECOND_FACTOR"`
	EmailVerification Verification  `env:"EMAIL_VERIFICATION"`
	EmailChange       emailChange   `env:"EMAIL_CHANGE"`
	SMTP              *smtp.Server  `env:"SMTP_URL"`
	MailFrom          *mail.Address `env:"MAIL_FROM"`
	MailTemplates     string        `env:"MAIL_TEMPLATES"`
	AccountURL        *accountURL   `env:"ACCOUNT_URL"`

	Passkey passkeySettings

	OAuth oauthSettings

	PasswordHasher    password.Method `env:"PASSWORD_HASHER"`
	PasswordMinLength int             `env:"PASSWORD_MIN_LENGTH"`
	BreachedPasswords string          `env:"BREACHED_PASSWORDS"`

	TrustedProxies edge.Proxies `env:"TRUSTED_PROXIES"`
	RateLimits     bool         `env:"RATE_LIMITS"`
	RedisURL       string       `env:"REDIS_URL"`

	TrustedDocuments string         `env:"TRUSTED_DOCUMENTS"`
	DocumentsMode    persisted.Mode `env:"TRUSTED_DOCUMENTS_MODE"`
	AutomaticQueries bool           `env:"AUTOMATIC_PERSISTED_QUERIES"`

	CORSOrigins   origin.List            `env:"CORS_ORIGINS"`
	CORSHeaders   headerNames            `env:"CORS_HEADERS"`
	Introspection document.Introspection `env:"INTROSPECTION"`
	Playground    bool                   `env:"PLAYGROUND"`
	PolicyMode    graph.Mode             `env:"POLICY_MODE"`
	Executor      graph.Executor         `env:"EXECUTOR"`
	PolicyDetails graph.Details          `env:"POLICY_DETAILS"`

	Limits         limits
	MaxRequests    int `env:"MAX_REQUESTS_IN_FLIGHT"`
	MaxConnections int `env:"MAX_CONNECTIONS"`

	AdminEmail    string `env:"ADMIN_EMAIL"`
	AdminPassword string `env:"ADMIN_PASSWORD"`

	MetricsAddr string `env:"METRICS_ADDR"`

	ShutdownDelay time.Duration `env:"SHUTDOWN_DELAY"`

	OTel   openTelemetry
	Traces *Traces `env:"-"` // what OTel and the environment come to; nil: none are sent

	LogFormat LogFormat `env:"LOG_FORMAT"`
	LogLevel  logLevel  `env:"LOG_LEVEL"`

	from     map[string]string // by name, where a value comes from
	warnings []string
}

// defaults are the settings where nothing is set.
func defaults() *Settings {
	return &Settings{
		Addr: defaultHost + ":" + defaultPort, DataDir: "./data", DatabasePoolSize: 20, DatabaseWait: 30 * time.Second,
		KeyAnnounce: 10 * time.Minute, KeyMaxAge: 90 * day,
		AccessTokenTTL: 15 * time.Minute, RefreshTokenTTL: 30 * day, SessionTTL: 90 * day,
		ReplayWindow: 10 * time.Second, SessionsPerUser: 50,
		RefreshCookie: transport.CookieOnHeader, Registration: bymail.RegistrationOpen, KeyLife: 365 * day,
		LoginMethods: loginMethods{Password: true}, SecondFactor: factor.Optional, EmailVerification: VerificationOff, EmailChange: changeAtOnce,
		OAuth:          oauthSettings{Replay: time.Minute, SignInTTL: 12 * time.Hour},
		PasswordHasher: password.Argon2id, PasswordMinLength: 12, RateLimits: true,
		DocumentsMode: persisted.ModeLog,
		Introspection: document.IntrospectionFull, Playground: true,
		PolicyMode: graph.ModePartial, Executor: graph.ExecutorDirect, PolicyDetails: graph.DetailsAuthenticated,
		Limits: limits(document.DefaultLimits()), MaxRequests: 1000, MaxConnections: 2000,
		OTel:     openTelemetry{Protocol: protocol, Exporter: exporterOTLP},
		LogLevel: logLevel(slog.LevelInfo),
	}
}

// shutdownDelay is the default of SHUTDOWN_DELAY with DATABASE_URL: as long as
// load balancers need to ask twice whether a replica is ready.
const shutdownDelay = 5 * time.Second

// complete fills in the settings that follow from others.
func (s *Settings) complete() {
	if s.PublicURL == nil {
		_, port, _ := net.SplitHostPort(s.Addr)
		s.PublicURL = &url.URL{Scheme: "http", Host: "localhost:" + port}
	}
	if s.Audience == "" {
		s.Audience = s.Issuer()
	}
	s.completeMail()
	if s.from["SHUTDOWN_DELAY"] == "" && !s.Embedded() {
		s.ShutdownDelay = shutdownDelay
	}
}

// Issuer is the issuer of access tokens: PUBLIC_URL.
func (s *Settings) Issuer() string { return s.PublicURL.String() }

// Embedded reports whether the service brings its own database.
func (s *Settings) Embedded() bool { return s.DatabaseURL == "" }

// HTTPS reports whether clients reach the service over https.
func (s *Settings) HTTPS() bool { return s.PublicURL.Scheme == "https" }

// BareCookie reports whether refresh tokens travel in a cookie without the
// protection that browsers grant over https only.
func (s *Settings) BareCookie() bool {
	return !s.HTTPS() && s.RefreshCookie != transport.CookieNever
}

// Lifetimes are the lifetimes of sessions.
func (s *Settings) Lifetimes() auth.Lifetimes {
	return auth.Lifetimes{
		Idle: s.RefreshTokenTTL, SignIn: s.OAuth.SignInTTL, Absolute: s.SessionTTL,
		Replay: s.ReplayWindow, PerUser: s.SessionsPerUser,
	}
}

// PasswordRules are the rules that a new password must meet.
func (s *Settings) PasswordRules() password.Rules {
	return password.Rules{MinLength: s.PasswordMinLength, Method: s.PasswordHasher}
}

// Cookies says how refresh tokens travel in cookies.
func (s *Settings) Cookies() transport.Cookies {
	return transport.Cookies{Mode: s.RefreshCookie, Secure: s.HTTPS(), MaxAge: s.RefreshTokenTTL}
}

// LocalURL is the URL by which this machine reaches the service.
func (s *Settings) LocalURL() string {
	host, port, err := net.SplitHostPort(s.Addr)
	if err == nil && (host == "" || net.ParseIP(host).IsLoopback()) {
		return "http://localhost:" + port
	}
	return "http://" + s.Addr
}

// Origins are the origins whose pages may send requests: those of other sites,
// and our own, whose host a proxy may have changed on the way.
func (s *Settings) Origins() origin.List { return s.CORSOrigins.With(s.origin()) }

package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

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

// A LogFormat is how lines are logged.
type LogFormat string

// The values of the setting LOG_FORMAT. Unset, the log is text on a terminal
// and JSON elsewhere.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// logLevel is the level from which lines are logged: a [slog.Leveler].
type logLevel slog.Level

// Level returns the level.
func (l logLevel) Level() slog.Level { return slog.Level(l) }

// String returns the text of the setting.
func (l logLevel) String() string { return strings.ToLower(l.Level().String()) }

// A form says what form a value must have, in the words that follow "must be".
type form string

// Error returns the end of a sentence that begins with the setting's name.
func (f form) Error() string { return "must be " + string(f) }

// parsers parse values by their type. No error of theirs repeats a value.
var parsers = map[reflect.Type]env.ParserFunc{
	reflect.TypeFor[bool]():          choice(map[string]bool{"on": true, "off": false}, "on", "off"),
	reflect.TypeFor[int]():           parser(wholeNumber),
	reflect.TypeFor[time.Duration](): parser(duration),
	reflect.TypeFor[url.URL]():       parser(publicURL),
	reflect.TypeFor[token.Secret]():  parser(secret),
	reflect.TypeFor[edge.Proxies]():  parser(proxies),
	reflect.TypeFor[origin.List]():   parser(origins),
	reflect.TypeFor[headerNames]():   parser(headers),
	reflect.TypeFor[keySources]():    parser(sources),
	reflect.TypeFor[smtp.Server]():   parser(smtpServer),
	reflect.TypeFor[mail.Address]():  parser(mailAddress),
	reflect.TypeFor[accountURL]():    parser(accountPage),
	reflect.TypeFor[loginMethods]():  parser(methods),
	reflect.TypeFor[factor.Rule]():   oneOf(factor.Off, factor.Optional, factor.Admins, factor.Required),
	reflect.TypeFor[rpID]():          parser(domain),
	reflect.TypeFor[Verification]():  oneOf(VerificationOff, VerificationOptional, VerificationRequired),
	reflect.TypeFor[emailChange]():   oneOf(changeAtOnce, changeConfirmed),
	reflect.TypeFor[bymail.Registration](): oneOf(bymail.RegistrationOpen, bymail.RegistrationByEmail, bymail.RegistrationInvited,
		bymail.RegistrationClosed),
	reflect.TypeFor[token.Algorithm]():      oneOf(token.EdDSA, token.ES256, token.RS256, token.HS256),
	reflect.TypeFor[password.Method]():      oneOf(password.Argon2id, password.Bcrypt),
	reflect.TypeFor[transport.CookieMode](): oneOf(transport.CookieOnHeader, transport.CookieAlways, transport.CookieNever),
	reflect.TypeFor[persisted.Mode]():       oneOf(persisted.ModeLog, persisted.ModeAllowList, persisted.ModeOnly),
	reflect.TypeFor[document.Introspection](): oneOf(document.IntrospectionFull, document.IntrospectionFiltered,
		document.IntrospectionOff),
	reflect.TypeFor[graph.Executor](): oneOf(graph.ExecutorDirect, graph.ExecutorGqlgen),
	reflect.TypeFor[graph.Mode]():     oneOf(graph.ModePartial, graph.ModeReject, graph.ModeDryRun),
	reflect.TypeFor[graph.Details]():  oneOf(graph.DetailsAuthenticated, graph.DetailsAll, graph.DetailsNone),
	reflect.TypeFor[LogFormat]():      oneOf(LogText, LogJSON),
	reflect.TypeFor[logLevel](): choice(map[string]logLevel{
		"debug": logLevel(slog.LevelDebug), "info": logLevel(slog.LevelInfo),
		"warn": logLevel(slog.LevelWarn), "error": logLevel(slog.LevelError),
	}, "debug", "info", "warn", "error"),
}

// parser drops the type of a value that parse returns, as the library wants it.
func parser[T any](parse func(string) (T, error)) env.ParserFunc {
	return func(text string) (any, error) { return parse(text) }
}

// oneOf parses a text that is one of those allowed.
func oneOf[T ~string](allowed ...T) env.ParserFunc {
	return parser(func(text string) (T, error) {
		if !slices.Contains(allowed, T(text)) {
			return "", listed(allowed...)
		}
		return T(text), nil
	})
}

// choice parses a text that stands for a value. The names are those of the
// values, in the order in which a fault lists them.
func choice[T any](values map[string]T, names ...string) env.ParserFunc {
	return parser(func(text string) (T, error) {
		value, ok := values[text]
		if !ok {
			return value, listed(names...)
		}
		return value, nil
	})
}

func listed[T ~string](allowed ...T) form {
	texts := make([]string, len(allowed))
	for i, a := range allowed {
		texts[i] = string(a)
	}
	return form("one of: " + strings.Join(texts, ", "))
}

func wholeNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, form("a whole number")
	}
	return n, nil
}

func secret(text string) (token.Secret, error) { return token.ParseSecret(text) }

func proxies(text string) (edge.Proxies, error) {
	all, err := edge.ParseProxies(text)
	if err != nil {
		return nil, form("addresses or networks, such as 10.0.0.0/8, separated by commas, and not all addresses")
	}
	return all, nil
}

// unreadable adds the values that could not be parsed. The default stands in
// for each, so that nothing is reported because of them.
func (c *checker) unreadable(err error) {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return
	}
	for _, one := range all.Errors {
		var parse env.ParseError
		if !errors.As(one, &parse) {
			panic(fmt.Sprintf("the tags of Settings: %v", one))
		}
		name := nameOf(parse.Name)
		if must := form(""); errors.As(parse.Err, &must) {
			c.add(name, "%v", must)
		} else {
			c.addError(name, parse.Err)
		}
		c.failed[name] = true
	}
}

package house_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A layer is a package, and the packages of ours that it may import.
type layer struct {
	folder  string
	imports []string
}

// layers are the packages of the repository, from top to bottom. A package
// imports only packages further down. Below test/ imports are free.
func layers() []layer {
	l := func(folder string, imports ...string) layer { return layer{folder, imports} }
	return []layer{
		l(".", "command", "command/terminal"),
		l("command", "auth", "auth/apikey", "auth/bymail", "auth/clock", "auth/email", "auth/keys", "auth/operator", "auth/revocation",
			"auth/services", "auth/token", "auth/token/keyfile", "command/clients", "command/inspect", "command/mails", "command/passwords",
			"command/relyingparty", "command/schema", "command/shell", "command/terminal", "command/version", "command/work", "graph", "oauth",
			"observe/logs", "server", "settings", "store", "store/backup"),
		l("command/relyingparty", "command/terminal", "command/work", "server", "settings", "auth/oauth/clients"),
		l("command/clients", "command/terminal", "command/work", "server", "graph/persisted", "auth", "auth/oauth/clients"),
		l("command/inspect", "command/terminal", "command/work", "server", "auth", "auth/apikey", "auth/token"),
		l("command/mails", "command/terminal", "command/work", "mail/words", "server", "settings", "auth/bymail", "auth/email", "auth/proof"),
		l("command/passwords", "command/terminal", "command/work", "auth/password/breached"),
		l("command/work", "command/terminal", "server", "observe/logs", "settings", "store", "auth"),
		l("command/schema", "command/terminal", "graph", "graph/document", "graph/position", "auth", "auth/policy"),
		l("command/shell", "command/terminal"),
		l("command/version", "command/terminal"),
		l("command/terminal"),
		l("server", "auth", "auth/apikey", "auth/authn", "auth/bymail", "auth/clock", "auth/factor", "auth/factor/desk", "auth/keys", "auth/oauth",
			"auth/oauth/authorization", "auth/oauth/clients", "auth/oauth/tokens", "auth/operator", "auth/passkey", "auth/password",
			"auth/password/breached", "auth/policy", "auth/proof", "auth/reauth", "auth/revocation", "auth/services", "auth/token", "edge",
			"graph", "graph/document", "graph/persisted", "graph/transport", "graph/uses", "mail", "mail/inbox", "mail/smtp", "oauth",
			"oauth/pages", "observe", "observe/logs", "server/crossorigin", "server/passkeys", "settings", "store", "store/counts",
			"store/embedded", "store/listen", "web"),
		l("server/crossorigin", "edge", "edge/origin", "graph/transport", "settings"),
		l("observe", "observe/otlp", "settings", "edge", "graph", "graph/fault", "graph/persisted", "auth/policy"),
		l("store/storetest", "store", "store/embedded"),
		l("store/backup", "store/embedded/programs", "store/embedded/runas"),
		l("store", "auth", "auth/client", "auth/email", "auth/keys", "auth/name", "auth/operator", "auth/proof", "auth/reauth", "auth/revocation",
			"auth/token", "store/apikeys", "store/changes", "store/clients", "store/factors", "store/listen", "store/oauth", "store/passkeys",
			"store/postgres", "store/proofs", "store/sessions", "store/versions"),
		l("store/apikeys", "auth", "auth/apikey", "auth/revocation", "store/changes", "store/postgres"),
		l("store/oauth", "store/changes", "store/clients", "store/postgres", "store/sessions", "auth", "auth/oauth", "auth/oauth/authorization",
			"auth/oauth/clients", "auth/oauth/tokens", "auth/token"),
		l("store/clients", "auth", "auth/oauth/clients", "auth/revocation", "store/changes", "store/postgres"),
		l("store/listen", "auth/clock", "auth/revocation", "store/postgres"),
		l("store/versions"),
		l("store/embedded", "store/embedded/programs", "store/embedded/runas"),
		l("store/embedded/programs", "store/embedded/runas"),
		l("store/embedded/runas"),
		l("web"),
		l("oauth", "edge", "auth", "auth/authn", "auth/client", "auth/oauth", "auth/oauth/clients", "auth/oauth/tokens"),
		l("oauth/pages", "auth", "auth/client", "auth/factor", "auth/factor/desk", "auth/oauth", "auth/oauth/authorization", "auth/policy",
			"auth/proof", "edge"),
		l("graph/direct/generate"),
		l("graph/direct/internal/maze"),
		l("examples/mcp", "auth/token"), // a module of its own
		l("examples/items", "graph/guard", "auth/policy", "auth/token", "auth/token/bearer"), // what any service may require
		l("graph/guard/internal/shop", "auth/policy"),
		l("observe/logs"),
		l("observe/otlp"),
		l("mail", "mail/message", "mail/smtp", "mail/words", "auth/bymail"),
		l("auth/keys", "auth", "auth/revocation", "auth/token"),
		l("auth/oauth/tokens", "auth", "auth/client", "auth/factor", "auth/oauth", "auth/oauth/clients", "auth/policy", "auth/token"),
		l("auth/oauth/authorization", "auth", "auth/client", "auth/factor/desk", "auth/oauth", "auth/oauth/clients", "auth/policy", "auth/token"),
		l("auth/operator", "auth", "auth/email"),
		l("auth/clock"),
		l("auth/token/bearer", "auth/token"),
		l("auth/token/keyfile", "auth/token", "auth/token/internal/strictjson", "auth/token/internal/weak"),
		l("deploy/image"), // a program of its own
		l("server/passkeys", "edge", "settings"),
		l("settings", "auth", "auth/bymail", "auth/email", "auth/factor", "auth/passkey", "auth/password", "auth/password/breached", "auth/policy",
			"auth/token", "edge", "edge/origin", "graph", "graph/document", "graph/persisted", "graph/transport", "mail/inbox", "mail/smtp",
			"mail/words", "settings/dotenv", "store/counts", "store/dsn"),
		l("store/dsn"),
		l("store/counts", "auth/attempts", "auth/policy"),
		l("settings/dotenv"),
		l("mail/words", "auth/bymail"),
		l("mail/smtp", "mail/message"),
		l("mail/message"),
		l("mail/inbox"),
		l("graph", "auth", "auth/apikey", "auth/authn", "auth/bymail", "auth/client", "auth/factor", "auth/factor/desk", "auth/oauth/clients",
			"auth/passkey", "auth/policy", "auth/proof", "auth/reauth", "auth/services", "edge/origin", "graph/deadline", "graph/direct",
			"graph/document", "graph/fault", "graph/guard", "graph/outage", "graph/persisted", "graph/relay", "graph/transport", "graph/uses"),
		l("graph/uses", "auth", "auth/client", "auth/email", "auth/policy"),
		l("graph/transport", "graph/fault", "edge/origin"),
		l("graph/relay", "auth", "auth/oauth/clients"),
		l("graph/persisted", "graph/document", "graph/fault", "auth/policy"),
		l("graph/guard", "auth/policy"),
		l("graph/document", "graph/direct", "graph/fault", "graph/position", "auth/policy"),
		l("graph/position"),
		l("graph/fault"),
		l("graph/direct"),
		l("graph/deadline"),
		l("auth/reauth", "auth", "auth/factor", "auth/factor/desk", "auth/proof"),
		l("auth/oauth/clients", "auth", "auth/name", "auth/oauth", "auth/services", "auth/token"),
		l("auth/services", "auth", "auth/email", "auth/name"),
		l("auth/oauth"),
		l("auth/authn", "auth", "auth/token"),
		l("auth/apikey", "auth", "auth/client", "auth/name", "auth/revocation", "auth/token"),
		l("edge/origin"),
		l("auth/password/breached"),
		l("edge"),
		l("store/passkeys", "auth", "auth/passkey", "store/changes", "store/factors", "store/postgres", "store/proofs"),
		l("store/factors", "auth", "auth/factor", "auth/factor/desk", "auth/proof", "store/changes", "store/postgres", "store/proofs",
			"store/sessions"),
		l("auth/factor/desk", "auth", "auth/attempts", "auth/bymail", "auth/client", "auth/factor", "auth/factor/recovery", "auth/factor/totp",
			"auth/proof", "auth/token"),
		l("auth/factor/totp"),
		l("auth/factor/recovery"),
		l("store/proofs", "auth", "auth/bymail", "auth/proof", "store/changes", "store/postgres", "store/sessions"),
		l("store/sessions", "auth", "auth/factor", "auth/name", "store/changes"),
		l("auth/bymail", "auth", "auth/client", "auth/email", "auth/factor", "auth/proof"),
		l("store/changes", "auth/revocation", "store/postgres"),
		l("store/postgres"),
		l("auth/passkey", "auth", "auth/factor", "auth/name", "auth/proof"),
		l("auth/proof", "auth/token"),
		l("graph/outage", "auth"),
		l("auth", "auth/attempts", "auth/client", "auth/email", "auth/factor", "auth/name", "auth/password", "auth/policy", "auth/revocation",
			"auth/token"),
		l("auth/token", "auth/token/internal/strictjson", "auth/token/internal/weak"),
		l("auth/token/internal/weak"),
		l("auth/token/internal/strictjson"),
		l("auth/revocation"),
		l("auth/password"),
		l("auth/name"),
		l("auth/factor"),
		l("auth/email"),
		l("auth/client"),
		l("auth/attempts", "auth/policy"),
		l("auth/policy"),
	}
}

// backArrows finds imports of a table that lead up, and those of no layer.
func backArrows(table []layer) (faults []string) {
	for i, l := range table {
		below := table[i+1:]
		for _, imported := range l.imports {
			if !slices.ContainsFunc(below, func(other layer) bool { return other.folder == imported }) {
				faults = append(faults, fmt.Sprintf("%s may import %s, which is not below it", l.folder, imported))
			}
		}
	}
	return faults
}

// reachable are the packages that each package may import, directly or not.
func reachable(table []layer) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, l := range slices.Backward(table) {
		set := map[string]bool{}
		for _, imported := range l.imports {
			set[imported] = true
			maps.Copy(set, all[imported])
		}
		all[l.folder] = set
	}
	return all
}

// ours are the packages of this repository that a file imports, by folder.
func ours(f file) (folders []string) {
	for _, spec := range f.syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if imported == "gatehouse" {
			folders = append(folders, ".")
		} else if folder, found := strings.CutPrefix(imported, "gatehouse/"); found {
			folders = append(folders, folder)
		}
	}
	return folders
}

// crossesLayers finds imports that the layers do not allow. A test may also import
// its own package, everything its package reaches, and what helps tests of that.
func crossesLayers(f file) (faults []string) {
	if within(f.folder, "test/...") {
		return nil
	}
	table := layers()
	i := slices.IndexFunc(table, func(l layer) bool { return l.folder == f.folder })
	if i < 0 {
		return []string{"is in a package without a layer: add it to layers"}
	}
	allowed := map[string]bool{}
	for _, folder := range table[i].imports {
		allowed[folder] = true
	}
	if f.test {
		allowed = forTests(f.folder, reachable(table)[f.folder])
	}
	for _, folder := range ours(f) {
		if !allowed[folder] {
			faults = append(faults, "imports "+folder)
		}
	}
	return faults
}

// forTests adds to the packages that a folder reaches those its tests may import.
func forTests(folder string, reached map[string]bool) map[string]bool {
	allowed := maps.Clone(reached)
	allowed[folder], allowed[folder+"/internal/shop"], allowed[folder+"/internal/maze"] = true, true, true
	allowed["test/redistest"], allowed["test/otlptest"], allowed["test/smtptest"] = true, true, true
	allowed["test/passkeytest"] = true
	if reached["store"] || within(folder, "store/...") {
		allowed["store/storetest"] = true
	}
	if reached["server"] || folder == "examples/items" {
		allowed["store/storetest"], allowed["test/harness"], allowed["test/harness/process"] = true, true, true
	}
	return allowed
}

// TestLayers checks the table itself: no arrow leads up.
func TestLayers(t *testing.T) {
	for _, fault := range backArrows(layers()) {
		t.Error(fault)
	}
	table := []layer{{"server", []string{"store"}}, {"store", []string{"auth", "server"}}, {"auth", []string{"mail"}}}
	want := []string{"store may import server, which is not below it", "auth may import mail, which is not below it"}
	if got := backArrows(table); !slices.Equal(got, want) {
		t.Errorf("back arrows = %q, want %q", got, want)
	}
}

// unused finds imports that a table allows and no file has.
func unused(table []layer, files []file) (faults []string) {
	used := map[string]bool{}
	for _, f := range files {
		for _, folder := range ours(f) {
			used[f.folder+" "+folder] = used[f.folder+" "+folder] || !f.test
		}
	}
	for _, l := range table {
		for _, imported := range l.imports {
			if !used[l.folder+" "+imported] {
				faults = append(faults, l.folder+" does not import "+imported)
			}
		}
	}
	return faults
}

// TestLayersAreExact finds imports in the table that are no longer needed.
func TestLayersAreExact(t *testing.T) {
	for _, fault := range unused(layers(), repository(t)) {
		t.Error(fault)
	}
	files := []file{readFile(t, "auth/user.go", `package auth; import "gatehouse/auth/token"`)}
	table := []layer{{"auth", []string{"auth/token", "auth/policy"}}}
	if got := unused(table, files); !slices.Equal(got, []string{"auth does not import auth/policy"}) {
		t.Errorf("unused = %q", got)
	}
}

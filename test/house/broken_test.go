package house_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestRules breaks each rule, and keeps the others: each finds what it is for,
// and accepts the same in its place.
func TestRules(t *testing.T) {
	const (
		root     = "the root has one Go file"
		layering = "packages import only what is below them"
		long     = "a long file gives a reason"
		large    = "a package has at most 1,800 lines of code"
		database = "only store uses a database"
		sql      = "only store has SQL"
		settings = "only settings reads the environment"
		name     = "a package has a name of its own"
	)
	lines := strings.Repeat("\n", longestFile)
	code := "package store\n\n// Long because it tests a rule.\n" + strings.Repeat("var _ = 0 // zero\n", largestPackage-1)
	tests := []struct {
		broken string // the one rule that the file breaks, "" for none
		path   string
		text   string
	}{
		{root, "commands.go", `package main`},
		{root + "; " + layering, "commands_test.go", `package main; import "gatehouse/test/conformance"`},
		{"", "server.go", `package main; import ("gatehouse/command"; "gatehouse/command/terminal")`},
		{layering, "server.go", `package main; import "gatehouse/server"`},
		{layering, "auth/roles.go", `package auth; import "gatehouse/store/embedded"`},
		{layering, "auth/roles_test.go", `package auth_test; import "gatehouse/graph"`},
		{layering, "auth/roles_test.go", `package auth_test; import "gatehouse/store/storetest"`},
		{layering, "auth/roles_test.go", `package auth_test; import "gatehouse/test/harness"`},
		{layering, "auth/roles.go", `package auth; import "gatehouse/auth/keys"`},
		{"", "auth/roles.go", `package auth; import "gatehouse/auth/policy"`},
		{layering, "auth/policy/plan.go", `package policy; import "gatehouse/auth"`},
		{"", "auth/policy/plan_test.go", `package policy_test; import "gatehouse/auth/policy"`},
		{layering, "auth/token/jws.go", `package token; import "gatehouse/auth"`},
		{"", "auth/tokens.go", `package auth; import "gatehouse/auth/token"`},
		{layering, "auth/password/hasher.go", `package password; import "gatehouse/auth/token"`},
		{"", "auth/passwords.go", `package auth; import "gatehouse/auth/password"`},
		{layering, "auth/keys/keys.go", `package keys; import "gatehouse/store"`},
		{layering, "store/users.go", `package store; import "gatehouse/graph"`},
		{layering, "store/users.go", `package store; import "gatehouse/server"`},
		{"", "store/users.go", `package store; import "gatehouse/auth"`},
		{"", "store/users_test.go", `package store_test; import "gatehouse/store/storetest"`},
		{layering, "graph/errors.go", `package graph; import "gatehouse/store"`},
		{layering, "graph/errors.go", `package graph; import "gatehouse/settings"`},
		{layering, "graph/errors.go", `package graph; import "gatehouse/web"`},
		{"", "graph/errors.go", `package graph; import "gatehouse/auth"`},
		{layering, "graph/fault/fault.go", `package fault; import "gatehouse/graph"`},
		{layering, "graph/fault/fault.go", `package fault; import "gatehouse/auth"`},
		{layering, "graph/transport/answer.go", `package transport; import "gatehouse/graph/document"`},
		{"", "graph/document/parse.go", `package document; import "gatehouse/graph/fault"`},
		{layering, "web/asset.go", `package web; import "gatehouse/auth"`},
		{layering, "edge/proxies.go", `package edge; import "gatehouse/settings"`},
		{layering, "settings/read.go", `package settings; import "gatehouse/server"`},
		{layering, "observe/metrics.go", `package observe; import "gatehouse/server"`},
		{layering, "server/server.go", `package server; import "gatehouse/command"`},
		{layering, "command/serve.go", `package command; import "gatehouse/edge"`},
		{layering, "command/schema/diff.go", `package schema; import "gatehouse/store"`},
		{layering, "command/terminal/ask.go", `package terminal; import "gatehouse/auth"`},
		{"", "command/role_test.go", `package command_test; import ("gatehouse/test/harness"; "gatehouse/auth/policy")`},
		{layering, "post/post.go", `package post`},
		{"", "test/api/main_test.go", `package api_test; import "gatehouse/store"`},
		{layering, "examples/items/main.go", `package main; import "gatehouse/auth"`},

		{"auth does not know the GraphQL server", "auth/policy/plan.go", `package policy; import "github.com/99designs/gqlgen/graphql"`},
		{"", "auth/policy/plan.go", `package policy; import "github.com/vektah/gqlparser/v2/ast"`},
		{"auth/policy does not know HTTP", "auth/policy/plan.go", `package policy; import "net/http"`},
		{"store does not know the GraphQL server", "store/users.go", `package store; import "github.com/99designs/gqlgen/graphql"`},
		{"", "graph/errors.go", `package graph; import ("net/http"; "github.com/99designs/gqlgen/graphql")`},

		{database, "server.go", `package main; import _ "github.com/lib/pq"`},
		{database, "auth/user.go", `package auth; import "database/sql/driver"`},
		{"", "store/embedded/database.go", `package embedded; import "database/sql"`},
		{"", "test/bench/byhand.go", `package main; import "github.com/jmoiron/sqlx"`},
		{sql, "graph/errors.go", "package graph; const q = `select id,\n name from users `"},
		{sql, "server.go", `package main; const q = "DELETE FROM users WHERE id = $1"`},
		{"", "store/users.go", `package store; const q = "INSERT INTO users (id) VALUES ($1)"`},
		{"", "server/server_test.go", `package server; const q = "UPDATE users SET name = NULL"`},
		{"", "graph/errors.go", `package graph; const sentence = "Select another name; update and set it."`},

		{settings, "graph/cookie.go", `package graph; import "os"; var secure = os.Getenv("SECURE")`},
		{settings, "store/postgres/connect.go", `package postgres; import "os"; var all = os.Environ`},
		{settings, "settings/read.go", `package settings; import "os"; var all = os.Environ`},
		{settings, "store/embedded/start.go", `package embedded; import "github.com/caarlos0/env/v11"`},
		{settings, "server.go", `package main; import "github.com/caarlos0/env/v11"`},
		{"", "settings/read.go", `package settings; import "github.com/caarlos0/env/v11"`},
		{"", "server.go", `package main; import "os"; var all = os.Environ()`},
		{"", "store/embedded/programs/machine.go", `package programs; import "os"; var path = os.Getenv("PATH")`},
		{"", "examples/items/main.go", `package main; import "os"; var addr = os.Getenv("ADDR")`},

		{long, "store/users.go", "package store\n" + lines},
		{"", "store/users.go", "package store\n\n// Long because every statement on one table belongs together.\n" + lines},
		{"", "store/users.go", "package store\n" + lines[1:]},
		{large, "store/users.go", code + "var _ = 1\n"},
		{large, "store/users.go", code + "var _ = `\n`\n"},
		{"", "store/users.go", code + "\n// A comment is not code.\n"},
		{"", "store/users_test.go", code + "var _ = 1\n"},
		{"", "auth/policy/plan.go", strings.Replace(code, "package store", "package policy", 1) + "var _ = 1\n"},

		{layering + "; " + name, "auth/helpers/trim.go", `package trim`},
		{name, "auth/roles_test.go", `package utils_test`},
		{"", "auth/password/common.go", `package password`},
	}
	proved := map[string]bool{}
	for _, tt := range tests {
		f := readFile(t, tt.path, tt.text)
		var broken []string
		for _, rule := range rules() {
			if len(rule.broken([]file{f})) > 0 {
				broken = append(broken, rule.name)
			}
		}
		if got := strings.Join(broken, "; "); got != tt.broken {
			t.Errorf("%s, %.80q breaks %q, want %q", tt.path, tt.text, got, tt.broken)
		}
		for _, rule := range broken {
			proved[rule] = true
		}
	}
	for _, rule := range rules() {
		if !proved[rule.name] {
			t.Errorf("nothing breaks %q", rule.name)
		}
	}
}

// TestFilesAreRead reads all files but generated ones, data and hidden folders.
func TestFilesAreRead(t *testing.T) {
	root := fstest.MapFS{
		"server.go":              {Data: []byte("package main")},
		"auth/user_test.go":      {Data: []byte("package auth")},
		"graph/generated.go":     {Data: []byte("// Code generated by a program, DO NOT EDIT.\n\npackage graph")},
		"data/pg/x.go":           {Data: []byte("package x")},
		".git/x.go":              {Data: []byte("package x")},
		"test/node_modules/x.go": {Data: []byte("package x")},
		"README.md":              {Data: []byte("# Gatehouse")},
	}
	var read []string
	for _, f := range readFiles(t, root) {
		read = append(read, f.path)
	}
	if want := []string{"auth/user_test.go", "server.go"}; !slices.Equal(read, want) {
		t.Errorf("read %q, want %q", read, want)
	}
}

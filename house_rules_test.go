package main_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestHouseRules: each rule refuses what it is there for, and lets the same pass where it belongs.
func TestHouseRules(t *testing.T) {
	long := strings.Repeat("\n", longestFile)
	tests := []struct {
		broken string // the only rule that the file breaks, "" for none
		path   string
		text   string
	}{
		{"auth decides: it knows neither what speaks nor what remembers", "auth/roles.go", `package auth; import "gatehouse/store/embedded"`},
		{"auth decides: it knows neither what speaks nor what remembers", "auth/roles_test.go", `package auth_test; import "gatehouse/graph"`},
		{"", "auth/roles.go", `package auth; import "gatehouse/auth/policy"`},
		{"auth knows no GraphQL server", "auth/policy/plan.go", `package policy; import "github.com/99designs/gqlgen/graphql"`},
		{"", "auth/policy/plan.go", `package policy; import "github.com/vektah/gqlparser/v2/ast"`},
		{"auth/policy knows no HTTP and no users", "auth/policy/plan.go", `package policy; import "net/http"`},
		{"auth/policy knows no HTTP and no users", "auth/policy/plan.go", `package policy; import "gatehouse/auth"`},
		{"", "auth/policy/plan_test.go", `package policy_test; import "gatehouse/auth/policy"`},
		{"auth/token stands alone", "auth/token/jws.go", `package token; import "gatehouse/auth"`},
		{"", "auth/token/jws.go", `package token; import "gatehouse/auth/token/internal/strictjson"`},
		{"", "auth/token/keyfile/pem.go", `package keyfile; import "gatehouse/auth/token"`},
		{"", "auth/tokens.go", `package auth; import "gatehouse/auth/token"`},
		{"auth/password stands alone", "auth/password/hasher.go", `package password; import "gatehouse/auth/token"`},
		{"", "auth/passwords.go", `package auth; import "gatehouse/auth/password"`},
		{"store remembers: it doesn't know what speaks", "store/users.go", `package store; import "gatehouse/graph"`},
		{"", "store/users.go", `package store; import "gatehouse/auth"`},
		{"graph speaks: it doesn't know what remembers", "graph/errors.go", `package graph; import "gatehouse/store"`},
		{"", "graph/errors.go", `package graph; import "gatehouse/auth"`},
		{"web knows nobody", "web/asset.go", `package web; import "gatehouse/auth"`},
		{"", "server.go", `package main; import ("gatehouse/auth"; "gatehouse/graph"; "gatehouse/store"; "gatehouse/web")`},
		{"only store knows a database", "server.go", `package main; import _ "github.com/lib/pq"`},
		{"only store knows a database", "auth/user.go", `package auth; import "database/sql/driver"`},
		{"", "store/embedded/database.go", `package embedded; import "database/sql"`},
		{"", "test/bench/byhand.go", `package main; import "github.com/jmoiron/sqlx"`},
		{"SQL stands in store only", "graph/errors.go", "package graph; const q = `select id,\n name from users `"},
		{"SQL stands in store only", "server.go", `package main; const q = "DELETE FROM users WHERE id = $1"`},
		{"", "store/users.go", `package store; const q = "INSERT INTO users (id) VALUES ($1)"`},
		{"", "server_test.go", `package main; const q = "UPDATE users SET name = NULL"`},
		{"", "graph/errors.go", `package graph; const sentence = "Select another name; update and set it."`},
		{"settings are read once, by package main", "graph/cookie.go", `package graph; import "os"; var secure = os.Getenv("SECURE")`},
		{"settings are read once, by package main", "store/connect.go", `package store; import "os"; var all = os.Environ`},
		{"settings are read once, by package main", "store/embedded/start.go", `package embedded; import "github.com/caarlos0/env/v11"`},
		{"", "settings.go", `package main; import ("github.com/caarlos0/env/v11"; "os"); var all = os.Environ()`},
		{"", "store/embedded/programs.go", `package embedded; import "os"; var path = os.Getenv("PATH")`},
		{"", "examples/items/main.go", `package main; import "os"; var addr = os.Getenv("ADDR")`},
		{"a long file says why", "store/users.go", "package store\n" + long},
		{"", "store/users.go", "package store\n\n// Long because every statement on one table stands together.\n" + long},
		{"", "store/users.go", "package store\n" + long[1:]},
		{"a package is named by what it is", "auth/helpers/trim.go", `package trim`},
		{"a package is named by what it is", "auth/text/trim_test.go", `package utils_test`},
		{"", "auth/password/common.go", `package password`},
	}
	proved := map[string]bool{"": true}
	for _, tt := range tests {
		f := readHouseFile(t, tt.path, tt.text)
		var broken []string
		for _, rule := range houseRules() {
			if len(rule.broken(f)) > 0 {
				broken = append(broken, rule.name)
			}
		}
		if got := strings.Join(broken, "; "); got != tt.broken {
			t.Errorf("%s, %.80q breaks %q, want %q", tt.path, tt.text, got, tt.broken)
		}
		proved[tt.broken] = true
	}
	for _, rule := range houseRules() {
		if !proved[rule.name] {
			t.Errorf("nothing breaks %q", rule.name)
		}
	}
}

// TestHouseIsRead: generated files, data and hidden folders are not read; everything else is.
func TestHouseIsRead(t *testing.T) {
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
	for _, f := range readHouse(t, root) {
		read = append(read, f.path)
	}
	if want := []string{"auth/user_test.go", "server.go"}; !slices.Equal(read, want) {
		t.Errorf("read %q, want %q", read, want)
	}
}

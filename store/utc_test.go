package store_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/auth/keys"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// Every time that the store returns is in UTC, and is the right one, whatever time zone
// and formats the database, the role, the DSN or the environment sets.
func TestTimesAreInUTC(t *testing.T) {
	const database = `ALTER DATABASE %s SET `
	tests := []struct{ name, set, dsn, env string }{
		{"default", "", "", ""},
		{"New York", database + `timezone = 'America/New_York'`, "", ""},
		{"Kolkata", database + `timezone = 'Asia/Kolkata'`, "", ""},
		{"west of Greenwich, by 53 minutes", database + `timezone = '<LMT>-0:53'`, "", ""},
		{"German dates", database + `datestyle = 'German, DMY'`, "", ""},
		{"verbose intervals", database + `intervalstyle = 'postgres_verbose'`, "", ""},
		{"of the role", `ALTER ROLE CURRENT_USER IN DATABASE %s SET timezone = 'Pacific/Chatham'`, "", ""},
		{"of the DSN", "", " timezone=Australia/Lord_Howe", ""},
		{"of the DSN, as people write it", "", " TimeZone='Asia/Tokyo'", ""},
		{"of the DSN's options", "", " options='-c timezone=America/Caracas'", ""},
		{"of the environment", "", "", "Europe/Berlin"},
		{"of all of them", database + `timezone = 'Asia/Kolkata'`, " TimeZone=Asia/Tokyo", "Europe/Berlin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.env != "" {
				t.Setenv("PGTZ", tt.env)
			}
			dsn := storetest.EmptyDSN(t)
			if tt.set != "" {
				admin := replicaOn(t, dsn)
				admin.exec(fmt.Sprintf(tt.set, value[string](admin, `SELECT current_database()`)))
			}
			if err := store.Migrate(t.Context(), dsn+tt.dsn); err != nil {
				t.Fatal(err)
			}
			r := replicaOn(t, dsn+tt.dsn)
			for what, got := range r.everything() {
				checkTimes(t, what, reflect.ValueOf(got))
			}
		})
	}
}

// everything returns an answer of each method that returns times.
func (r *replica) everything() map[string]any {
	r.t.Helper()
	must := func(got any, err error) any {
		r.t.Helper()
		if err != nil {
			r.t.Fatal(err)
		}
		return got
	}
	ctx := r.t.Context()
	u := r.user("ada@example.com", "user")
	s := newSession(u.ID)
	all := map[string]any{
		"login": must(r.OpenSession(ctx, s, hash, life)), "user": must(r.User(ctx, u.ID)), "credential": must(r.Credential(ctx, u.ID)),
		"users": must(r.Users(ctx, auth.UserPage{First: 1})), "sessions": must(r.LivingSessions(ctx, u.ID, life, 1)),
		"change": must(r.ChangeUser(ctx, u.ID, rolesTo())),
	}
	next, user, err := r.RefreshSession(ctx, r.token(s), "", browser, life)
	all["refresh"] = must([]any{next, user}, err)
	next, user, err = r.ReplacePassword(ctx, replacing(u.ID, hash, hash, s.ID))
	all["new password"] = must([]any{next, user}, err)
	must(nil, r.SaveKey(ctx, keys.SealedKey{ID: "key", Algorithm: "ES256", Sealed: []byte("sealed")}, 0))
	must(nil, r.MarkSigning(ctx, "key"))
	all["keys"] = must(r.SealedKeys(ctx))
	k := r.apiKey(u.ID)
	must(nil, r.RotateAPIKey(ctx, u.ID, k.ID, time.Minute, func(*apikey.Key) (*apikey.Key, error) { return newAPIKey(u.ID), nil }))
	must(nil, r.MarkAPIKeysUsed(ctx, []apikey.Use{{ID: k.ID, At: time.Now()}}))
	all["API keys"] = must(r.APIKeys(ctx, u.ID, 10))
	all["API key"] = must(r.APIKey(ctx, k.ID))
	snapshot, err := r.Snapshot(ctx, time.Hour, 0)
	all["snapshot"] = must(snapshot, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	all["changes"] = r.heard
	all["migrations"] = must(r.Migrations(ctx))
	return all
}

// checkTimes fails unless all times in v are in UTC and about now, and there are some.
func checkTimes(t *testing.T, what string, v reflect.Value) {
	t.Helper()
	found := 0
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		if at, ok := v.Interface().(time.Time); ok {
			if found++; at.IsZero() && strings.HasSuffix(path, ".ExpiresAt") {
				return // which auth works out
			}
			if at.Location() != time.UTC || time.Since(at).Abs() > time.Hour {
				t.Errorf("%s is %v; want now, in UTC", path, at)
			}
			return
		}
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() {
				walk(path, v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(path, v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					walk(path+"."+v.Type().Field(i).Name, v.Field(i))
				}
			}
		}
	}
	if walk(what, v); found == 0 {
		t.Errorf("%s has no times", what)
	}
}

package token

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/auth/token/internal/strictjson"
)

// TestVerifyClaims: RFC 7519, 4.1; RFC 8725, 3.8 to 3.10; RFC 9068, 2.2 and 4; ASVS 9.2.
func TestVerifyClaims(t *testing.T) {
	k := testKeys()[HS256]
	good := payloadOf(t, testClaims())
	set := func(name, raw string) string { return with(t, good, name, raw) }
	at := func(d time.Duration) string { return jsonDate(now.Add(d)) }
	tests := []struct {
		name, payload string
		ok            bool
	}{
		{"another issuer", set("iss", `"https://evil.example"`), false},
		{"issuer with a slash", set("iss", `"`+testIssuer+`/"`), false},
		{"issuer in a list", set("iss", `["`+testIssuer+`"]`), false},
		{"no issuer", set("iss", ""), false},
		{"another audience", set("aud", `"https://other.example"`), false},
		{"part of the audience", set("aud", `"`+testAudience+`/v1"`), false},
		{"other audiences", set("aud", `["https://other.example","x"]`), false},
		{"audience in a nested list", set("aud", `[["`+testAudience+`"]]`), false},
		{"audience and a number", set("aud", `["`+testAudience+`",1]`), false},
		{"audience and an empty one", set("aud", `["`+testAudience+`",""]`), false},
		{"audience as an object", set("aud", `{"`+testAudience+`":1}`), false},
		{"empty audience", set("aud", `""`), false},
		{"no audiences", set("aud", `[]`), false},
		{"audience null", set("aud", `null`), false},
		{"no aud", set("aud", ""), false},

		{"no exp", set("exp", ""), false},
		{"exp null", set("exp", `null`), false},
		{"exp a string", set("exp", `"`+at(time.Minute)+`"`), false},
		{"exp true", set("exp", `true`), false},
		{"exp negative", set("exp", `-1`), false},
		{"exp beyond the calendar", set("exp", `1e300`), false},
		{"exp beyond numbers", set("exp", `1e999`), false},
		{"exp in hex", strings.Replace(good, `"exp":`, `"exp":0x`, 1), false},
		{"exp in milliseconds", set("exp", at(time.Minute)+"000"), false},
		{"no iat", set("iat", ""), false},
		{"iat a string", set("iat", `"`+at(0)+`"`), false},
		{"iat six seconds ahead", set("iat", at(6*time.Second)), false},
		{"iat after exp", with(t, set("iat", at(4*time.Second)), "exp", at(3*time.Second)), false},
		{"life of 15 minutes and a second", set("exp", at(14*time.Minute+time.Second)), false},
		{"nbf in a second", set("nbf", at(time.Second)), false},
		{"nbf in a moment", set("nbf", at(0)+".1"), false},
		{"nbf a string", set("nbf", `"`+at(-time.Second)+`"`), false},
		{"nbf null", set("nbf", `null`), false},
		{"auth_time a string", set("auth_time", `"1"`), false},
		{"amr a string", set("amr", `"pwd"`), false},
		{"amr with an empty method", set("amr", `["pwd",""]`), false},
		{"acr a number", set("acr", `1`), false},

		{"no sub", set("sub", ""), false},
		{"sub empty", set("sub", `""`), false},
		{"sub a number", set("sub", `1`), false},
		{"no sid", set("sid", ""), false},
		{"sid empty", set("sid", `""`), false},
		{"sid null", set("sid", `null`), false},
		{"no jti", set("jti", ""), false},
		{"jti empty", set("jti", `""`), false},
		{"jti a number", set("jti", `7`), false},
		{"no client_id", set("client_id", ""), false},
		{"client_id empty", set("client_id", `""`), false},
		{"client_id a list", set("client_id", `["gatehouse"]`), false},

		{"scope a list", set("scope", `["read:users"]`), false},
		{"scope null", set("scope", `null`), false},
		{"two spaces", set("scope", `"read:users  write:users"`), false},
		{"space before", set("scope", `" read:users"`), false},
		{"space after", set("scope", `"read:users "`), false},
		{"only a space", set("scope", `" "`), false},
		{"tab", set("scope", `"read:users\twrite:users"`), false},
		{"quote", set("scope", `"read:\"users"`), false},
		{"backslash", set("scope", `"read:\\users"`), false},
		{"not ASCII", set("scope", `"lire:üsers"`), false},
		{"roles a string", set("roles", `"admin"`), false},
		{"roles an object", set("roles", `{"admin":true}`), false},
		{"roles of numbers", set("roles", `[1]`), false},
		{"roles with null", set("roles", `["user",null]`), false},
		{"roles with an empty one", set("roles", `["user",""]`), false},
		{"roles null", set("roles", `null`), false},

		{"private a string", set("gatehouse", `"x"`), false},
		{"private null", set("gatehouse", `null`), false},
		{"generation a string", set("gatehouse", `{"generation":"3"}`), false},
		{"generation negative", set("gatehouse", `{"generation":-3}`), false},
		{"generation with a fraction", set("gatehouse", `{"generation":3.5}`), false},
		{"generation too large", set("gatehouse", `{"generation":2147483648}`), false},
		{"limited a string", set("gatehouse", `{"limited":"false"}`), false},
		{"limit a string", set("gatehouse", `{"limit":"read:users"}`), false},
		{"limit of no scope", set("gatehouse", `{"limit":["a b"]}`), false},
		{"private roles a string", set("gatehouse", `{"roles":"admin"}`), false},
		{"private roles with an empty one", set("gatehouse", `{"roles":[""]}`), false},

		{"exp twice", strings.Replace(good, "{", `{"exp":1,`, 1), false},
		{"roles twice", strings.Replace(good, "{", `{"roles":["admin"],`, 1), false},
		{"roles twice, once escaped", strings.Replace(good, "{", `{"r\u006fles":["admin"],`, 1), false},
		{"an unknown claim twice", strings.Replace(good, "{", `{"x":1,"x":2,`, 1), false},
		{"generation twice", strings.Replace(good, `"generation":3`, `"generation":3,"generation":4`, 1), false},
		{"twice, deep in an unknown claim", strings.Replace(good, "{", `{"x":[{"y":{"z":1,"z":2}}],`, 1), false},
		{"invalid UTF-8", strings.Replace(good, "{", "{\"x\":\"\xff\",", 1), false},
		{"half a surrogate", strings.Replace(good, "{", `{"x":"\ud800",`, 1), false},
		{"list", "[" + good + "]", false},
		{"string", `"` + "x" + `"`, false},
		{"null", "null", false},
		{"empty", "", false},
		{"two objects", good + good, false},
		{"text after it", good + " x", false},
		{"cut", good[:len(good)-1], false},

		{"as signed", good, true},
		{"the audience in a list", set("aud", `["https://other.example","`+testAudience+`"]`), true},
		{"iat five seconds ahead", set("iat", at(5*time.Second)), true},
		{"life of 15 minutes", set("exp", at(14*time.Minute)), true},
		{"one second left", set("exp", at(time.Second)), true},
		{"exp with a fraction", set("exp", at(time.Minute)+".5"), true},
		{"nbf now", set("nbf", at(0)), true},
		{"no auth_time", set("auth_time", ""), true},
		{"amr", set("amr", `["pwd","otp","mfa"]`), true},
		{"no amr, as in tokens of 0.1", set("amr", ""), true},
		{"acr", set("acr", `"aal2"`), true},
		{"no scope", set("scope", ""), true},
		{"scope empty", set("scope", `""`), true},
		{"no roles", set("roles", ""), true},
		{"roles empty", set("roles", `[]`), true},
		{"no private claim", set("gatehouse", ""), true},
		{"unknown private member", set("gatehouse", `{"x":{"y":1}}`), true},
		{"unknown claim", set("x", `{"y":[1,{"z":null}]}`), true},
		{"another case", set("EXP", `1`), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkVerify(t, verifierOf(k), forge(t, k, headerOf(k), tt.payload), tt.ok)
		})
	}
}

// TestVerifyExactNames: the names of claims are case-sensitive.
func TestVerifyExactNames(t *testing.T) {
	k := testKeys()[HS256]
	payload := strings.Replace(payloadOf(t, testClaims()), "{", `{"ROLES":["admin"],"Scope":"delete:users","Gatehouse":{"generation":9},`, 1)
	payload = strings.TrimSuffix(payload, "}") + `,"Roles":["admin"],"SUB":"someone","Exp":1}`
	got := checkVerify(t, verifierOf(k), forge(t, k, headerOf(k), payload), true)
	if diff := cmp.Diff(testClaims(), got); diff != "" {
		t.Error(diff)
	}
}

func TestReadDate(t *testing.T) {
	type dates struct {
		Floor numericDate `json:"f"`
		Ceil  notBefore   `json:"c"`
	}
	tests := []struct {
		text        string
		floor, ceil int64 // -1 if it is refused
	}{
		{`-1`, -1, -1},
		{`-0.5`, -1, -1},
		{`253402300800`, -1, -1},
		{`1e400`, -1, -1},
		{`"1"`, -1, -1},
		{`true`, -1, -1},
		{`0`, 0, 0},
		{`1795348800`, 1795348800, 1795348800},
		{`1795348800.25`, 1795348800, 1795348801},
		{`1.7953488e9`, 1795348800, 1795348800},
		{`253402300799`, 253402300799, 253402300799},
	}
	for _, tt := range tests {
		var got dates
		err := strictjson.Unmarshal([]byte(`{"f":`+tt.text+`}`), &got)
		checkDate(t, tt.text, got.Floor.Time, err, tt.floor)
		err = strictjson.Unmarshal([]byte(`{"c":`+tt.text+`}`), &got)
		checkDate(t, tt.text, got.Ceil.Time, err, tt.ceil)
	}
}

// checkDate fails unless the date was read as wanted; -1 wants a refusal.
func checkDate(t *testing.T, text string, got time.Time, err error, want int64) {
	t.Helper()
	if want < 0 && err == nil || want >= 0 && (err != nil || got.Unix() != want) {
		t.Errorf("%s: %d, %v, want %d", text, got.Unix(), err, want)
	}
}

// TestDelegated: only the holder of a session's token is the person.
func TestDelegated(t *testing.T) {
	for client, want := range map[string]bool{"gatehouse": false, "Gatehouse": true, "app": true, "": true} {
		if got := (&Claims{ClientID: client}).Delegated(); got != want {
			t.Errorf("client %q: %t", client, got)
		}
	}
}

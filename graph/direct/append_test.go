package direct_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/graph/direct"
)

func marshalled(m graphql.Marshaler) string {
	var b bytes.Buffer
	m.MarshalGQL(&b)
	return b.String()
}

// FuzzString compares strings, also those that are not UTF-8, with gqlgen's.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "a", `"\`, "\t\r\n\x00\x1f\x7f", "é\u2028<>&😀", "\xff\xc3(", "tail\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := string(direct.String([]byte("x"), s)), "x"+marshalled(graphql.MarshalString(s)); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	})
}

func TestScalars(t *testing.T) {
	for _, i := range []int{0, -1, math.MinInt64, math.MaxInt64} {
		if got, want := string(direct.Int(nil, i)), marshalled(graphql.MarshalInt(i)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for _, v := range []bool{true, false} {
		if got, want := string(direct.Bool(nil, v)), marshalled(graphql.MarshalBoolean(v)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for _, at := range []time.Time{
		{}, time.Unix(0, 0), time.Unix(1, 1).UTC(), time.Date(2026, 11, 27, 9, 30, 0, 120_000_000, time.FixedZone("", 5*3600+1800)),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		got, ok := direct.Time(nil, at)
		if want := graphql.MarshalTime(at); ok == (want == graphql.Null) || ok && string(got) != marshalled(want) {
			t.Errorf("%v: %s, %t; want %s", at, got, ok, marshalled(want))
		}
	}
	for _, list := range [][]string{nil, {}, {"a"}, {"a", "\"", ""}} {
		want := graphql.Array{}
		for _, s := range list {
			want = append(want, graphql.MarshalString(s))
		}
		if got := string(direct.Strings(nil, list)); got != marshalled(want) {
			t.Errorf("%s, want %s", got, marshalled(want))
		}
	}
}

package logs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// both returns what NewJSON and slog's own handler write, each after prepare.
func both(t require, r slog.Record, prepare func(slog.Handler) slog.Handler) (got, want string) {
	var ours, theirs bytes.Buffer
	for out, h := range map[*bytes.Buffer]slog.Handler{&ours: NewJSON(&ours, slog.LevelInfo), &theirs: slog.NewJSONHandler(&theirs, nil)} {
		if h = prepare(h); h.Enabled(context.Background(), r.Level) {
			if err := h.Handle(context.Background(), r.Clone()); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
		}
	}
	return ours.String(), theirs.String()
}

type require interface{ Fatalf(string, ...any) }

func same(h slog.Handler) slog.Handler { return h }

func record(at time.Time, level slog.Level, message string, attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(at, level, message, 0)
	r.AddAttrs(attrs...)
	return r
}

// line is the line of a request.
func line() slog.Record {
	return record(time.Date(2026, 3, 1, 12, 0, 0, 120000000, time.UTC), slog.LevelInfo, "graphql",
		slog.String("request_id", "q-12"), slog.Int("status", 200), slog.Duration("took", 123456), slog.String("operation", "query"),
		slog.String("name", ""), slog.String("caller", "01890000-0000-7000-8000-000000000000"))
}

// TestSameBytes compares lines with those of slog's handler: all kinds of values,
// levels and texts, also in groups and after WithAttrs.
func TestSameBytes(t *testing.T) {
	at := line().Time
	zones := []time.Time{
		at, {}, at.In(time.FixedZone("", 5*3600+1800)), at.In(time.FixedZone("", 61)), at.Truncate(time.Second), at.Add(1), time.Unix(0, 0), time.Now(),
		time.Date(999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	records := []slog.Record{line()}
	for _, zone := range zones {
		records = append(records, record(zone, slog.LevelInfo, "zone"))
	}
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelDebug + 1, slog.LevelInfo, slog.LevelInfo + 1, slog.LevelWarn, slog.LevelError, 99, -99} {
		records = append(records, record(at, level, "level"))
	}
	texts := []string{"", "a", `"`, `\`, "\x00", "\x1f", " ", "~", "\x7f", "\x80", "é", "\u2028", "<&>", "a\nb", "\xff", "😀", "a/b"}
	for _, text := range texts {
		records = append(records, record(at, 0, text), record(at, 0, "k", slog.Int(text, 1)), record(at, 0, "v", slog.String("v", text)))
	}
	for _, value := range []slog.Value{
		slog.Int64Value(math.MinInt64), slog.Int64Value(math.MaxInt64), slog.Uint64Value(math.MaxUint64), slog.BoolValue(true),
		slog.Float64Value(1.5), slog.Float64Value(math.Inf(1)), slog.DurationValue(-time.Hour), slog.TimeValue(at), slog.AnyValue(nil),
		slog.AnyValue([]string{"a", "\n"}), slog.AnyValue(errors.New("an error")), slog.AnyValue(slog.LevelWarn), slog.GroupValue(),
		slog.GroupValue(slog.String("a", "b")), slog.AnyValue(func() {}), slog.AnyValue(valuer{}), {},
	} {
		records = append(records, record(at, 0, "value", slog.Attr{Key: "v", Value: value}, slog.Attr{Value: value}, slog.String("after", "x")))
	}
	prepared := []func(slog.Handler) slog.Handler{
		same,
		func(h slog.Handler) slog.Handler { return h.WithAttrs([]slog.Attr{slog.String("with", "1")}) },
		func(h slog.Handler) slog.Handler { return h.WithGroup("g") },
		func(h slog.Handler) slog.Handler { return h.WithAttrs(nil).WithGroup("") },
	}
	for _, r := range records {
		for _, prepare := range prepared {
			if got, want := both(t, r, prepare); got != want {
				t.Errorf("wrote %swant  %s", got, want)
			}
		}
	}
}

// A valuer says its value only when it is asked.
type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.StringValue("resolved") }

// TestSameBytesAtRandom compares random lines.
func TestSameBytesAtRandom(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]*`))
	attr := rapid.Custom(func(t *rapid.T) slog.Attr {
		key := text.Draw(t, "key")
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return slog.Int64(key, rapid.Int64().Draw(t, "number"))
		case 1:
			return slog.Duration(key, time.Duration(rapid.Int64().Draw(t, "duration")))
		case 2:
			return slog.Any(key, rapid.SliceOf(text).Draw(t, "texts"))
		}
		return slog.String(key, text.Draw(t, "text"))
	})
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1<<36, 1<<39).Draw(t, "seconds"), rapid.Int64Range(0, 999999999).Draw(t, "nanoseconds")).UTC()
		r := record(at, slog.Level(rapid.IntRange(-8, 12).Draw(t, "level")), text.Draw(t, "message"), rapid.SliceOf(attr).Draw(t, "attrs")...)
		if got, want := both(t, r, same); got != want {
			t.Fatalf("wrote %swant  %s", got, want)
		}
	})
}

// TestRequestLinesAreSimple: the line of a request takes the short way, without
// an allocation.
func TestRequestLinesAreSimple(t *testing.T) {
	r := line()
	if _, simple := appendLine(nil, &r); !simple {
		t.Error("the line of a request is left to slog")
	}
	h := NewJSON(io.Discard, slog.LevelInfo)
	if n := testing.AllocsPerRun(100, func() { _ = h.Handle(context.Background(), r) }); n > 0.5 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkJSON compares the handler with slog's.
func BenchmarkJSON(b *testing.B) {
	r := line()
	for name, h := range map[string]slog.Handler{"ours": NewJSON(io.Discard, slog.LevelInfo), "slog": slog.NewJSONHandler(io.Discard, nil)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Handle(context.Background(), r)
			}
		})
	}
}

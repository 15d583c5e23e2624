package ledger

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/canon"
)

func TestAStatementIsWrittenAsTheVector(t *testing.T) {
	want, err := os.ReadFile("testdata/statement.json")
	if err != nil {
		t.Fatal(err)
	}
	got := encoded(t, statement(testBook, 7))
	if !bytes.Equal(got, bytes.TrimSpace(want)) {
		t.Fatalf("\n got %s\nwant %s", got, want)
	}
	if err := canon.Check(got); err != nil {
		t.Fatal(err)
	}
	s, err := ParseStatement(got)
	if err != nil || s.ID != "ent_s4rv0g8d5ce9a7m2kq3xzt6w1yn-7" {
		t.Fatalf("%+v, %v", s, err)
	}
}

func TestTimesAreUTCAndWholeMilliseconds(t *testing.T) {
	s := statement(testBook, 1)
	s.Time = s.Time.Add(123_456).In(time.FixedZone("CST", 8*3600))
	if got := encoded(t, s); !bytes.Contains(got, []byte(`"time":"2026-03-01T08:30:15.25Z"`)) {
		t.Fatalf("%s", got)
	}
}

func TestAStatementHasNoRoomForPersonalDataOrDisorder(t *testing.T) {
	for name, spoil := range map[string]func(*Statement){
		"a name as actor":       func(s *Statement) { s.Actor = "张三" },
		"an e-mail address":     func(s *Statement) { s.Actor = "a@example.com" },
		"a phone number with +": func(s *Statement) { s.Recipient = "+8613800138000" },
		"a line break":          func(s *Statement) { s.Batch = "a\nb" },
		"a long text":           func(s *Statement) { s.Purpose = strings.Repeat("a", 129) },
		"no purpose":            func(s *Statement) { s.Purpose = "" },
		"no method":             func(s *Statement) { s.Method = "" },
		"no notice version":     func(s *Statement) { s.Notice.Version = "" },
		"an unknown state":      func(s *Statement) { s.State = "assumed" },
		"a digest in capitals":  func(s *Statement) { s.Definition = strings.ToUpper(s.Definition) },
		"a short digest":        func(s *Statement) { s.Notice.SHA256 = "ab" },
		"another id":            func(s *Statement) { s.ID = "ent_s4rv0g8d5ce9a7m2kq3xzt6w1yn-2" },
		"another kind of book":  func(s *Statement) { s.Book = "stf_4rv0g8d5ce9a7m2kq3xzt6w1yn" },
		"number zero":           func(s *Statement) { s.Seq = 0 },
		"no time":               func(s *Statement) { s.Time = time.Time{} },
		"the year 10000":        func(s *Statement) { s.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		s := statement(testBook, 1)
		spoil(&s)
		if b, err := s.Encode(); !errors.Is(err, ErrStatement) || b != nil {
			t.Errorf("%s was written: %s", name, b)
		}
	}
}

func TestOnlyOurOwnBytesParse(t *testing.T) {
	good := string(encoded(t, statement(testBook, 1)))
	for name, bad := range map[string]string{
		"a space":           strings.Replace(good, ":", ": ", 1),
		"an unknown member": strings.Replace(good, `{"actor"`, `{"aaa":1,"actor"`, 1),
		"a member twice":    strings.Replace(good, `"band":"adult"`, `"band":"adult","band":"adult"`, 1),
		"another case":      strings.Replace(good, `"state"`, `"State"`, 1),
		"another time zone": strings.Replace(good, "08:30:15.25Z", "16:30:15.25+08:00", 1),
		"a padded time":     strings.Replace(good, "15.25Z", "15.250Z", 1),
		"no id":             strings.Replace(good, `"id":"ent_s4rv0g8d5ce9a7m2kq3xzt6w1yn-1",`, "", 1),
		"an empty member":   strings.Replace(good, `"batch":"bat_1"`, `"batch":""`, 1),
		"trailing data":     good + "{}",
		"nothing":           "", "null": "null", "a list": "[]",
	} {
		if bad == good {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if s, err := ParseStatement([]byte(bad)); !errors.Is(err, ErrStatement) || s != (Statement{}) {
			t.Errorf("%s: %v, %+v", name, err, s)
		}
	}
}

func FuzzParseStatementIsIdenticalOrRefused(f *testing.F) {
	f.Add(encoded(f, statement(testBook, 1)))
	f.Add([]byte(`{"actor":"system"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseStatement(b)
		if err != nil {
			if s != (Statement{}) {
				t.Fatal("something came back beside an error")
			}
			return
		}
		if again, err := s.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q comes back as %q, %v", b, again, err)
		}
	})
}

func BenchmarkEncodeAndAppend(b *testing.B) {
	b.ReportAllocs()
	s := statement(testBook, 1)
	for b.Loop() {
		entry, err := s.Encode()
		if err != nil {
			b.Fatal(err)
		}
		new(Log).Append(entry)
	}
}

package ident

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
)

func TestEntryIDLeadsBackToItsPlaceOrNowhere(t *testing.T) {
	s := Source{rand.Reader}
	for _, book := range []string{s.New(Subject), s.New(Guest)} {
		id := EntryID(book, 42)
		got, seq, ok := ParseEntryID(id)
		if !ok || got != book || seq != 42 {
			t.Fatalf("%s → %q %d %v", id, got, seq, ok)
		}
		for _, bad := range []string{"", id + "0x", strings.Replace(id, "-42", "-042", 1), strings.Replace(id, "-42", "--1", 1),
			strings.Replace(id, "-42", "", 1), strings.ToUpper(id), "ent_x" + id[5:], id[:20] + "-1"} {
			if _, _, ok := ParseEntryID(bad); ok {
				t.Errorf("%q was taken for an entry id", bad)
			}
		}
	}
}

func TestOneWrongSymbolInAPrivacyNumberIsNoticed(t *testing.T) {
	s := Source{rand.Reader}
	for range 200 {
		n := s.NewPrivacyNumber()
		if got, err := ParsePrivacyNumber(strings.ToLower(strings.ReplaceAll(n, "-", " "))); err != nil || got != n {
			t.Fatalf("%s → %s, %v", n, got, err)
		}
		for i := 3; i < len(n); i++ {
			if n[i] == '-' {
				continue
			}
			for _, c := range Alphabet {
				if byte(c) == n[i] {
					continue
				}
				if _, err := ParsePrivacyNumber(n[:i] + string(c) + n[i+1:]); !errors.Is(err, ErrCheckSymbol) {
					t.Fatalf("%s with %c at %d: %v", n, c, i, err)
				}
			}
		}
	}
	for _, bad := range []string{"", "PN-", "PN-1234-567", "PN-1234-56789", "PN-UUUU-UUUU", "知情知情"} {
		if _, err := ParsePrivacyNumber(bad); !errors.Is(err, ErrPrivacyNumber) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParseEntryIDIsIdenticalOrRefused(f *testing.F) {
	f.Add("ent_s00000000000000000000000000-1")
	f.Fuzz(func(t *testing.T, id string) {
		if book, seq, ok := ParseEntryID(id); ok && EntryID(book, seq) != id {
			t.Fatalf("%q parses but does not come back", id)
		}
	})
}

// A report's number is never a request's: not as drawn, and not as typed. Reports from before keep their RQ numbers.
func TestNumbersOfReportsAndRequestsAreApart(t *testing.T) {
	s := Source{rand.Reader}
	for range 200 {
		report, request := s.NewReportNumber(), s.NewRequestNumber()
		if !strings.HasPrefix(report, "RP-") || !strings.HasPrefix(request, "RQ-") {
			t.Fatal(report, request)
		}
		if got, err := ParseReportNumber(strings.ToLower(report)); err != nil || got != report {
			t.Fatalf("%s → %s, %v", report, got, err)
		}
		if old, err := ParseReportNumber(" " + request); err != nil || old != request {
			t.Fatalf("%s → %s, %v", request, old, err)
		}
		if got, err := ParseRequestNumber(report); err == nil {
			t.Fatalf("%s was taken for the request %s", report, got)
		}
		if got, err := ParseReportNumber(report[3:]); err != nil || got != report {
			t.Fatalf("%s without its prefix → %s, %v", report, got, err)
		}
	}
}

func TestANumberMayBeginWithItsPrefix(t *testing.T) {
	for _, typed := range []string{"RP-RP86-BKPD", "rp86-bkpd", "RP86 BKPD"} {
		if got, err := ParseReportNumber(typed); err != nil || got != "RP-RP86-BKPD" {
			t.Errorf("%s → %s, %v", typed, got, err)
		}
	}
}

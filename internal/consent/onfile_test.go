package consent_test

import (
	"testing"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/ident"
)

// Whoever holds a receipt asks "does this stand?". That a consent ended by itself must show before anybody writes it down.
func TestAReceiptOfWhatEndedByItselfNoLongerStands(t *testing.T) {
	material := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	s := open(t, later{"privacy", "2.0", material, true, []string{"analytics.usage"}})
	for purpose, ends := range map[string]time.Time{
		"analytics.usage":         material,               // its notice changes
		"promotion.participation": s.now.AddDate(1, 0, 1), // it runs out
	} {
		begin, who := s.now, person()
		s.must(t, who, consent.Grant, purpose, "1.0")
		r, err := s.Receipt(t.Context(), who.Book, ident.EntryID(who.Book, 1), "zh-CN")
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range map[time.Time]consent.FileStatus{begin: consent.FileStands, ends: consent.FileSuperseded} {
			s.now = at
			if got, err := s.OnFile(t.Context(), r); err != nil || got != want {
				t.Errorf("%s at %s: %s %v, want %s", purpose, at, got, err, want)
			}
		}
		s.now = begin
	}
}

package guardian_test

import (
	"testing"
	"time"

	"zhiqing/internal/guardian"
)

// Staff find every open dispute, oldest first and page by page, and nothing else; a guardianship of either party names it.
func TestDisputesAreListedUntilTheyAreResolved(t *testing.T) {
	s := open(t)
	first := s.family(12)
	dad, link := s.father(first)
	if list, next, err := s.Disputes(t.Context(), "", 10); err != nil || len(list) > 0 || next != "" {
		t.Fatalf("a consent is no dispute: %+v %v", list, err)
	}
	s.decide(dad, link, no())
	s.clock.set(s.clock.now().Add(time.Hour))
	list, next, err := s.Disputes(t.Context(), "", 10)
	if err != nil || len(list) != 1 || next != "" {
		t.Fatalf("%+v %q %v", list, next, err)
	}
	x := list[0]
	if x.Minor != first.kid || x.For != 1 || x.Against != 1 || !x.Band.Minor() || !x.Due.After(x.Since) {
		t.Errorf("%+v", x)
	}
	for _, ref := range []string{first.link, link} {
		if got, err := s.DisputeOf(t.Context(), ref); err != nil || got != x {
			t.Errorf("%s: %+v %v", ref, got, err)
		}
	}
	_, err = s.DisputeOf(t.Context(), "gdn_unknown")
	refused(t, err, guardian.ErrUnknownLink)
	if err := s.Resolve(t.Context(), first.kid, true); err != nil {
		t.Fatal(err)
	}
	_, err = s.DisputeOf(t.Context(), link)
	refused(t, err, guardian.ErrNotNow)
	if list, _, err := s.Disputes(t.Context(), "", 10); err != nil || len(list) > 0 {
		t.Errorf("it is resolved: %+v %v", list, err)
	}
}

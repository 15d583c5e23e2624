package consent_test

import (
	"errors"
	"testing"

	"zhiqing/internal/consent"
)

// Somebody without an age who bundles ads with analytics must hear about the bundle: a birth date would not mend it.
func TestABundleIsRefusedForWhatItIsWhoeverSendsIt(t *testing.T) {
	s := open(t)
	grant := func(purpose string) consent.Decision {
		return consent.Decision{Purpose: purpose, Verb: consent.Grant, NoticeVersion: "1.0"}
	}
	for _, who := range []consent.Actor{{Book: "sub_1"}, {Book: "gst_1", Guest: true, Session: "s"}} {
		for _, batch := range [][]consent.Decision{
			{grant("ads.personalised"), grant("improvement.product")},
			{grant("improvement.product"), grant("ads.personalised")},
		} {
			_, _, err := s.Decide(t.Context(), who, consent.Batch{Decisions: batch, Method: "tap", Language: "zh-CN"})
			if !errors.Is(err, consent.ErrSeparate) {
				t.Errorf("%s: %v, want %v", who.Book, err, consent.ErrSeparate)
			}
		}
	}
}

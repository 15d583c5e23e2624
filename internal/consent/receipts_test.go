package consent_test

import (
	"errors"
	"strings"
	"testing"

	"zhiqing/internal/consent"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
)

func (s *stage) receipt(t *testing.T, who consent.Actor, seq int64, lang string) ledger.Receipt {
	t.Helper()
	r, err := s.Receipt(t.Context(), who.Book, ident.EntryID(who.Book, seq), lang)
	if err == nil {
		err = r.Check()
	}
	if err != nil {
		t.Fatalf("receipt of %d: %v", seq, err)
	}
	return r
}

func (s *stage) onFile(t *testing.T, r ledger.Receipt, want consent.FileStatus) {
	t.Helper()
	if got, err := s.OnFile(t.Context(), r); err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestAReceiptOfAPageIsThatOfItsEntry(t *testing.T) {
	s, who := open(t), person()
	s.must(t, who, consent.Grant, "improvement.product", "1.0")
	before := s.receipt(t, who, 1, "zh-CN")
	for range 2 * ledger.PageSize {
		s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	}
	after := s.receipt(t, who, 1, "zh-CN")
	if before.Integrity != after.Integrity || after.Processing.Purposes[0].PurposeCode != "improvement.product" {
		t.Errorf("%+v\n%+v", before.Integrity, after.Integrity)
	}
	for seq := int64(1); seq <= 2*ledger.PageSize+1; seq++ {
		s.receipt(t, who, seq, "en")
	}
	s.onFile(t, after, consent.FileStands)
}

func TestAReceiptShowsThePurposeAsItWasToldThen(t *testing.T) {
	s, who := open(t), person()
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	before := s.receipt(t, who, 1, "zh-CN")
	told := before.Processing.Purposes[0].Purpose
	s.edit(t, "purposes.yaml", "zh-CN: "+told, "zh-CN: 新的名称")
	s.restart(t)
	after := s.receipt(t, who, 1, "zh-CN")
	if got := after.Processing.Purposes[0].Purpose; got != told {
		t.Errorf("the receipt now says %q, agreed was %q", got, told)
	}
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	if got := s.receipt(t, who, 2, "zh-CN").Processing.Purposes[0].Purpose; got != "新的名称" {
		t.Errorf("a new consent says %q", got)
	}
	english := s.receipt(t, who, 1, "en")
	if english.Integrity != before.Integrity || english.Processing.Language != "en" || strings.Contains(english.Processing.Purposes[0].Purpose, told) {
		t.Errorf("in English: %+v", english.Processing)
	}
}

func TestTheBooksSayWhatAReceiptIsWorth(t *testing.T) {
	s, who, other := open(t), person(), person()
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	s.must(t, who, consent.Grant, "improvement.product", "1.0")
	first, second := s.receipt(t, who, 1, "zh-CN"), s.receipt(t, who, 2, "zh-CN")
	s.onFile(t, first, consent.FileStands)
	s.must(t, who, consent.Withdraw, "analytics.usage", "")
	s.onFile(t, first, consent.FileSuperseded)
	s.onFile(t, second, consent.FileStands)

	forked := second
	forked.Integrity.Hash = strings.Repeat("0", 64)
	s.onFile(t, forked, consent.FileContradicts)
	beyond := second
	beyond.Integrity.Seq = 99 // a backup from before the entry was restored
	s.onFile(t, beyond, consent.FileContradicts)

	visitor := guest("s")
	s.must(t, visitor, consent.Grant, "analytics.usage", "1.0")
	theirs := s.receipt(t, visitor, 1, "zh-CN")
	s.onFile(t, theirs, consent.FileStands)
	if err := s.Forget(t.Context(), visitor.Book); err != nil {
		t.Fatal(err)
	}
	s.onFile(t, theirs, consent.FileUnrecorded)

	s.must(t, other, consent.Grant, "analytics.usage", "1.0")
	for _, id := range []string{ident.EntryID(who.Book, 1), ident.EntryID(other.Book, 2), ident.EntryID(other.Book, 0), "ent_", ""} {
		if _, err := s.Receipt(t.Context(), other.Book, id, "zh-CN"); !errors.Is(err, consent.ErrNoEntry) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

package message_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/message"
	"zhiqing/internal/subject"
)

func TestTheSameIsToldOnce(t *testing.T) {
	s := open(t)
	who, other := s.person("ann").ID, s.person("bob").ID
	for range 3 {
		s.tell(who, message.RequestDone, "done:RQ-1")
	}
	s.tell(who, message.RequestDone, "done:RQ-2")
	s.tell(other, message.RequestDone, "done:RQ-1")
	if a, b := s.inbox(who), s.inbox(other); len(a) != 2 || len(b) != 1 {
		t.Fatalf("%d and %d messages", len(a), len(b))
	}
}

func TestAnInboxIsPagedNewestFirst(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	for i := range 7 {
		s.now = s.now.Add(time.Minute)
		s.tell(who, message.NoticeChanged, fmt.Sprint(i))
	}
	var got []message.Message
	for after := ""; ; {
		list, next, err := s.List(t.Context(), who, after, 3)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, list...)
		if after = next; next == "" {
			break
		}
	}
	if len(got) != 7 {
		t.Fatalf("%d messages", len(got))
	}
	for i := 1; i < len(got); i++ {
		if !got[i].At.Before(got[i-1].At) {
			t.Fatal("not newest first")
		}
	}
}

func TestOnlyItsOwnerReadsAMessageAndTheFirstTimeCounts(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	s.tell(who, message.PackageReady, "k")
	id := s.inbox(who)[0].ID
	first := s.now
	for range 2 {
		m, err := s.Read(t.Context(), who, id)
		if err != nil || !m.ReadAt.Equal(first) {
			t.Fatalf("%v %v", m.ReadAt, err)
		}
		s.now = s.now.Add(time.Hour)
	}
	for _, c := range []struct{ who, id string }{{s.person("bob").ID, id}, {who, "msg_nothing"}, {who, "msg_00000000000000000000000000"}, {who, "\x00"}} {
		if _, err := s.Read(t.Context(), c.who, c.id); !errors.Is(err, message.ErrUnknown) {
			t.Errorf("%v", err)
		}
	}
}

func TestMessagesEndAfterTheirLife(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	s.tell(who, message.Dispute, "old")
	s.now = s.now.Add(message.Life - time.Hour)
	s.tell(who, message.Dispute, "new")
	if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	s.now = s.now.Add(time.Hour)
	if got := s.inbox(who); len(got) != 1 {
		t.Fatalf("%d messages are shown when one has expired", len(got))
	}
	if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
}

func TestAMessageHoldsCodesOnly(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	for _, refs := range []message.Refs{{Request: "张三"}, {Guardianship: "13800138000 ann"}, {Notice: strings.Repeat("a", 65)}} {
		if s.Tell(t.Context(), who, message.Dispute, refs, "k") == nil {
			t.Errorf("%v was stored", refs)
		}
	}
	if s.Tell(t.Context(), who, "gossip", message.Refs{}, "k") == nil {
		t.Error("an unknown kind was stored")
	}
	if len(s.inbox(who)) != 0 {
		t.Error("something was stored")
	}
}

func TestWhoIsGoneIsToldNothingAndLeavesNothing(t *testing.T) {
	s := open(t)
	p := s.person("ann")
	s.tell(p.ID, message.RequestDone, "1")
	s.allow(p.ID, "TPL_request", 2)
	if left, err := s.Holder().Remains(t.Context(), p.ID); err != nil || len(left) != 2 {
		t.Fatal(left, err)
	}
	files, err := s.Holder().Export(t.Context(), p.ID)
	if err != nil || len(files) != 2 || len(files[0].Records) != 1 || len(files[1].Records) != 1 {
		t.Fatal(files, err)
	}
	if kinds, err := s.Holder().Describe(t.Context(), p.ID); err != nil || len(kinds) != 2 || kinds[0].Count != 1 {
		t.Fatal(kinds, err)
	}
	if _, err := s.subjects.Change(t.Context(), p.ID, func(p *subject.Subject) error { return s.subjects.Shred(p, "asked", s.now) }); err != nil {
		t.Fatal(err)
	}
	if kept, err := s.Holder().Erase(t.Context(), p.ID); err != nil || len(kept) != 0 {
		t.Fatal(kept, err)
	}
	s.tell(p.ID, message.RequestDone, "2")
	if left, err := s.Holder().Remains(t.Context(), p.ID); err != nil || len(left) != 0 {
		t.Fatal(left, err)
	}
}

func TestEveryKindHasItsWordsInBothLanguages(t *testing.T) {
	kinds := []message.Kind{
		message.GuardianResult, message.GuardianWithdrawn, message.Dispute, message.ReconsentDue, message.Transition14, message.Transition18,
		message.RequestReceived, message.RequestDone, message.RequestRefused, message.RequestHeld, message.PackageReady, message.PickupReady, message.ReportReceived,
		message.ReportCleared, message.ReportUpheld, message.WeChatErased, message.NoticeChanged,
	}
	for _, k := range kinds {
		m := message.Message{Kind: k, Refs: message.Refs{Request: "RQ-7ZK3-Q9MC"}}
		for _, lang := range []string{"zh-CN", "en"} {
			text := m.In(lang)
			if text.Title == "" || text.Body == "" || strings.ContainsAny(text.Body, "{}") {
				t.Errorf("%s in %s: %q", k, lang, text)
			}
		}
		if m.In("en") == m.In("zh-CN") {
			t.Errorf("%s has one language", k)
		}
	}
}

package message_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"zhiqing/internal/message"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/wechat"
)

func TestOneMessagePerPermission(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	s.allow(who, "TPL_request", 2)
	for _, key := range []string{"a", "b", "c"} {
		s.tell(who, message.RequestDone, key)
	}
	s.send(2)
	s.send(0)
	if len(s.wechat.got) != 2 || s.left(who, "TPL_request") != 0 || len(s.inbox(who)) != 3 {
		t.Fatalf("%d sent, %d left, %d in the inbox", len(s.wechat.got), s.left(who, "TPL_request"), len(s.inbox(who)))
	}
	s.allow(who, "TPL_request", 1)
	s.send(0) // the third is not sent late: it had no permission when it was due
}

func TestARejectAllowsNothingAndTakesNothingBack(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	if left, err := s.Subscribe(t.Context(), who, "TPL_request", message.Reject, ""); left != 0 || err != nil {
		t.Fatal(left, err)
	}
	s.allow(who, "TPL_request", 1)
	if left, err := s.Subscribe(t.Context(), who, "TPL_request", message.Reject, ""); left != 1 || err != nil {
		t.Fatal(left, err)
	}
	for range 3 { // a client that lost the answer
		if left, err := s.Subscribe(t.Context(), who, "TPL_request", message.Accept, "retry-1"); left != 2 || err != nil {
			t.Fatal(left, err)
		}
	}
	if _, err := s.Subscribe(t.Context(), who, "TPL_other", message.Accept, ""); !errors.Is(err, message.ErrTemplate) {
		t.Error(err)
	}
	if _, err := s.Subscribe(t.Context(), who, "TPL_request", "ban", ""); !errors.Is(err, message.ErrResult) {
		t.Error(err)
	}
}

func TestAWeChatMessageKeepsTheLimitsAndSaysNothingPersonal(t *testing.T) {
	s := open(t)
	who := s.person("ann")
	s.allow(who.ID, "TPL_request", 1)
	s.allow(who.ID, "TPL_family", 1)
	s.tell(who.ID, message.RequestDone, "a")
	s.tell(who.ID, message.Dispute, "b")
	s.send(2)
	for _, m := range s.wechat.got {
		if m.To.Reveal() != "ann" || m.Page == "" {
			t.Errorf("%v", m)
		}
		for field, v := range m.Values {
			most := map[string]int{"thing": 20, "phrase": 5, "character_string": 32, "time": 32}[strings.TrimRight(field, "0123456789")]
			if n := utf8.RuneCountInString(v); n == 0 || n > most {
				t.Errorf("%s: %q has %d characters", field, v, n)
			}
		}
	}
	want := map[string]string{"character_string1": "RQ-7ZK3-Q9MC", "phrase2": "已办结", "time3": "2026年11月23日 16:00"}
	i := slices.IndexFunc(s.wechat.got, func(m wechat.Message) bool { return m.Template == "TPL_request" })
	if !maps.Equal(s.wechat.got[i].Values, want) {
		t.Errorf("%v", s.wechat.got[i].Values)
	}
}

func TestNotSubscribedEndsThePermissions(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	s.allow(who, "TPL_request", 3)
	s.wechat.answers = []error{wechat.ErrNotSubscribed}
	s.tell(who, message.RequestDone, "a")
	s.send(0)
	if s.left(who, "TPL_request") != 0 || len(s.failed) != 0 {
		t.Fatal("permissions are left that WeChat does not know of, or the operator was alarmed")
	}
}

func TestASilentWeChatIsTriedAgainForAnHourWithOnePermission(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	s.allow(who, "TPL_request", 2)
	s.tell(who, message.RequestDone, "a")
	s.wechat.answers = []error{wechat.ErrUnavailable, wechat.ErrLimited}
	s.send(0)
	s.send(0) // not yet
	s.now = s.now.Add(time.Minute)
	s.send(0)
	s.now = s.now.Add(2 * time.Minute)
	s.send(1)
	if s.left(who, "TPL_request") != 1 || len(s.failed) != 2 {
		t.Fatalf("%d left, %d failures", s.left(who, "TPL_request"), len(s.failed))
	}
	s.wechat.answers = make([]error, 20)
	for i := range s.wechat.answers {
		s.wechat.answers[i] = wechat.ErrUnavailable
	}
	s.tell(who, message.RequestDone, "b")
	for range 20 {
		s.send(0)
		s.now = s.now.Add(time.Hour)
	}
	if tried := 20 - len(s.wechat.answers); tried != 6 {
		t.Errorf("tried %d times", tried)
	}
}

func TestWhatWouldFailAgainIsNotTriedAgain(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	s.allow(who, "TPL_request", 1)
	s.wechat.answers = []error{wechat.ErrMisuse}
	s.tell(who, message.RequestDone, "a")
	s.send(0)
	s.now = s.now.Add(time.Hour)
	s.send(0)
	if len(s.failed) != 1 {
		t.Fatalf("%d failures", len(s.failed))
	}
}

// A failed write ends the round, as a crash at that write would.
func TestACrashNeverSendsTwo(t *testing.T) {
	for step := range 4 {
		for mode, fail := range map[string]func(*flaky.Engine, int){"before": (*flaky.Engine).FailBefore, "after": (*flaky.Engine).FailAfter} {
			s := open(t)
			who := s.person("ann").ID
			s.allow(who, "TPL_request", 5)
			s.tell(who, message.RequestDone, "a")
			fail(s.engine, step+1)
			_, _ = s.Send(t.Context())
			for range 10 {
				_, _ = s.Send(t.Context()) // the planned failure may come only now
				s.now = s.now.Add(time.Hour)
			}
			if n := len(s.wechat.got); n > 1 {
				t.Errorf("crash %s write %d: %d messages", mode, step, n)
			}
		}
	}
}

func TestTwoServersSendOne(t *testing.T) {
	s := open(t)
	who := s.person("ann").ID
	s.allow(who, "TPL_request", 5)
	s.tell(who, message.RequestDone, "a")
	var both sync.WaitGroup
	for range 8 {
		both.Go(func() {
			if _, err := s.Send(t.Context()); err != nil && !errors.Is(err, store.ErrConflict) {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if len(s.wechat.got) != 1 || s.left(who, "TPL_request") != 4 {
		t.Fatalf("%d sent, %d left", len(s.wechat.got), s.left(who, "TPL_request"))
	}
}

func TestATemplateThatWeChatWouldRefuseIsRefusedAtStart(t *testing.T) {
	for _, text := range []string{
		"", "模板", "ID phrase1=number", "ID character_string1=title", "ID thing1=phone", "ID color1=state", "ID thing=title",
		"ID thing1=title thing1=state", "ID thing1", "ID date1=state",
	} {
		if _, err := message.ParseTemplate(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	every := map[message.Kind]message.Template{}
	for _, k := range []message.Kind{"guardian_result", "guardian_withdrawn", "dispute", "reconsent_due", "transition14", "transition18", "request_received",
		"request_done", "request_refused", "request_held", "package_ready", "report_received", "report_cleared", "report_upheld", "wechat_erased", "notice_changed"} {
		every[k] = must("ID thing1=title phrase2=state character_string3=number time4=time thing5=number")
	}
	s := open(t)
	o := message.Options{Engine: s.engine, Subjects: s.subjects, WeChat: s.wechat, Templates: every}
	if _, err := message.Open(t.Context(), o); err != nil {
		t.Errorf("a kind's words do not fit: %v", err)
	}
	if all, err := message.ParseTemplates([]string{"dispute=A", "request_done=B thing1=title"}); err != nil || len(all) != 2 || all[message.RequestDone].ID != "B" {
		t.Error(all, err)
	}
	for _, list := range [][]string{{"dispute"}, {"gossip=A"}, {"dispute=A", "dispute=B"}, {"dispute=模板"}} {
		if _, err := message.ParseTemplates(list); err == nil {
			t.Errorf("%q is accepted", list)
		}
	}
	every["gossip"] = must("ID")
	if _, err := message.Open(t.Context(), o); err == nil {
		t.Error("a template for no kind is accepted")
	}
}

package disclosure_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/audit"
	"zhiqing/internal/disclosure"
	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/purpose"
	"zhiqing/internal/staff"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

// stage is a desk on a real store and a real audit, among officers and people that the test plays.
type stage struct {
	*testing.T
	*disclosure.Desk
	writes *flaky.Engine
	audit  *audit.Log
	world  *world
	at     time.Time
}

// world plays staff and people.
type world struct {
	mu        sync.Mutex
	approved  map[string]string // order → who has approved
	asked     []staff.Question
	consents  map[string]string // subject/purpose/recipient → entry
	values    map[string]any
	told      []string
	stopped   map[string]bool
	transfers []disclosure.Told
	forbidden bool
	spent     int   // look-ups; beyond 60 there is none
	trouble   error // of telling
}

var officer = staff.Session{Officer: staff.Officer{ID: "stf_asks", Role: staff.PrivacyOfficer}}

const person = "sub_4rvjq2m1k8s0t3wxyz5a6b7c8d"

func open(t *testing.T) *stage {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "d.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	s := &stage{T: t, writes: flaky.Wrap(engine), at: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), world: &world{
		approved: map[string]string{}, consents: map[string]string{}, stopped: map[string]bool{},
		values: map[string]any{"nickname": "小石头", "phone": "13800138000", "email": "a@example.com"},
	}}
	now := func() time.Time { return s.at }
	if s.audit, err = audit.Open(t.Context(), s.writes, now); err != nil {
		t.Fatal(err)
	}
	catalogue, err := purpose.Load(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]fault.Text{}
	for _, f := range []string{"nickname", "phone", "email", "postal_address"} {
		fields[f] = fault.Text{ZH: f, EN: f}
	}
	s.Desk, err = disclosure.Open(t.Context(), disclosure.Options{
		Engine: s.writes, Audit: s.audit, Staff: s.world, People: s.world, Purposes: catalogue, Fields: fields, Transfers: s.world.fetched,
		Stopped: func(_ context.Context, code string) (bool, error) { return s.world.stopped[code], nil }, Now: now, IDs: ident.Source{Reader: rand.Reader},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) Allow(context.Context, staff.Session, staff.Permission) error {
	if w.forbidden {
		return staff.ErrForbidden
	}
	return nil
}

func (w *world) Spend(_ context.Context, _ staff.Officer, what staff.Quota) error {
	if w.spent++; what != staff.Lookups || w.spent > 60 {
		return staff.ErrQuota
	}
	return nil
}

func (w *world) Ask(_ context.Context, _ staff.Session, q staff.Question) (staff.Approval, error) {
	w.asked = append(w.asked, q)
	return staff.Approval{}, nil
}

func (w *world) Use(_ context.Context, s staff.Session, _ staff.Permission, record string) (staff.Approval, error) {
	if by := w.approved[record]; by != "" && by != s.Officer.ID {
		return staff.Approval{AnsweredBy: by}, nil
	}
	return staff.Approval{}, staff.ErrApproval
}

func (w *world) Person(_ context.Context, term string) (string, error) {
	if term != "PN-7ZK3-Q9MC" {
		return "", disclosure.ErrPerson
	}
	return person, nil
}

func (w *world) Lets(_ context.Context, subject string, p purpose.Purpose, recipient string) (string, error) {
	entry, ok := w.consents[subject+"/"+p.Code+"/"+recipient]
	if p.NeedsConsent() && !ok {
		return "", disclosure.ErrConsent
	}
	return entry, nil
}

func (w *world) Values(_ context.Context, _ string, fields []string) (map[string]any, error) {
	found := map[string]any{}
	for _, f := range fields {
		if v, ok := w.values[f]; ok {
			found[f] = v
		}
	}
	return found, nil
}

func (w *world) Tell(_ context.Context, subject, key string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.trouble != nil {
		return w.trouble
	}
	if !slices.Contains(w.told, subject+" "+key) {
		w.told = append(w.told, subject+" "+key)
	}
	return nil
}

// fetched pages through the transfers by their times.
func (w *world) fetched(_ context.Context, _, after string, limit int) (list []disclosure.Told, next string, err error) {
	for _, x := range w.transfers {
		if at := x.At.Format(time.RFC3339); after == "" || at < after {
			if len(list) == limit {
				return list, list[limit-1].At.Format(time.RFC3339), nil
			}
			list = append(list, x)
		}
	}
	return list, "", nil
}

// order is what a court may ask for.
func order() disclosure.Order {
	return disclosure.Order{
		Person: "PN-7ZK3-Q9MC", Basis: disclosure.LegalDuty, Authority: "court", Organ: "上海市浦东新区人民法院", Contact: "021-0000 0000 立案庭", Jurisdiction: "CN",
		Document: "（2026）沪0115民初1号", Fields: []string{"nickname", "phone"},
	}
}

// request asks for an order, which another officer approves.
func (s *stage) request(o disclosure.Order) disclosure.Disclosure {
	s.Helper()
	x, err := s.Request(s.Context(), officer, o)
	if err != nil {
		s.Fatal(err)
	}
	s.world.approved[x.ID] = "stf_second"
	return x
}

func (s *stage) release(o disclosure.Order) disclosure.Disclosure {
	s.Helper()
	x, _, err := s.Release(s.Context(), officer, s.request(o).ID)
	if err != nil {
		s.Fatal(err)
	}
	return x
}

// sees is what the person sees, all pages of one.
func (s *stage) sees(limit int) (all []disclosure.Told) {
	s.Helper()
	for after := ""; ; {
		list, next, err := s.List(s.Context(), person, after, limit)
		if err != nil || len(list) > limit {
			s.Fatal(len(list), err)
		}
		all = append(all, list...)
		if after = next; next == "" {
			return all
		}
	}
}

// rows are the actions in the audit, oldest first, each with whether it names the person.
func (s *stage) rows() (list []string) {
	s.Helper()
	rows, _, err := s.audit.Find(s.Context(), audit.Query{Limit: 1000})
	if err != nil {
		s.Fatal(err)
	}
	for _, r := range slices.Backward(rows) {
		text := r.Action + " " + r.Result
		if r.Subject != "" {
			text += " of the person"
		}
		list = append(list, text)
	}
	return list
}

func (s *stage) sweep() int {
	s.Helper()
	n, err := s.Sweep(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return n
}

// refused fails the test unless err is want.
func (s *stage) refused(err error, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("got %v, want %v", err, want)
	}
}

// fieldsOf names what a fault says is wrong.
func fieldsOf(err error) string {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return ""
	}
	var names []string
	for _, x := range f.Fields {
		names = append(names, strings.TrimPrefix(x.Path, "body."))
	}
	return strings.Join(names, " ")
}

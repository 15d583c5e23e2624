package guardian_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zhiqing/internal/guardian"
	"zhiqing/internal/subject"
)

// EndAllBut ends all sessions but one.
func (s *sessions) EndAllBut(ctx context.Context, owner, _ string) error { return s.EndAll(ctx, owner) }

// closings are scenes of the table in crash_test.go: every write of a closing may fail, and two servers may close at once.
func closings() []scene {
	return []scene{
		{"close a guardian's account", func(s *stage) func(*stage) error {
			f := s.family(12)
			s.field(f.mum, "nickname", "小石头")
			return closing(f.mum)
		}},
		{"close a minor's account", func(s *stage) func(*stage) error {
			f := s.family(12)
			s.field(f.kid, "nickname", "小石头")
			return closing(f.kid)
		}},
		{"close a waiting minor's account", func(s *stage) func(*stage) error {
			kid := s.aged("kid", 12)
			s.invited(kid)
			return closing(kid)
		}},
	}
}

func closing(id string) func(*stage) error {
	return func(s *stage) error {
		proof, err := s.Close(s.t.Context(), id, "cancel_account", "session-1")
		if err == nil && proof == "" {
			err = errors.New("closed without a proof")
		}
		return err
	}
}

func TestClosingErasesAnybodyAndProvesIt(t *testing.T) {
	for _, years := range []int{12, 15, 40} {
		s := open(t)
		id := s.aged("kid", years)
		s.field(id, "nickname", "小石头")
		proof, err := s.Close(t.Context(), id, "cancel_account", "session-1")
		if err != nil {
			t.Fatal(err)
		}
		p := s.erased(id)
		var said guardian.Proof
		if err := json.Unmarshal([]byte(proof), &said); err != nil || said.Reason != "cancel_account" || said.Subject != id || said.KeyDigest == "" || !slices.Contains(said.Fields, "nickname") {
			t.Errorf("the proof says %+v, %v", said, err)
		}
		if p.Erasure.Session != "session-1" {
			t.Error("nobody may fetch the proof")
		}
		again, err := s.Close(t.Context(), id, "other", "session-2")
		if err != nil || again != proof || s.stored(id).Erasure.Session != "session-1" {
			t.Errorf("closing again: %v; another proof: %t", err, again != proof)
		}
		s.later(s.rules.Kept + day)
		s.sweep()
		if e := s.stored(id).Erasure; e.Session != "" || e.Guardians != nil || e.Proof != proof {
			t.Errorf("after its time the erasure holds %+v", e)
		}
	}
}

func TestClosingAndComingBackDoesNotChangeTheAge(t *testing.T) {
	s := open(t)
	id := s.aged("kid", 12)
	if _, err := s.Close(t.Context(), id, "cancel_account", ""); err != nil {
		t.Fatal(err)
	}
	back := s.person("kid")
	if back == id {
		t.Fatal("the erased account is back")
	}
	if _, err := s.Declare(t.Context(), back, s.born(30), ""); !errors.Is(err, guardian.ErrMarked) {
		t.Errorf("a minor has become an adult by closing the account: %v", err)
	}
	adult := s.aged("dad", 30)
	if _, err := s.Close(t.Context(), adult, "cancel_account", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Declare(t.Context(), s.person("dad"), s.born(30), ""); err != nil {
		t.Errorf("an adult who returns is taken for a minor: %v", err)
	}
}

func TestAClosedGuardiansChildrenLoseTheirGuardianAtOnce(t *testing.T) {
	s := open(t)
	f := s.family(12)
	if _, err := s.Close(t.Context(), f.mum, "cancel_account", ""); err != nil {
		t.Fatal(err)
	}
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
}

// spade refuses to bury for a while.
type spade struct {
	broken bool
	buried []guardian.Proof
}

var errBroken = errors.New("broken")

func (s *spade) Bury(_ context.Context, p guardian.Proof, _ string) error {
	if s.broken {
		return errBroken
	}
	s.buried = append(s.buried, p)
	return nil
}

func TestNoErasureCountsBeforeItsTombstoneIsWritten(t *testing.T) {
	s := open(t)
	id := s.aged("kid", 40)
	graves := &spade{broken: true}
	s.reopen(func(o *guardian.Options) { o.Graves = graves })
	if _, err := s.Close(t.Context(), id, "cancel_account", ""); !errors.Is(err, errBroken) {
		t.Fatalf("closed without a tombstone: %v", err)
	}
	if p := s.stored(id); p.State != subject.Closing || len(p.Key) > 0 || p.Erasure.Proof != "" {
		t.Errorf("the account is %s, key %t, proof %q", p.State, len(p.Key) > 0, p.Erasure.Proof)
	}
	graves.broken = false
	s.sweep()
	s.erased(id)
	if len(graves.buried) != 1 || graves.buried[0].Subject != id {
		t.Errorf("buried %+v", graves.buried)
	}
}

func TestAfterAClosingNoFileHoldsAnythingOfThePerson(t *testing.T) {
	s := open(t)
	id := s.aged("kid", 40)
	s.field(id, "nickname", "小石头的昵称")
	s.field(id, subject.PhoneField, "13800000009")
	key := slices.Clone(s.stored(id).Key)
	if _, err := s.Close(t.Context(), id, "cancel_account", ""); err != nil {
		t.Fatal(err)
	}
	p := s.erased(id)
	if left, err := s.subjects.Holder().Remains(t.Context(), id); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if _, err := s.subjects.Open(&p, "nickname", []byte("sealed")); err == nil {
		t.Error("something can still be opened")
	}
	files, err := filepath.Glob(filepath.Join(s.folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"小石头的昵称", "13800000009", "openid-kid", "unionid-kid"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q", filepath.Base(path), secret)
			}
		}
	}
	page, err := s.base.Get(t.Context(), subject.Collection, id)
	if err != nil || bytes.Contains(page.Body, key) {
		t.Errorf("the document still holds the wrapped key, or %v", err)
	}
}

func TestTheGuardiansHolderMasksTheOtherSide(t *testing.T) {
	s := open(t)
	f := s.family(12)
	h := s.Holder()
	for id, other := range map[string]string{f.kid: f.mum, f.mum: f.kid} {
		files, err := h.Export(t.Context(), id)
		if err != nil || len(files) != 1 || len(files[0].Records) != 1 || len(files[0].Excluded) == 0 {
			t.Fatalf("%+v %v", files, err)
		}
		text, err := json.Marshal(files[0].Records)
		if err != nil || bytes.Contains(text, []byte(other)) {
			t.Errorf("the export names the other side: %s %v", text, err)
		}
		if kinds, err := h.Describe(t.Context(), id); err != nil || len(kinds) != 1 || kinds[0].Count != 1 {
			t.Errorf("%+v %v", kinds, err)
		}
	}
	if kept, err := h.Erase(t.Context(), f.mum); err != nil || len(kept) != 1 {
		t.Errorf("%+v %v", kept, err)
	}
	if left, err := h.Remains(t.Context(), f.mum); err != nil || len(left) > 0 {
		t.Errorf("left %v %v", left, err)
	}
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
}

package audit_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
)

func keyset(t *testing.T) ledger.Keyset {
	t.Helper()
	return ledger.NewKeyset(rand.Reader, time.Now(), "test")
}

// lines writes n rows, one a minute from a fixed day, and returns the log.
func lines(t *testing.T, e store.Engine, n int) (*audit.Log, time.Time) {
	t.Helper()
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	at := day
	l, err := audit.Open(t.Context(), e, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := l.Append(t.Context(), row("stf_1", "sub_1")); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Minute)
	}
	return l, day
}

func TestAPackHoldsThePeriodAndVerifiesOffline(t *testing.T) {
	l, day := lines(t, engine(t), 50)
	keys := keyset(t)
	var pack bytes.Buffer
	n, err := l.Pack(t.Context(), &pack, day.Add(10*time.Minute), day.Add(30*time.Minute), map[string]int{"minors": 3}, 0, keys)
	if err != nil || n != 20 {
		t.Fatalf("%d rows, %v", n, err)
	}
	p, err := audit.CheckPack(bytes.NewReader(pack.Bytes()), keys.Verifier())
	if err != nil || p.Rows != 20 || p.First != 11 {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := audit.CheckPack(bytes.NewReader(pack.Bytes()), keyset(t).Verifier()); !errors.Is(err, audit.ErrPack) {
		t.Errorf("another's keys verify it: %v", err)
	}
}

// The bytes of a row are packed as they were hashed, also where a ticket's number holds what HTML would escape.
func TestAPackKeepsTheBytesThatWereHashed(t *testing.T) {
	l, day := lines(t, engine(t), 1)
	keys := keyset(t)
	odd := row("stf_1", "sub_1")
	odd.Reference = "T<1>&2"
	if _, err := l.Append(t.Context(), odd); err != nil {
		t.Fatal(err)
	}
	var pack bytes.Buffer
	if n, err := l.Pack(t.Context(), &pack, day, day.Add(time.Hour), nil, 0, keys); err != nil || n != 2 {
		t.Fatalf("%d %v", n, err)
	}
	if !strings.Contains(pack.String(), odd.Reference) {
		t.Errorf("%s", pack.String())
	}
	if p, err := audit.CheckPack(&pack, keys.Verifier()); err != nil || p.Rows != 2 {
		t.Errorf("%+v %v", p, err)
	}
}

func TestAPackWithAnythingChangedDoesNotVerify(t *testing.T) {
	l, day := lines(t, engine(t), 5)
	keys := keyset(t)
	var pack bytes.Buffer
	if _, err := l.Pack(t.Context(), &pack, day, day.Add(time.Hour), nil, 0, keys); err != nil {
		t.Fatal(err)
	}
	whole := pack.String()
	rows := strings.SplitAfter(whole, "\n")
	for name, changed := range map[string]string{
		"a row is left out":     strings.Join(append(append([]string{}, rows[:2]...), rows[3:]...), ""),
		"two rows are swapped":  rows[0] + rows[2] + rows[1] + strings.Join(rows[3:], ""),
		"a name is changed":     strings.Replace(whole, "stf_1", "stf_2", 1),
		"the period is changed": strings.Replace(whole, "2026-05-01", "2026-05-02", 1),
		"the seal is missing":   strings.Join(rows[:len(rows)-2], ""),
		"something follows":     whole + "{}\n",
		"a long line follows":   whole + strings.Repeat("x", 2<<20) + "\n",
		"the seal says more":    strings.Replace(whole, `{"seal":`, `{"figures":{"minors":0},"seal":`, 1),
		"the seal says it last": strings.TrimSuffix(whole, "}\n") + `,"figures":{}}` + "\n",
		"it is empty":           "",
	} {
		if _, err := audit.CheckPack(strings.NewReader(changed), keys.Verifier()); !errors.Is(err, audit.ErrPack) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEmptyPeriodAndATooLongOneSaySo(t *testing.T) {
	l, day := lines(t, engine(t), 5)
	keys := keyset(t)
	var pack bytes.Buffer
	if n, err := l.Pack(t.Context(), &pack, day.Add(-time.Hour), day, nil, 0, keys); n != 0 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if p, err := audit.CheckPack(&pack, keys.Verifier()); err != nil || p.Rows != 0 {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := l.Pack(t.Context(), &pack, day, day.Add(time.Hour), nil, 4, keys); !errors.Is(err, audit.ErrMany) {
		t.Error(err)
	}
}

// A clock that is set back, or is behind another server's, takes no row out of its period.
func TestTimeNeverGoesBackAlongTheChain(t *testing.T) {
	e, keys := engine(t), keyset(t)
	day := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := day
	ahead, err := audit.Open(t.Context(), e, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	behind, err := audit.Open(t.Context(), e, func() time.Time { return day.Add(-24 * time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range []*audit.Log{ahead, behind, ahead, behind} {
		at = day.Add(time.Duration(-i) * time.Hour)
		r, err := l.Append(t.Context(), row("stf_1", "sub_1"))
		if err != nil || !r.At.Equal(day) {
			t.Errorf("row %d is of %s, %v", i+1, r.At, err)
		}
	}
	var pack bytes.Buffer
	if n, err := ahead.Pack(t.Context(), &pack, day, day.Add(time.Hour), nil, 0, keys); n != 4 || err != nil {
		t.Errorf("%d rows in the period, %v", n, err)
	}
}

// tamper changes one byte of a stored row, behind the log's back.
func tamper(t *testing.T, e store.Engine, id string) {
	t.Helper()
	type raw struct {
		Bytes   []byte    `bson:"bytes"`
		Prev    []byte    `bson:"prev"`
		Hash    []byte    `bson:"hash"`
		At      time.Time `bson:"at"`
		Actor   string    `bson:"actor"`
		Subject string    `bson:"subject,omitempty"`
		Reason  string    `bson:"reason,omitempty"`
	}
	rows, err := store.Open(context.Background(), e, "audit",
		store.Index[raw]{Name: "actor", Keys: func(s *raw) []string { return []string{store.Key(s.Actor, s.At)} }},
		store.Index[raw]{Name: "subject", Keys: func(s *raw) []string { return []string{store.Key(s.Subject, s.At)} }},
		store.Index[raw]{Name: "reason", Keys: func(s *raw) []string { return []string{store.Key(s.Reason, s.At)} }},
		store.Index[raw]{Name: "time", Keys: func(s *raw) []string { return []string{store.Key(s.At)} }},
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Update(t.Context(), id, func(r *raw) error {
		r.Bytes = bytes.Replace(r.Bytes, []byte("staff.lookup"), []byte("staff.lookuq"), 1)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestATamperedRowIsNamedWhereverItIsLookedAt(t *testing.T) {
	e := engine(t)
	l, day := lines(t, e, 5)
	const third = "0000000000000000003"
	tamper(t, e, third)
	rows, _, err := l.Look(t.Context(), audit.Query{Subject: "sub_1", Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if broken := r.Broken != ""; broken != (r.ID == third) {
			t.Errorf("row %s: %q", r.ID, r.Broken)
		}
	}
	c, err := l.Check(t.Context())
	if err != nil || c.Broken != third || c.Rows != 2 {
		t.Errorf("%+v %v", c, err)
	}
	if last, ok, err := l.LastCheck(t.Context()); err != nil || !ok || last.Broken != third {
		t.Errorf("%+v %v %v", last, ok, err)
	}
	if _, err := l.Pack(t.Context(), &bytes.Buffer{}, day, day.Add(time.Hour), nil, 0, keyset(t)); !errors.Is(err, audit.ErrBroken) {
		t.Errorf("a broken chain is signed: %v", err)
	}
}

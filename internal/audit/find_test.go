package audit_test

import (
	"errors"
	"testing"
	"time"

	"zhiqing/internal/audit"
)

func TestASearchIsByOneThingWithinATime(t *testing.T) {
	e := engine(t)
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	at := day
	l, err := audit.Open(t.Context(), e, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"stf_1", "stf_2", "stf_1", "stf_10", "stf_1"} {
		if _, err := l.Append(t.Context(), row(who, "sub_"+who[4:])); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Hour)
	}
	from, to := day.Add(time.Hour), day.Add(4*time.Hour)
	for name, c := range map[string]struct {
		q    audit.Query
		want []int64
	}{
		"an actor":               {audit.Query{Actor: "stf_1"}, []int64{5, 3, 1}},
		"an actor in a time":     {audit.Query{Actor: "stf_1", From: from, To: to}, []int64{3}},
		"an actor from a time":   {audit.Query{Actor: "stf_1", From: from}, []int64{5, 3}},
		"a subject in a time":    {audit.Query{Subject: "sub_2", From: from, To: to}, []int64{2}},
		"a subject until a time": {audit.Query{Subject: "sub_2", To: from}, nil},
		"a reason in a time":     {audit.Query{Reason: "request", From: from, To: to}, []int64{4, 3, 2}},
		"a time":                 {audit.Query{From: from, To: to}, []int64{4, 3, 2}},
		"everything":             {audit.Query{}, []int64{5, 4, 3, 2, 1}},
	} {
		c.q.Limit = 10
		rows, _, err := l.Find(t.Context(), c.q)
		same := err == nil && len(rows) == len(c.want)
		for i := range c.want {
			same = same && rows[i].Seq == c.want[i]
		}
		if !same {
			t.Errorf("%s: %+v %v", name, rows, err)
		}
	}
	for name, q := range map[string]audit.Query{
		"two things":        {Actor: "stf_1", Subject: "sub_1"},
		"a control byte":    {Actor: "stf\x1f"},
		"not valid as text": {Subject: "\xff"},
	} {
		q.Limit = 10
		if _, _, err := l.Find(t.Context(), q); !errors.Is(err, audit.ErrQuery) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := l.Look(t.Context(), q); !errors.Is(err, audit.ErrQuery) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

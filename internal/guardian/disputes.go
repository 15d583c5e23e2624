package guardian

import (
	"context"
	"time"

	"zhiqing/internal/subject"
)

// Dispute is a minor's account on which guardians disagree, without anything of theirs but numbers.
type Dispute struct {
	Link         string // gdn_…: the first of the guardianships, which names the dispute to staff and to its parties
	Minor        string // sub_…; not for pages
	Band         subject.Band
	Since        time.Time
	Due          time.Time // by when staff answer (认定方法 §6)
	For, Against int       // guardians who consent, and who refuse
}

// Disputes lists the open ones, the oldest first, limit (1…1000) at most; see subject.Register.WithMinority for after and next.
func (d *Desk) Disputes(ctx context.Context, after string, limit int) (list []Dispute, next string, err error) {
	found, next, err := d.o.Subjects.WithMinority(ctx, string(Disputed), after, limit)
	for _, s := range found {
		if x, ok := d.dispute(s); ok {
			list = append(list, x)
		}
	}
	return list, next, err
}

// DisputeOf is the open dispute to which a guardianship belongs. Faults: ErrUnknownLink, ErrNotNow when there is none.
func (d *Desk) DisputeOf(ctx context.Context, linkID string) (Dispute, error) {
	s, err := d.o.Subjects.WithLink(ctx, linkID)
	if err != nil {
		return Dispute{}, hideUnknown(err)
	}
	x, ok := d.dispute(s)
	if !ok {
		return Dispute{}, ErrNotNow
	}
	return x, nil
}

func (d *Desk) dispute(s subject.Subject) (x Dispute, ok bool) {
	m := s.Minority
	if m == nil || State(m.State) != Disputed || s.State.Over() || len(m.Links) == 0 {
		return Dispute{}, false
	}
	x = Dispute{Link: m.Links[0].ID, Minor: s.ID, Since: m.Since, Due: d.o.Workdays(m.Since, d.o.Rules.DisputeDays)}
	x.Band, _ = d.o.Subjects.BandOf(s)
	for _, l := range m.Links {
		switch {
		case LinkState(l.State) == LinkActive:
			x.For++
		case LinkState(l.State).no():
			x.Against++
		}
	}
	return x, true
}

package lookup

import (
	"context"
	"encoding/hex"
	"errors"

	"zhiqing/internal/consent"
	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

// Record shows one record. The row that names what is shown is in the audit before anything leaves. lang is of the notices.
// Faults: those of staff.Desk.Allow and Use, ErrOver.
func (d *Desk) Record(ctx context.Context, s staff.Session, lookupID, lang string) (Record, error) {
	l, person, err := d.open(ctx, s, lookupID)
	if err != nil {
		return Record{}, err
	}
	r, err := d.gather(ctx, l, person, lang)
	if err != nil {
		return Record{}, err
	}
	if err := d.note(ctx, s, l, "staff.viewed", allowed, r.shown()...); err != nil {
		return Record{}, err
	}
	return r, nil
}

// gather reads the parts. Every value in it is masked already.
func (d *Desk) gather(ctx context.Context, l Lookup, person subject.Subject, lang string) (r Record, err error) {
	band, changes := d.o.Subjects.BandOf(person)
	r = Record{
		Lookup: l, PrivacyNumber: person.PrivacyNumber, State: string(person.State), Band: string(band), ChangesOn: changes, Since: person.CreatedAt,
	}
	for _, p := range person.Pauses {
		r.Pauses = append(r.Pauses, Pause{p.Request, p.Purposes, p.Since})
	}
	for _, read := range []func() error{
		func() (err error) { r.Standings, err = d.standings(ctx, person, lang); return },
		func() (err error) { r.Timeline, r.MoreTimeline, err = d.timeline(ctx, person.ID, 0); return },
		func() (err error) { r.Profile, err = d.profile(ctx, person); return },
		func() (err error) { r.Guardianships, err = d.guardianships(ctx, person); return },
		func() (err error) { r.Requests, r.MoreRequests, err = d.requests(ctx, person.ID); return },
		func() (err error) { r.Disclosures, err = d.o.Disclosures(ctx, person.ID, maxDisclosures); return },
	} {
		if err := read(); err != nil {
			return Record{}, err
		}
	}
	return r, nil
}

// shown names what a record shows, for the audit and for the person.
func (r Record) shown() []string {
	names := []string{"account_state", "age_band", "consents", "timeline"}
	for _, part := range []struct {
		name string
		n    int
	}{{"pauses", len(r.Pauses)}, {"guardianships", len(r.Guardianships)}, {"requests", len(r.Requests)}, {"disclosures", len(r.Disclosures)}} {
		if part.n > 0 {
			names = append(names, part.name)
		}
	}
	for _, f := range r.Profile {
		names = append(names, f.Name+".masked")
	}
	return names
}

func (d *Desk) standings(ctx context.Context, person subject.Subject, lang string) ([]Standing, error) {
	told, err := d.o.Consents.Overview(ctx, d.o.Actor(person), lang, false)
	if err != nil {
		return nil, err
	}
	paused := d.o.Paused(person.Pauses)
	list := make([]Standing, 0, len(told.Standings))
	for _, s := range told.Standings {
		x := Standing{
			Purpose: s.Purpose, Title: d.purposeTitle(s.Purpose), Recipient: s.Recipient, State: string(s.State), Paused: paused(s.Purpose),
			Since: s.Since, ValidUntil: s.ValidUntil, Notice: s.Notice, EntryID: s.EntryID,
		}
		if s.Seq > 0 {
			x.By = by(s)
		}
		if s.State == consent.Expired && s.Since.Before(s.ValidUntil) { // not yet written down
			x.Since = s.ValidUntil
		}
		x.Allows = s.State.Allows() && !x.Paused && person.State == subject.Active
		list = append(list, x)
	}
	return list, nil
}

// by is who brought a standing about: what has ended by itself, the system did.
func by(s consent.Standing) By {
	switch {
	case s.State == consent.Expired, s.State == consent.Invalidated, s.State == consent.Revoked:
		return BySystem
	case s.Party != "":
		return ByGuardian
	}
	return BySelf
}

// Timeline goes on where Record.MoreTimeline, or the call before, ended; more is 0 at the end. It is a view of its own, with
// its own row. Faults: those of Record.
func (d *Desk) Timeline(ctx context.Context, s staff.Session, lookupID string, before int64) (events []Event, more int64, err error) {
	l, person, err := d.open(ctx, s, lookupID)
	if err != nil {
		return nil, 0, err
	}
	if events, more, err = d.timeline(ctx, person.ID, before); err != nil {
		return nil, 0, err
	}
	if err := d.note(ctx, s, l, "staff.viewed", allowed, "timeline"); err != nil {
		return nil, 0, err
	}
	return events, more, nil
}

func (d *Desk) timeline(ctx context.Context, id string, before int64) ([]Event, int64, error) {
	entries, more, err := d.o.Consents.History(ctx, id, before, TimelinePage)
	if err != nil {
		return nil, 0, err
	}
	events := make([]Event, 0, len(entries))
	for _, e := range entries {
		events = append(events, d.event(e))
	}
	return events, more, nil
}

func (d *Desk) event(e consent.Entry) Event {
	x := Event{
		At: e.Time, Purpose: e.Purpose, Title: d.purposeTitle(e.Purpose), Recipient: e.Recipient, State: e.State, By: By(e.Capacity),
		Method: e.Method, Notice: e.Notice, EntryID: e.ID, Seq: e.Seq, Hash: hex.EncodeToString(e.Hash),
	}
	if e.Guardian != nil {
		x.Relation = e.Guardian.Relation
	}
	return x
}

// purposeTitle is a purpose's name today; its code when it is no longer in the catalogue.
func (d *Desk) purposeTitle(code string) fault.Text { return titleIn(d.purposes, code) }

func (d *Desk) fieldTitle(code string) fault.Text { return titleIn(d.fields, code) }

func titleIn(titles map[string]fault.Text, code string) fault.Text {
	if t, ok := titles[code]; ok {
		return t
	}
	return fault.Text{ZH: code, EN: code}
}

// profile shows under masks what some purpose lets be seen now; of an account that is over, nothing.
func (d *Desk) profile(ctx context.Context, person subject.Subject) ([]Field, error) {
	p, err := d.o.Profiles.Of(ctx, &person)
	if errors.Is(err, subject.ErrOver) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := make([]Field, 0, len(p.Fields))
	for _, v := range p.Fields {
		list = append(list, Field{
			Name: v.Name, Title: d.fieldTitle(v.Name), Masked: masked(v.Name, v.Value), Purpose: v.Purpose, Source: v.Source, UpdatedAt: v.At,
		})
	}
	return list, nil
}

func (d *Desk) requests(ctx context.Context, id string) ([]Request, bool, error) {
	found, next, err := d.o.Requests.List(ctx, id, "", maxRequests)
	if err != nil {
		return nil, false, err
	}
	list := make([]Request, 0, len(found))
	for _, r := range found {
		list = append(list, Request{
			Number: r.Number, Type: string(r.Type), State: string(r.State), Received: r.ReceivedAt, Due: r.DueAt, Over: r.State.Over(),
		})
	}
	return list, next != "", nil
}

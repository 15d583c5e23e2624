package disclosure

import (
	"context"
	"strings"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
)

// List tells a person what others have received of their data, newest first, at most limit (1…100): what was provided or
// handed over, and what companies have fetched at the person's own request. next is "" at the end.
func (d *Desk) List(ctx context.Context, subject, after string, limit int) (list []Told, next string, err error) {
	at, err := parsePosition(after)
	if err != nil {
		return nil, "", err
	}
	own, ownNext, err := d.page(ctx, subject, at.own, limit)
	if err != nil {
		return nil, "", err
	}
	others, othersNext, err := d.transfers(ctx, subject, at.others, limit)
	if err != nil {
		return nil, "", err
	}
	list, mine := merge(own, others, limit)
	if at.own, err = moved(mine, len(own), at.own, ownNext, func(n int) (string, error) {
		_, next, err := d.page(ctx, subject, at.own, n)
		return next, err
	}); err != nil {
		return nil, "", err
	}
	at.others, err = moved(len(list)-mine, len(others), at.others, othersNext, func(n int) (string, error) {
		_, next, err := d.transfers(ctx, subject, at.others, n)
		return next, err
	})
	return list, at.String(), err
}

// merge takes the newest limit of two lists that are newest first, and says how many are of the first.
func merge(own, others []Told, limit int) (list []Told, mine int) {
	for len(list) < min(limit, len(own)+len(others)) {
		theirs := len(list) - mine
		if mine < len(own) && (theirs == len(others) || !own[mine].At.Before(others[theirs].At)) {
			list = append(list, own[mine])
			mine++
			continue
		}
		list = append(list, others[theirs])
	}
	return list, mine
}

// moved is where a source goes on after n of its page have been shown.
func moved(n, page int, from, next string, upTo func(n int) (string, error)) (string, error) {
	switch {
	case from == done || n == page && next == "":
		return done, nil
	case n == page:
		return next, nil
	case n == 0:
		return from, nil
	}
	return upTo(n)
}

func (d *Desk) page(ctx context.Context, subject, after string, limit int) (list []Told, next string, err error) {
	if after == done {
		return nil, "", nil
	}
	r := store.Prefix(subject)
	r.Desc, r.After, r.Limit = true, after, limit
	found, next, err := d.records.Find(ctx, bySubject, r)
	for _, f := range found {
		f.Value.ID = f.ID
		list = append(list, f.Value.told())
	}
	return list, next, err
}

func (d *Desk) transfers(ctx context.Context, subject, after string, limit int) ([]Told, string, error) {
	if after == done {
		return nil, "", nil
	}
	return d.o.Transfers(ctx, subject, after, limit)
}

// told is an entry as the person sees it.
func (x *Disclosure) told() Told {
	t := Told{
		At: x.SentAt, Code: x.Recipient.Code, Name: x.Recipient.Name, Purpose: x.Recipient.Purpose, LegalBasis: string(x.Basis), Fields: x.Fields,
		Reference: x.Reference, Document: x.Document, Consent: x.Consent,
	}
	if x.ordered() {
		t.Reference = x.ID
	}
	return t
}

// position is where both sources go on: `own|others`, each the store's, "" = from the beginning, done = nothing is left.
type position struct{ own, others string }

const (
	done      = "-"
	separator = "|"
)

var errPosition = fault.Define(fault.Invalid, "disclosure.cursor", "翻页标记无效。", "This is no position in the list.")

func parsePosition(after string) (position, error) {
	if after == "" {
		return position{}, nil
	}
	own, others, ok := strings.Cut(after, separator)
	if !ok || strings.Contains(others, separator) {
		return position{}, errPosition
	}
	return position{own, others}, nil
}

func (p position) String() string {
	if p.own == done && p.others == done {
		return ""
	}
	return p.own + separator + p.others
}

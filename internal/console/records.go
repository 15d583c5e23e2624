package console

import (
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/ledger"
	"zhiqing/internal/lookup"
	"zhiqing/internal/staff"
)

// Looking people up. Nothing here reads a record by itself: internal/lookup asks for the reason, writes the audit and only
// then answers. A record's address holds the look-up's number, which is of no use to anybody else.

func (k *Console) recordRoutes() []route {
	const record = "/console/records/:id"
	return []route{
		{method: post, path: "/console/records", needs: staff.LookupSubject, do: k.find},
		{method: get, path: record, needs: staff.LookupSubject, do: k.record},
		{method: post, path: record + "/ask", needs: staff.MinorAccessRequest, do: k.askForMinor},
		{method: post, path: record + "/reveal", needs: staff.RevealField, do: k.reveal},
		{method: get, path: record + "/receipts/:entry", needs: staff.LookupSubject, do: k.receipt},
		{method: get, path: "/console/notices/:kind/:version", do: k.notice},
	}
}

// lookupForm is the first page of most days.
type lookupForm struct {
	Term, Reason, Reference string
	Reasons                 []lookup.Reason
	Wrong                   string
	Field                   string // that is wrong
}

// find opens a look-up. What was typed comes back when it was wrong; it is in no address and no log.
func (k *Console) find(a *ask) error {
	q := lookup.Query{Term: a.field("term"), Reason: a.field("reason"), Reference: a.field("reference")}
	l, err := k.o.Lookups.Find(a, a.session, q)
	switch {
	case err == nil, errors.Is(err, staff.ErrApproval):
		return a.to("/console/records/"+l.ID, "")
	case !answerable(err):
		return err
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	f := lookupForm{Term: q.Term, Reason: q.Reason, Reference: q.Reference, Reasons: lookup.Reasons(), Wrong: sentence(p), Field: "term"}
	if errors.Is(err, lookup.ErrReason) {
		f.Field = "reason"
	}
	a.c.Status(p.Status)
	return a.show("lookup", f)
}

// recordPage is a record and what was asked about it.
type recordPage struct {
	lookup.Record
	Revealed struct{ Field, Value string }
	Question struct{ Purpose, At string } // "was it allowed then?"
	Answer   *lookup.Answer
	Wrong    string // with the question
	Now      string // for the question's field
	Decided  []lookup.Standing
	// Purposes are all of them, as they stand in the question's field; Undecided the others than Decided, as they stand in a list.
	Purposes, Undecided []template.HTML
	Older               bool // the timeline begins further back
}

// list sorts the purposes into those that were decided on and the others.
func (p *recordPage) list(a *ask) error {
	for _, s := range p.Standings {
		kind := "purpose"
		if s.Purpose == p.Question.Purpose {
			kind = "purpose-chosen"
		}
		option, err := a.piece("record", kind, s.Purpose, s)
		if err != nil {
			return err
		}
		p.Purposes = append(p.Purposes, option)
		if s.EntryID != "" {
			p.Decided = append(p.Decided, s)
			continue
		}
		undecided, err := a.piece("record", "undecided", s.Purpose+" "+s.Recipient, s)
		if err != nil {
			return err
		}
		p.Undecided = append(p.Undecided, undecided)
	}
	return nil
}

// moments is the form of the browser's own field for a date and time; it is read as China time.
const moments = "2006-01-02T15:04"

func (k *Console) record(a *ask) error {
	page := recordPage{Now: k.o.Now().In(china).Format(moments)}
	page.Question.Purpose, page.Question.At = a.query.Get("purpose"), a.query.Get("at")
	return k.showRecord(a, page)
}

// showRecord reads the record into the page. A minor's without an approval becomes the page that asks for one.
func (k *Console) showRecord(a *ask, page recordPage) (err error) {
	id := a.param("id")
	page.Record, err = k.o.Lookups.Record(a, a.session, id, a.lang)
	if errors.Is(err, staff.ErrApproval) {
		return k.closedRecord(a, id)
	}
	if err != nil {
		return err
	}
	if err := page.list(a); err != nil {
		return err
	}
	if before, _ := strconv.ParseInt(a.query.Get("before"), 10, 64); before > 0 {
		page.Older = true
		if page.Timeline, page.MoreTimeline, err = k.o.Lookups.Timeline(a, a.session, id, before); err != nil {
			return err
		}
	}
	if page.Question.At != "" {
		if err := k.question(a, id, &page); err != nil {
			return err
		}
	}
	return a.show("record", page)
}

// question answers "was it allowed then?"; a moment that is none is told beside its field.
func (k *Console) question(a *ask, id string, page *recordPage) error {
	at, err := time.ParseInLocation(moments, page.Question.At, china)
	if err != nil {
		err = lookup.ErrMoment
	} else {
		var answer lookup.Answer
		answer, err = k.o.Lookups.AllowedOn(a, a.session, id, page.Question.Purpose, at.UTC())
		page.Answer = &answer
	}
	if err != nil && !answerable(err) {
		return err
	}
	if err != nil {
		page.Answer, page.Wrong = nil, sentence(k.o.Edge.Explain(a, err, a.lang, a.c.Set))
	}
	return nil
}

// closedRecord says that a second officer is needed, and nothing else of the record.
func (k *Console) closedRecord(a *ask, id string) error {
	l, err := k.o.Lookups.Lookup(a, a.session, id)
	if err != nil {
		return err
	}
	asked, err := k.o.Staff.Mine(a, a.session)
	if err != nil {
		return err
	}
	page := struct {
		lookup.Lookup
		Asked *staff.Approval // the newest question about this record
	}{Lookup: l}
	for i := range asked {
		if asked[i].Record == l.Subject {
			page.Asked = &asked[i]
			break
		}
	}
	a.c.Status(http.StatusForbidden)
	return a.show("closed", page)
}

func (k *Console) askForMinor(a *ask) error {
	id := a.param("id")
	if _, err := k.o.Lookups.Ask(a, a.session, id); err != nil {
		return err
	}
	return a.to("/console/records/"+id, "asked")
}

// reveal shows the record once more, with one field open. The value is in this answer alone.
func (k *Console) reveal(a *ask) error {
	page := recordPage{Now: k.o.Now().In(china).Format(moments)}
	field := a.field("field")
	value, err := k.o.Lookups.Reveal(a, a.session, a.param("id"), field)
	if err != nil {
		return err
	}
	page.Revealed.Field, page.Revealed.Value = field, value
	return k.showRecord(a, page)
}

type receiptPage struct {
	Lookup   lookup.Lookup
	Receipt  ledger.Receipt
	Verified bool
}

func (k *Console) receipt(a *ask) error {
	id := a.param("id")
	l, err := k.o.Lookups.Lookup(a, a.session, id)
	if err != nil {
		return err
	}
	r, verified, err := k.o.Lookups.Receipt(a, a.session, id, a.param("entry"), a.lang)
	if err != nil {
		return err
	}
	return a.show("receipt", receiptPage{l, r, verified})
}

// answerable says that a form's reader can do something about an error, so that the form comes back with it.
func answerable(err error) bool {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return false
	}
	for _, elsewhere := range []error{staff.ErrSession, staff.ErrStepUp, staff.ErrForbidden, staff.ErrTraining, lookup.ErrOver} {
		if errors.Is(err, elsewhere) {
			return false
		}
	}
	return f.Kind != fault.Internal && f.Kind != fault.Unavailable
}

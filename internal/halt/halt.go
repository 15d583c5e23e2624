// Package halt stops what is unlawful, at once and for everybody: a purpose, or provision to a recipient (policy L26, L29: “any
// unlawful use stops immediately”).
//
// It owns what has been stopped by hand (collection halts), and the recall: who has received data must be told to stop and to
// delete, and somebody of the staff says when that is done (PIPL art. 21, 23, 47). It refuses to weigh consents and to provide
// anything: packages consent, profile and disclosure ask the catalogue, which Refresh keeps in step with the store, and
// provision asks here itself. What the operator's files say stays as it is; lifting a halt goes back to them.
//
// On the server where it happens a halt counts from the next call on, for provision on every server, and for everything else on
// the others within RefreshEvery. What the law demands to be kept or done cannot be stopped, nor can the platform that the
// mini-program runs on.
//
// Start at Desk.Stop.
package halt

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/fault"
	"zhiqing/internal/purpose"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

// RefreshEvery bounds how long another server goes on.
const RefreshEvery = time.Second

// Kind is what a halt stops.
type Kind string

// The kinds.
const (
	Purpose   Kind = "purpose"
	Recipient Kind = "recipient"
)

// Halt is one thing that was stopped. A thing that is stopped again has a new beginning.
type Halt struct {
	Kind      Kind      `bson:"kind"`
	Code      string    `bson:"code"`
	Reason    string    `bson:"reason"`    // a code of Reasons
	Reference string    `bson:"reference"` // of a ticket or a decision
	By        string    `bson:"by"`        // stf_…
	At        time.Time `bson:"at"`
	LiftedAt  time.Time `bson:"lifted,omitempty"` // zero = it is stopped
	Recall    *Recall   `bson:"recall,omitempty"` // of a recipient that has received something
}

// Recall is the duty to have a recipient stop and delete what it has received.
type Recall struct {
	Received  int       `bson:"received"` // how often, at most a thousand
	DoneAt    time.Time `bson:"done,omitempty"`
	DoneBy    string    `bson:"done_by,omitempty"`
	Reference string    `bson:"reference,omitempty"` // of the recipient's confirmation
}

// Stopped reports whether the halt is in force.
func (h Halt) Stopped() bool { return !h.At.IsZero() && h.LiftedAt.IsZero() }

// Due reports whether a recall waits to be done.
func (h Halt) Due() bool { return h.Recall != nil && h.Recall.DoneAt.IsZero() }

// reasons are why something is stopped.
var reasons = map[string]fault.Text{
	"unlawful_use": {ZH: "违法使用", EN: "Unlawful use"},
	"incident":     {ZH: "安全事件", EN: "Security incident"},
	"contract":     {ZH: "合同到期或违约", EN: "Contract expired or broken"},
	"complaint":    {ZH: "投诉属实", EN: "Complaint upheld"},
	"authority":    {ZH: "监管要求", EN: "Demanded by the authority"},
}

// Reasons lists them by their codes.
func Reasons() map[string]fault.Text {
	all := map[string]fault.Text{}
	for code, title := range reasons {
		all[code] = title
	}
	return all
}

// The ways in which a call is refused.
var (
	ErrUnknown = fault.Define(fault.Missing, "halt.unknown", "没有这个目的或接收方。", "There is no such purpose or recipient.")
	ErrNever   = fault.Define(fault.Forbidden, "halt.never", "法定义务和小程序平台不能停用。", "What the law demands, and the platform itself, cannot be stopped.")
	ErrNotNow  = fault.Define(fault.Conflict, "halt.not_now", "没有可以结束的停用或召回。", "There is no halt or recall to end.")
	ErrInvalid = fault.Define(fault.Invalid, "halt.invalid", "请选择理由并填写编号。", "A reason and a reference are needed.")
)

// Audit is the chain into which everything goes first; package audit keeps it.
type Audit interface {
	Append(ctx context.Context, r audit.Row) (audit.Row, error)
}

// Staff says what officers may do; package staff does.
type Staff interface {
	Allow(ctx context.Context, s staff.Session, p staff.Permission) error
}

// Options are what a Desk is made of. All are needed.
type Options struct {
	Engine   store.Engine
	Audit    Audit
	Staff    Staff
	Purposes *purpose.Catalogue
	// Received counts what a recipient has been given; package disclosure knows.
	Received func(ctx context.Context, recipient string) (int, error)
	Now      func() time.Time
}

// Desk stops things. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o       Options
	halts   *store.Collection[Halt]
	refresh sync.Mutex // what was read earlier must not reach the catalogue later
}

// Open prepares the desk. Call Refresh before the first request.
func Open(ctx context.Context, o Options) (*Desk, error) {
	halts, err := store.Open[Halt](ctx, o.Engine, "halts")
	return &Desk{o: o, halts: halts}, err
}

var referenceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/#-]{0,39}$`)

func id(k Kind, code string) string { return string(k) + "/" + code }

// Stop stops a purpose or provision to a recipient. Of a recipient that has received data it makes a recall. Again is no
// error, and begins no second recall. Faults: those of staff's Allow, ErrUnknown, ErrNever, ErrInvalid.
func (d *Desk) Stop(ctx context.Context, s staff.Session, k Kind, code, reason, reference string) (Halt, error) {
	if err := d.may(ctx, s, k, code); err != nil {
		return Halt{}, err
	}
	if _, known := reasons[reason]; !known || !referenceForm.MatchString(reference) {
		return Halt{}, ErrInvalid
	}
	if err := d.note(ctx, s, stopping(k), k, code, reason, reference); err != nil {
		return Halt{}, err
	}
	h, err := d.halts.Upsert(ctx, id(k, code), func(h *Halt, _ bool) error {
		if h.Stopped() {
			return store.ErrUnchanged
		}
		*h = Halt{Kind: k, Code: code, Reason: reason, Reference: reference, By: s.Officer.ID, At: d.o.Now(), Recall: open(h)}
		return nil
	})
	if err == nil && k == Recipient {
		h, err = d.recall(ctx, h) // after it has stopped, so that what it got until then is counted
	}
	return h, errors.Join(err, d.Refresh(ctx))
}

// stopping and lifting are what the audit calls it.
func stopping(k Kind) string {
	action := "recipient.disabled"
	if k == Purpose {
		action = "purpose.disabled"
	}
	return action
}

func lifting(k Kind) string {
	action := "recipient.enabled"
	if k == Purpose {
		action = "purpose.enabled"
	}
	return action
}

// open is the recall of an earlier halt that nobody has done yet.
func open(h *Halt) *Recall {
	if h.Due() {
		return h.Recall
	}
	return nil
}

// recall makes the recall of a recipient that has received something.
func (d *Desk) recall(ctx context.Context, h Halt) (Halt, error) {
	n, err := d.o.Received(ctx, h.Code)
	if err != nil || n == 0 {
		return h, err
	}
	return d.halts.Update(ctx, id(h.Kind, h.Code), func(h *Halt) error {
		if h.Recall != nil {
			return store.ErrUnchanged
		}
		h.Recall = &Recall{Received: n}
		return nil
	})
}

// Lift ends a halt; a recall stays to be done. Faults: those of Stop, ErrNotNow.
func (d *Desk) Lift(ctx context.Context, s staff.Session, k Kind, code string) error {
	if err := d.may(ctx, s, k, code); err != nil {
		return err
	}
	return d.end(ctx, s, lifting(k), k, code, "", func(h *Halt) error {
		if !h.Stopped() {
			return ErrNotNow
		}
		h.LiftedAt = d.o.Now()
		return nil
	})
}

// Recalled notes that a recipient has confirmed. Faults: those of Stop, ErrNotNow.
func (d *Desk) Recalled(ctx context.Context, s staff.Session, recipient, reference string) error {
	if err := d.may(ctx, s, Recipient, recipient); err != nil {
		return err
	}
	if !referenceForm.MatchString(reference) {
		return ErrInvalid
	}
	return d.end(ctx, s, "recipient.recalled", Recipient, recipient, reference, func(h *Halt) error {
		if !h.Due() {
			return ErrNotNow
		}
		h.Recall.DoneAt, h.Recall.DoneBy, h.Recall.Reference = d.o.Now(), s.Officer.ID, reference
		return nil
	})
}

func (d *Desk) end(ctx context.Context, s staff.Session, action string, k Kind, code, reference string, change func(*Halt) error) error {
	h, err := d.halts.Get(ctx, id(k, code))
	if err == nil {
		err = change(&h) // before it is written down
	}
	if errors.Is(err, store.ErrMissing) {
		err = ErrNotNow
	}
	if err == nil {
		err = d.note(ctx, s, action, k, code, "", reference)
	}
	if err == nil {
		_, err = d.halts.Update(ctx, id(k, code), change)
	}
	return errors.Join(err, d.Refresh(ctx))
}

// may lets an officer stop this, if it can be stopped at all.
func (d *Desk) may(ctx context.Context, s staff.Session, k Kind, code string) error {
	if err := d.o.Staff.Allow(ctx, s, staff.PurposeStop); err != nil {
		return err
	}
	p, purposed := d.o.Purposes.Get(code)
	r, received := d.o.Purposes.Recipient(code)
	switch {
	case k == Purpose && purposed && p.LegalBasis == purpose.LegalDuty, k == Recipient && received && r.Role == purpose.Platform:
		return ErrNever
	case k == Purpose && purposed, k == Recipient && received:
		return nil
	}
	return ErrUnknown
}

func (d *Desk) note(ctx context.Context, s staff.Session, action string, k Kind, code, reason, reference string) error {
	_, err := d.o.Audit.Append(ctx, audit.Row{
		Actor: s.Officer.ID, Role: string(s.Officer.Role), Action: action, Reason: reason, Reference: reference, Fields: []string{string(k) + "." + code}, Result: "allowed",
	})
	return err
}

// List lists everything that was ever stopped, at most a thousand.
func (d *Desk) List(ctx context.Context) (list []Halt, err error) {
	found, _, err := d.halts.Find(ctx, store.ByID, store.Range{Limit: store.MaxLimit})
	for _, f := range found {
		list = append(list, f.Value)
	}
	return list, err
}

// Refresh brings the catalogue in step with the store, and makes the recall that a crash has kept from being made.
func (d *Desk) Refresh(ctx context.Context) error {
	d.refresh.Lock()
	defer d.refresh.Unlock()
	list, err := d.List(ctx)
	if err != nil {
		return err
	}
	var purposes, recipients []string
	for _, h := range list {
		switch {
		case !h.Stopped():
		case h.Kind == Purpose:
			purposes = append(purposes, h.Code)
		default:
			recipients = append(recipients, h.Code)
			if h.Recall == nil {
				_, failed := d.recall(ctx, h)
				err = errors.Join(err, failed)
			}
		}
	}
	d.o.Purposes.Stop(purposes, recipients)
	return err
}

// Stopped asks the store itself whether provision to a recipient is stopped.
func (d *Desk) Stopped(ctx context.Context, recipient string) (bool, error) {
	h, err := d.halts.Get(ctx, id(Recipient, recipient))
	if errors.Is(err, store.ErrMissing) {
		return false, nil
	}
	return h.Stopped(), err
}

// Title is what a reason is called; code where it is none.
func Title(code string) fault.Text {
	if t, known := reasons[code]; known {
		return t
	}
	return fault.Text{ZH: strings.ToValidUTF8(code, ""), EN: code}
}

package casework

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/ident"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
)

// Offline is a request that came by letter, mail or phone (requirements A-L42.1). What was written is not kept.
type Offline struct {
	PrivacyNumber string // PN-…, as the person gave it
	Type          rights.Type
	Channel       string    // one of Channels
	ReceivedAt    time.Time // when it arrived; its deadline counts from then
	Scope         []string  // codes of purposes or fields; empty = everything
	Language      string    // zh-CN or en
}

// Channels are the ways in which an offline request may come.
func Channels() []string { return []string{"email", "post", "phone"} }

// OfflineTypes are what may be asked for by letter, mail or phone. Complaints come in as reports.
func OfflineTypes() []rights.Type {
	return []rights.Type{
		rights.Access, rights.Copy, rights.Transfer, rights.Correct, rights.Supplement, rights.Delete, rights.Restrict, rights.Object,
		rights.Explain, rights.WithdrawAll, rights.CancelAccount, rights.DeceasedRelative,
	}
}

// check refuses before anybody is searched for what package rights would refuse after it.
func (o Offline) check(now time.Time) error {
	switch {
	case !slices.Contains(OfflineTypes(), o.Type):
		return rights.ErrType.At("body.type", "请选择请求类型", "choose the kind of request")
	case !slices.Contains(Channels(), o.Channel):
		return rights.ErrChannel.At("body.channel", "请选择渠道", "choose how it came")
	case o.ReceivedAt.IsZero() || o.ReceivedAt.After(now):
		return rights.ErrChannel.At("body.received_at", "请填写收到的时间", "give the time at which it arrived")
	}
	return nil
}

// LodgeOffline takes an offline request into the queue, where it waits for VerifyIdentity. It counts as a look-up of this
// officer. Faults: those of staff.Desk.Allow for request.decide and Spend, ErrNumber, subject.ErrUnknown, rights.ErrType,
// ErrChannel, ErrScope.
func (d *Desk) LodgeOffline(ctx context.Context, s staff.Session, o Offline) (Item, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.RequestDecide); err != nil {
		return Item{}, err
	}
	if err := o.check(d.o.Now()); err != nil {
		return Item{}, err
	}
	id, err := d.number(ctx, s, o.PrivacyNumber, audit.Row{Action: "request.received", Reason: forRequest})
	if err != nil {
		return Item{}, err
	}
	var r rights.Request
	noted := audit.Row{Action: "request.received", Subject: id, Reason: forRequest, Fields: []string{"type." + string(o.Type)}, Result: allowed}
	err = d.act(ctx, s, noted, func() (err error) {
		r, err = d.o.Requests.LodgeOffline(ctx, rights.Offline{
			Type: o.Type, Subject: id, Channel: o.Channel, ReceivedAt: o.ReceivedAt, Scope: o.Scope, Language: o.Language, By: s.Officer.ID,
		})
		return err
	})
	if err != nil {
		return Item{}, err
	}
	return d.item(ctx, s, r)
}

// number finds whose privacy number it is. Each search counts, and one that finds nobody is written down, so that nobody
// tries out numbers here.
func (d *Desk) number(ctx context.Context, s staff.Session, typed string, r audit.Row) (string, error) {
	number, err := ident.ParsePrivacyNumber(strings.TrimSpace(typed))
	if err != nil {
		return "", ErrNumber.At("body.number", "应为 PN- 开头的完整编号", "expected a whole number that begins with PN-")
	}
	if err := d.o.Staff.Spend(ctx, s.Officer, staff.Lookups); err != nil {
		return "", err
	}
	id, err := d.o.Subjects.NumberOf(ctx, number)
	if err != nil {
		r.Result = missed
		return "", errors.Join(err, d.note(ctx, s, r))
	}
	return id, nil
}

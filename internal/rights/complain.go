package rights

import (
	"context"
	"unicode/utf8"

	"zhiqing/internal/store"
)

// Complain lodges a complaint about a request: another officer handles it, within 15 working days (PIPL art. 50, 65;
// 认定方法 §6(5)). One request has one complaint; repeating it gives the first.
func (d *Desk) Complain(ctx context.Context, who, number, text, language string) (Request, error) {
	about, err := d.find(ctx, who, number)
	if err != nil {
		return Request{}, err
	}
	if about.Type == Complaint {
		return Request{}, ErrNotNow
	}
	if utf8.RuneCountInString(text) > MaxDetail {
		return Request{}, ErrDetail.At("body.text", "最多 2000 字", "at most 2000 characters")
	}
	s, err := d.o.Subjects.Find(ctx, about.Subject)
	if err != nil {
		return Request{}, err
	}
	now := d.o.Now()
	draft := Request{
		Subject: about.Subject, Requester: who, Link: about.Link, Type: Complaint, State: Received, Channel: "in_app", Language: language,
		About: about.Number, Handler: about.Handler, Hands: about.Hands, ReceivedAt: now,
	}
	draft.DueAt, draft.Provisional = d.o.Deadline(now, d.o.Days)
	draft.happened(now, "received", draft.side(who))
	if err := draft.move(begin, now, "staff"); err != nil {
		return draft, err
	}
	made, err := d.once(ctx, draft, s, text)
	if err != nil {
		return made, err
	}
	_, err = d.records.requests.Update(ctx, about.Number, func(r *Request) error {
		if r.Complaint != "" {
			return store.ErrUnchanged
		}
		r.Complaint = made.Number
		r.happened(now, "complaint", r.side(who))
		return nil
	})
	return made, err
}

// side is as whom somebody acts on a request.
func (r *Request) side(who string) string {
	if who == r.Subject {
		return "person"
	}
	return "guardian"
}

// ProofOf returns the signed proof of an erasure.
func (d *Desk) ProofOf(ctx context.Context, who, number string) (string, error) {
	r, err := d.find(ctx, who, number)
	if err == nil && r.Proof == "" {
		err = ErrNoProof
	}
	return r.Proof, err
}

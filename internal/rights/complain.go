package rights

import (
	"context"

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
	if about.Complaint != "" {
		return d.find(ctx, who, about.Complaint)
	}
	s, err := d.o.Subjects.Find(ctx, about.Subject)
	if err != nil {
		return Request{}, err
	}
	now := d.o.Now()
	made := Request{
		Subject: about.Subject, Requester: who, Link: about.Link, Type: Complaint, State: Received, Channel: "in_app", Language: language,
		About: number, Handler: about.Handler, ReceivedAt: now,
	}
	made.DueAt, made.Provisional = d.o.Deadline(now, d.o.Days)
	made.happened(now, "received", "person")
	if err := made.move(begin, now, "staff"); err != nil {
		return made, err
	}
	if len(s.Key) == 0 {
		text = "" // the account is erased: there is no key to seal it under, and nothing is kept in the clear
	}
	if made, err = d.store(ctx, made, s, text); err != nil {
		return made, err
	}
	first := made.Number
	_, err = d.records.requests.Update(ctx, number, func(r *Request) error {
		if r.Complaint != "" {
			first = r.Complaint
			return store.ErrUnchanged
		}
		r.Complaint = made.Number
		r.happened(now, "complaint", "person")
		return nil
	})
	if err != nil || first == made.Number {
		return made, err
	}
	// Another call was quicker: its complaint counts, ours goes.
	if _, err := d.records.requests.Delete(ctx, made.Number, nil); err != nil {
		return made, err
	}
	return d.find(ctx, who, first)
}

// ProofOf returns the signed proof of an erasure.
func (d *Desk) ProofOf(ctx context.Context, who, number string) (string, error) {
	r, err := d.find(ctx, who, number)
	if err == nil && r.Proof == "" {
		err = ErrNoProof
	}
	return r.Proof, err
}

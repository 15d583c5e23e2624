package message

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"

	"zhiqing/internal/store"
)

// The results of wx.requestSubscribeMessage that are told to us.
const (
	Accept = "accept"
	Reject = "reject"
)

// Offer is one template that a person may subscribe to.
type Offer struct {
	Template string
	Kinds    []Kind // what is sent by it, sorted
	Left     int    // messages that this person still allows
}

// Offers lists the templates there are, and how many messages of each a person allows.
func (d *Desk) Offers(ctx context.Context, subject string) ([]Offer, error) {
	byID := map[string]*Offer{}
	var list []*Offer
	for _, kind := range slices.Sorted(maps.Keys(d.o.Templates)) {
		id := d.o.Templates[kind].ID
		if id == "" {
			continue
		}
		if byID[id] == nil {
			p, err := d.records.permissions.Get(ctx, permissionID(subject, id))
			if err != nil && !errors.Is(err, store.ErrMissing) {
				return nil, err
			}
			byID[id] = &Offer{Template: id, Left: p.Left}
			list = append(list, byID[id])
		}
		byID[id].Kinds = append(byID[id].Kinds, kind)
	}
	offers := make([]Offer, 0, len(list))
	for _, o := range list {
		offers = append(offers, *o)
	}
	return offers, nil
}

// Subscribe notes what a person tapped in WeChat's dialogue for a template: an accept allows one more message, a reject
// changes nothing, for it takes back none that was given. retry ("" = none) makes a repetition count once. It returns how
// many messages are allowed now. Faults: ErrTemplate, ErrResult.
func (d *Desk) Subscribe(ctx context.Context, subject, template, result, retry string) (left int, err error) {
	switch {
	case !d.offered(template):
		return 0, ErrTemplate.At("body.template", "应为 GET /v1/me/subscriptions 列出的模板", "expected one that GET /v1/me/subscriptions lists")
	case result != Accept && result != Reject:
		return 0, ErrResult.At("body.result", "应为 accept 或 reject", "expected accept or reject")
	}
	p, err := d.records.permissions.Upsert(ctx, permissionID(subject, template), func(p *permission, _ bool) error {
		if result == Reject || p.seen(retry) {
			return store.ErrUnchanged
		}
		p.Subject, p.Template, p.At = subject, template, d.o.Now()
		p.Left = min(p.Left+1, maxLeft)
		return nil
	})
	return p.Left, err
}

func (d *Desk) offered(template string) bool {
	return template != "" && slices.ContainsFunc(slices.Collect(maps.Values(d.o.Templates)), func(t Template) bool { return t.ID == template })
}

// seen reports whether a key was used lately, and remembers it.
func (p *permission) seen(retry string) bool {
	if retry == "" {
		return false
	}
	sum := sha256.Sum256([]byte(retry))
	key := hex.EncodeToString(sum[:8])
	if slices.Contains(p.Seen, key) {
		return true
	}
	p.Seen = append(p.Seen, key)
	p.Seen = p.Seen[max(0, len(p.Seen)-maxSeen):]
	return false
}

// admit uses up one permission, if there is one, before anything is sent.
func (d *Desk) admit(ctx context.Context, subject, template string) (ok bool, err error) {
	_, err = d.records.permissions.Update(ctx, permissionID(subject, template), func(p *permission) error {
		ok = false
		if p.Left == 0 {
			return store.ErrUnchanged
		}
		p.Left--
		ok = true
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return false, nil
	}
	return ok && err == nil, err
}

// none notes that WeChat knows of no permission any more.
func (d *Desk) none(ctx context.Context, subject, template string) error {
	_, err := d.records.permissions.Update(ctx, permissionID(subject, template), func(p *permission) error {
		p.Left = 0
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	return err
}

package rights

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"zhiqing/internal/holding"
)

// accessAnswer is what an access request is answered with: kinds and quantities, no values, so it may be kept with the
// request (PIPL art. 45; 未成年人网络保护条例 art. 33).
type accessAnswer struct {
	Kinds []accessKind `json:"kinds"`
}

type accessKind struct {
	Code     string    `json:"code"`
	Title    string    `json:"title"`
	Count    int       `json:"count"`
	Purposes []string  `json:"purposes"`
	Source   string    `json:"source"`
	Until    time.Time `json:"until,omitzero"`
}

func (d *Desk) answer(ctx context.Context, r Request) ([]byte, error) {
	if r.Type == Explain {
		said, err := d.o.Explainer.Explain(ctx, r.Subject, r.Scope, r.Language)
		if err != nil {
			return nil, err
		}
		return json.Marshal(said)
	}
	a := accessAnswer{Kinds: []accessKind{}}
	for _, h := range d.o.Holdings() {
		kinds, err := h.Describe(ctx, r.Subject)
		if err != nil {
			return nil, err
		}
		for _, k := range kinds {
			a.Kinds = append(a.Kinds, accessKind{k.Code, k.Title.In(r.Language), k.Count, append([]string{}, k.Purposes...), k.Source, k.Until})
		}
	}
	return json.Marshal(a)
}

// eraseHoldings lets every keeper erase what it has, and collects what the law wants kept.
func (d *Desk) eraseHoldings(ctx context.Context, r Request) ([]Kept, error) {
	var kept []Kept
	for _, h := range d.o.Holdings() {
		left, err := h.Erase(ctx, r.Subject)
		if err != nil {
			return nil, err
		}
		for _, k := range left {
			kept = append(kept, keptOf(k))
		}
	}
	return kept, nil
}

func keptOf(k holding.Kept) Kept {
	return Kept{What: k.What, Reason: k.Reason, Law: k.Article.ZH, LawEN: k.Article.EN, Until: k.Until}
}

// scan looks at the stores themselves. A deletion of some fields scans the profile only through its erasure, so there is
// nothing more to look at; a closed account must have left nothing anywhere.
func (d *Desk) scan(ctx context.Context, r Request) error {
	if r.Type != CancelAccount {
		return nil
	}
	for _, h := range d.o.Holdings() {
		left, err := h.Remains(ctx, r.Subject)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			return remainsError{h.Name(), len(left)}
		}
	}
	return nil
}

// remainsError says how much is left and where, without saying what.
type remainsError struct {
	holder string
	n      int
}

func (e remainsError) Error() string {
	return fmt.Sprintf("rights: %s still keeps %d things", e.holder, e.n)
}

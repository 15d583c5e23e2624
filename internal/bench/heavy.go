package bench

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"
)

// Somebody of whom much is stored: made through the real program's API, as a long life would have.
const (
	heavyPeople  = 5
	heavyItems   = 5_000
	heavyLimit   = 2.0 // seconds for an export, and for an erasure (issue 4)
	heavyExplain = 20  // requests, each with the message that tells of its end
)

// repeated are the consents that somebody gives and takes back again and again: each time is an entry of each.
var repeated = []string{"analytics.usage", "improvement.product", "account.contact", "account.profile", "account.phone"}

// heavy is such a person.
type heavy struct {
	caller
	name  string
	items int // stored things, by what an access request counts
}

// code is a fresh login code of the person's, as the WeChat sandbox understands it.
func (h *heavy) code(nonce string) map[string]any {
	return map[string]any{"code": h.name + "-" + nonce}
}

func makeHeavy(ctx context.Context, at *process, i int) (*heavy, error) {
	h := &heavy{caller: caller{at: at}, name: fmt.Sprintf("heavy%d", i)}
	var in struct {
		AccessToken string `json:"access_token"`
	}
	if err := h.ask(ctx, http.MethodPost, "/v1/sessions/wechat", h.code("in"), &in); err != nil {
		return h, err
	}
	h.token = in.AccessToken
	for entry := 0; entry < heavyItems; entry += len(repeated) {
		if err := h.decide(ctx, entry/len(repeated)); err != nil {
			return h, err
		}
	}
	for _, step := range []func(context.Context) error{h.fillIn, h.explain, h.count} {
		if err := step(ctx); err != nil {
			return h, err
		}
	}
	return h, nil
}

// decide makes one batch of entries: of five, four agree, and one takes back what is optional. The last one agrees.
func (h *heavy) decide(ctx context.Context, batch int) error {
	verb := "grant"
	if batch%5 == 3 {
		verb = "withdraw"
	}
	list := make([]map[string]any, len(repeated))
	for i, purpose := range repeated {
		list[i] = map[string]any{"purpose": purpose, "decision": verb, "notice_version": "1.0"}
	}
	_, _, err := h.do(ctx, http.MethodPost, "/v1/me/consents", map[string]any{"method": "tap", "decisions": list})
	return err
}

// fillIn fills in the profile.
func (h *heavy) fillIn(ctx context.Context) error {
	_, at, err := h.do(ctx, http.MethodGet, "/v1/me/profile", nil)
	if err != nil {
		return err
	}
	_, _, err = h.do(ctx, http.MethodPatch, "/v1/me/profile", map[string]any{
		"nickname": "用户 " + h.name, "email": h.name + "@example.com", "postal_address": "示例市示例路 1 号", "gender": "undisclosed",
		"contact_preferences": map[string]any{"email": true},
	}, "If-Match", at.Get("ETag"), "Content-Type", "application/merge-patch+json")
	return err
}

// explain asks why, purpose by purpose.
func (h *heavy) explain(ctx context.Context) error {
	var known struct {
		Items []struct {
			Code string `json:"code"`
		} `json:"items"`
	}
	if err := h.ask(ctx, http.MethodGet, "/v1/purposes", nil, &known); err != nil {
		return err
	}
	for _, p := range known.Items[:min(heavyExplain, len(known.Items))] {
		if _, err := h.fulfil(ctx, map[string]any{"type": "explain", "scope": []string{p.Code}, "detail": "为什么？"}); err != nil {
			return err
		}
	}
	return nil
}

// count asks the program itself how much is stored.
func (h *heavy) count(ctx context.Context) error {
	r, err := h.fulfil(ctx, map[string]any{"type": "access"})
	for _, k := range r.Answer.Kinds {
		h.items += k.Count
	}
	if err == nil && h.items < heavyItems {
		err = fmt.Errorf("%s has only %d stored items", h.name, h.items)
	}
	return err
}

// timed proves the account afresh, then says how long it takes from lodging a request until what comes of it is downloaded.
func (h *heavy) timed(ctx context.Context, kind, download string) (time.Duration, error) {
	var fresh struct {
		AccessToken string `json:"access_token"`
	}
	if err := h.ask(ctx, http.MethodPost, "/v1/sessions/step-up", h.code(kind), &fresh); err != nil {
		return 0, err
	}
	h.token = fresh.AccessToken
	began := time.Now()
	r, err := h.fulfil(ctx, map[string]any{"type": kind})
	if err != nil {
		return 0, err
	}
	body, _, err := h.do(ctx, http.MethodGet, "/v1/me/requests/"+r.Number+"/"+download, nil)
	if err == nil && len(body) == 0 {
		err = fmt.Errorf("the %s of %s is empty", download, kind)
	}
	return time.Since(began), err
}

// measureHeavy makes a few such people, exports each, then erases each, one at a time.
func measureHeavy(ctx context.Context, at *process) ([]figure, error) {
	fmt.Fprintf(os.Stderr, "making %d people with %d stored items each\n", heavyPeople, heavyItems)
	all := make([]*heavy, heavyPeople)
	err := inParallel(heavyPeople, heavyPeople, func(i int) (err error) {
		all[i], err = makeHeavy(ctx, at, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	var exports, erasures []time.Duration
	for _, one := range []struct {
		kind, download string
		took           *[]time.Duration
	}{{"copy", "package", &exports}, {"cancel_account", "proof", &erasures}} {
		for _, h := range all {
			took, err := h.timed(ctx, one.kind, one.download)
			if err != nil {
				return nil, err
			}
			*one.took = append(*one.took, took)
		}
	}
	return []figure{
		heavyFigure("erasure of a person", all, erasures, "closing the account until it is fulfilled and the proof is downloaded"),
		heavyFigure("export of a person", all, exports, "a copy until its package is downloaded"),
	}, nil
}

func heavyFigure(name string, all []*heavy, took []time.Duration, what string) figure {
	items := make([]float64, len(all))
	for i, h := range all {
		items[i] = float64(h.items)
	}
	return atMost(name, medianOf(took), heavyLimit, "s",
		fmt.Sprintf("%s; %.0f stored items each, median of %d, slowest %.2f s", what, median(items), len(took), slowest(took)))
}

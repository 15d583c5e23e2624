package retention_test

import (
	"slices"
	"testing"
	"time"

	"zhiqing/internal/register/prove"
	"zhiqing/internal/retention"
)

// The table says which purposes keep a category in a life, by what has been reported.
func TestAPurposeKeepsOnlyWhileWhatItServesIsThere(t *testing.T) {
	p := prove.Row(t, "A-L5.1")
	rules := builtIn(t)
	open := retention.Life{Known: true, Consented: func(string) bool { return true }}
	withdrawn := retention.Life{Known: true, Consented: func(string) bool { return false }}
	closed := retention.Life{Known: true, Closed: at(t, "2026-06-01T10:00:00+08:00")}
	none, past, awaited := map[string]time.Time(nil), at(t, "2026-01-01T10:00:00+08:00"), time.Time{}
	for _, v := range []struct {
		what, category string
		life           retention.Life
		reported       map[string]time.Time
		want           []string
	}{
		{"an order of which nothing was said: the duty of the law alone", "order", withdrawn, none, []string{"legal.records"}},
		{"an order under way", "order", withdrawn, map[string]time.Time{"completed": awaited}, []string{"order.fulfil", "order.status", "legal.records"}},
		{"a repair of it", "order", withdrawn, map[string]time.Time{"service_ended": past}, []string{"support.service", "legal.records"}},
		{"a dispute is a hold, not a purpose that never ends", "order", closed, map[string]time.Time{"completed": past}, []string{"order.fulfil", "order.status", "legal.records"}},
		{"an address of an order that is not under way", "delivery", open, none, nil},
		{"a nickname while the account is open", "nickname", withdrawn, none, []string{"account.service"}},
		{"usage, consented", "usage", open, map[string]time.Time{"recorded": past}, []string{"improvement.product", "analytics.usage"}},
		{"usage, withdrawn: at once", "usage", withdrawn, map[string]time.Time{"recorded": past}, nil},
		{"usage, account closed", "usage", closed, map[string]time.Time{"recorded": past}, nil},
		{"a contact for nothing that goes on", "contact", closed, none, nil},
		{"the consent book: while there is an account, and three years", "consent_record", closed, none, []string{"evidence.consent"}},
	} {
		live, _ := rules.Alive(v.category, v.life, v.reported)
		p.That(slices.Equal(live, v.want), "%s: %v, want %v", v.what, live, v.want)
	}
	live, events := rules.Alive("consent_record", closed, none)
	until, _ := rules.Until("consent_record", live, events)
	p.That(until.Equal(at(t, "2029-06-02T00:00:00+08:00")), "the book is kept until %s", until)
}

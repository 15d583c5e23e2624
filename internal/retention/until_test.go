package retention_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"zhiqing/config/policy"
	"zhiqing/internal/purpose"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/retention"
)

var cst = time.FixedZone("CST", 8*60*60)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func catalogue(t testing.TB) *purpose.Catalogue {
	t.Helper()
	c, err := purpose.Load(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func builtIn(t testing.TB) *retention.Policy {
	t.Helper()
	p, err := retention.Load(policy.FS, catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryDataItemHasARuleOrItsPurposesOwn(t *testing.T) {
	p := prove.Row(t, "A-L32.1")
	rules, all := builtIn(t), catalogue(t)
	own := 0
	for _, one := range append(all.All(), all.Elsewhere()...) {
		for _, item := range one.DataItems {
			list := rules.Rules(item.Code)
			i := slices.IndexFunc(list, func(r retention.Rule) bool { return r.Purpose == one.Code })
			if !p.That(i >= 0, "%s for %s has no rule", item.Code, one.Code) {
				continue
			}
			r := list[i]
			p.That(!r.Period.IsZero() && r.Starts != "" && r.Law.ZH != "" && r.Law.EN != "", "%s for %s: no period, event or law: %+v", item.Code, one.Code, r)
			p.That(r.From == retention.FromRule || r.From == retention.FromPurpose, "%+v does not say where it comes from", r)
			if r.From == retention.FromRule {
				own++
			}
		}
	}
	p.That(own == 3, "%d rules of the file are in force", own)
}

func TestARuleFileWithMistakesIsRefusedWithAllOfThem(t *testing.T) {
	file := `rules:
  - {category: order, purpose: legal.records, period: P5Y, starts: completed, law: {zh-CN: 法, en: law}}
  - {category: order, purpose: account.service, period: P1Y, starts: completed, law: {zh-CN: 法, en: law}}
  - {category: settlement, purpose: legal.accounting, period: soon, starts: year_ended, law: {zh-CN: 法, en: law}}
  - {category: server_log, purpose: security.logs, period: P1M, starts: completed, law: {zh-CN: 法}}
`
	_, err := retention.Load(fstest.MapFS{"retention.yaml": {Data: []byte(file)}}, catalogue(t))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"rules[0]: P5Y is longer than the P3Y that legal.records tells people", "rules[1]: account.service has no data item order",
		`rules[2]: period: "soon" is not a period`, "rules[3]: law is needed in zh-CN and en", "rules[3]: starts must be recorded",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %q", err, want)
		}
	}
	for _, bad := range []string{"rule: []", "rules: []\n---\nrules: []", "rules: [{category: order, extra: 1}]", strings.Repeat("#", 1<<19)} {
		if _, err := retention.Load(fstest.MapFS{"retention.yaml": {Data: []byte(bad)}}, catalogue(t)); err == nil {
			t.Errorf("%.40q is accepted", bad)
		}
	}
	if _, err := retention.Load(fstest.MapFS{}, catalogue(t)); err == nil {
		t.Error("no file is accepted")
	}
}

// The vectors of 民法典 art. 201–203: the first day does not count, the last is the corresponding one, and ends at 24:00 in China.
func TestATransactionIsKeptForThreeYearsToTheLastMinute(t *testing.T) {
	p := prove.Row(t, "A-L32.2")
	rules := builtIn(t)
	for _, v := range []struct{ completed, last string }{
		{"2026-02-28T00:00:00+08:00", "2029-02-28"}, {"2026-02-28T23:59:59+08:00", "2029-02-28"},
		{"2028-02-29T12:00:00+08:00", "2031-02-28"}, // a month without the corresponding day
		{"2026-02-27T16:00:00Z", "2029-02-28"},      // that is the 28th in China
		{"2026-02-27T15:59:59Z", "2029-02-27"},
	} {
		last, err := time.ParseInLocation(time.DateOnly, v.last, cst)
		if err != nil {
			t.Fatal(err)
		}
		until, why := rules.Until("order", []string{"legal.records"}, map[string]time.Time{"completed": at(t, v.completed)})
		p.That(until.Equal(last.AddDate(0, 0, 1)), "completed %s: until %s, want 24:00 of %s", v.completed, until.In(cst), v.last)
		p.That(why.Winner != nil && why.Winner.Rule.Purpose == "legal.records" && strings.Contains(why.Winner.Rule.Law.ZH, "电子商务法"), "%+v", why)
	}
	until, _ := rules.Until("order", []string{"legal.records"}, nil)
	p.That(until.Equal(retention.NoEnd), "an order that is not completed has an end: %s", until)
}

func TestPeriodsEndOnTheirLastDayOrToTheHour(t *testing.T) {
	for _, v := range []struct{ period, start, want string }{
		{"P180D", "2026-11-23T09:00:00+08:00", "2027-05-23T00:00:00+08:00"},
		{"P1M", "2026-01-31T09:00:00+08:00", "2026-03-01T00:00:00+08:00"},
		{"P1D", "2026-12-31T23:59:59+08:00", "2027-01-02T00:00:00+08:00"},
		{"PT24H", "2026-12-31T23:59:59+08:00", "2027-01-01T23:59:59+08:00"},
		{"P0D", "2026-12-31T23:59:59+08:00", "2026-12-31T23:59:59+08:00"},
	} {
		period, err := purpose.ParsePeriod(v.period)
		if err != nil {
			t.Fatal(err)
		}
		if got := retention.End(period, at(t, v.start)); !got.Equal(at(t, v.want)) {
			t.Errorf("%s from %s: %s, want %s", v.period, v.start, got.In(cst), v.want)
		}
	}
}

// anyLife draws a category, some purposes (some unknown, some twice), and what has happened.
func anyLife(rt *rapid.T, p *retention.Policy) (category string, live []string, events map[string]time.Time) {
	category = rapid.SampledFrom(p.Categories()).Draw(rt, "category")
	codes, starts := []string{"unknown.purpose"}, []string{}
	for _, c := range p.Categories() {
		for _, r := range p.Rules(c) {
			codes, starts = append(codes, r.Purpose), append(starts, r.Starts)
		}
	}
	for _, r := range p.Rules(category) { // likelier than the rest
		codes = append(codes, slices.Repeat([]string{r.Purpose}, 20)...)
	}
	live = rapid.SliceOfN(rapid.SampledFrom(codes), 0, 8).Draw(rt, "live")
	events = map[string]time.Time{}
	for _, s := range rapid.SliceOf(rapid.SampledFrom(starts)).Draw(rt, "events") {
		events[s] = time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(rt, "at"), 0).UTC()
	}
	return category, live, events
}

func TestTheLongestLivePurposeDecidesAndSaysSo(t *testing.T) {
	p := prove.Row(t, "A-L32.3")
	rules := builtIn(t)
	rapid.Check(t, func(rt *rapid.T) {
		category, live, events := anyLife(rt, rules)
		until, why := rules.Until(category, live, events)
		more := rapid.SampledFrom(append(live, "order.fulfil", "legal.claims", "analytics.usage")).Draw(rt, "one more")
		longer, _ := rules.Until(category, append(slices.Clone(live), more), events)
		p.That(!longer.Before(until), "adding %s shortens: %s after %s", more, longer, until)
		for i := range live {
			shorter, _ := rules.Until(category, slices.Delete(slices.Clone(live), i, i+1), events)
			p.That(!shorter.After(until), "removing %s lengthens: %s after %s", live[i], shorter, until)
		}
		known := map[string]bool{}
		for _, r := range rules.Rules(category) {
			known[r.Purpose] = slices.Contains(live, r.Purpose)
		}
		told := map[string]bool{}
		if why.Winner != nil {
			told[why.Winner.Rule.Purpose] = true
			p.Equal(why.Winner.Until, until)
		}
		for _, l := range why.Losers {
			told[l.Rule.Purpose] = true
			p.That(!l.Until.After(until), "%s lost with %s against %s", l.Rule.Purpose, l.Until, until)
		}
		for code, alive := range known {
			p.That(told[code] == alive, "%s: live %v, told %v", code, alive, told[code])
		}
	})
}

// The account is closed while a warranty runs: what only the account needed is over at once, what after-sales service needs
// stays, and so does the record that the law wants.
func TestEachOfTheFourPurposesHasItsOwnStartAndEnd(t *testing.T) {
	p := prove.Row(t, "A-L33-36")
	rules := builtIn(t)
	live := []string{"order.fulfil", "support.service", "account.service", "legal.records"}
	completed, closed := at(t, "2026-03-01T10:00:00+08:00"), at(t, "2026-06-01T10:00:00+08:00")
	remaining := func(now time.Time, events map[string]time.Time) (list []string) {
		for _, c := range rules.Categories() {
			if until, _ := rules.Until(c, live, events); now.Before(until) {
				list = append(list, c)
			}
		}
		return list
	}
	events := map[string]time.Time{"completed": completed}
	p.That(slices.Contains(remaining(closed, events), "wechat_ids"), "an open account has lost its identity")
	events["account_closed"] = closed
	p.Equal(remaining(closed, events), []string{"contact", "order", "ticket"})
	events["service_ended"] = at(t, "2026-09-01T10:00:00+08:00")
	p.Equal(remaining(at(t, "2027-02-28T23:59:59+08:00"), events), []string{"contact", "order", "ticket"})
	p.Equal(remaining(at(t, "2027-03-01T00:00:00+08:00"), events), []string{"order"})
	p.Equal(len(remaining(at(t, "2029-03-01T23:59:59+08:00"), events)), 1)
	p.Equal(len(remaining(at(t, "2029-03-02T00:00:00+08:00"), events)), 0)
}

package guardian_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/guardian"
)

func TestTheNumbersAreThoseOfTheRequirements(t *testing.T) {
	r := rulesOfFile(t)
	const hour, day = time.Hour, 24 * time.Hour
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"law_child_age", r.LawChildAge, 14}, {"policy_minor_age", r.PolicyMinorAge, 18},
		{"pending", r.Pending, 7 * day}, {"invitation", r.Invitation, 72 * hour}, {"review", r.Review, 24 * hour},
		{"invitation_kept", r.Kept, 7 * day}, {"marker", r.Marker, 30 * day}, {"regrant", r.Regrant, 7 * day},
		{"link_cool_down", r.LinkCoolDown, 24 * hour}, {"consent", r.Consent, guardian.Months(12)},
		{"reconsent", r.Reconsent, 30 * day}, {"transition", r.Transition, 30 * day}, {"dispute_days", r.DisputeDays, 15},
		{"open_invitations", r.OpenInvitations, 3}, {"pairing_tries", r.PairingTries, 5}, {"minors_per_phone", r.MinorsPerPhone, 5},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if rel, ok := r.Relation("other_designated"); !ok || !rel.NeedsDocument {
		t.Error("a designated guardian needs no document")
	}
	if _, ok := r.Relation("neighbour"); ok || !r.MayHave("nickname") || r.MayHave("gender") {
		t.Error("the lists are not exact")
	}
}

func TestEveryNumberNamesItsLawAndItsDay(t *testing.T) {
	sources := rulesOfFile(t).Sources
	if len(sources) != 16 {
		t.Fatalf("%d numbers", len(sources))
	}
	for _, s := range sources {
		if s.Law == "" || s.Value == "" || s.EffectiveFrom.Y < 2019 {
			t.Errorf("%+v", s)
		}
	}
}

func TestMonthsEndOnTheCorrespondingDay(t *testing.T) {
	for _, c := range []struct {
		from, want string
		months     guardian.Months
	}{
		{"2024-02-29 10:00:00", "2025-02-28 10:00:00", 12},
		{"2026-01-31 00:00:00", "2026-02-28 00:00:00", 1},
		{"2025-12-01 07:59:59", "2026-12-01 07:59:59", 12},
	} {
		if got := c.months.AddTo(inChina(t, c.from)); !got.Equal(inChina(t, c.want)) {
			t.Errorf("%s + %d months: %v", c.from, c.months, got)
		}
	}
}

// with is the shipped file with one text replaced by another.
func with(t *testing.T, pairs ...string) fs.FS {
	t.Helper()
	text, err := fs.ReadFile(policy.FS, "minors.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("the file has no %q", pairs[i])
		}
	}
	return fstest.MapFS{"minors.yaml": {Data: []byte(strings.NewReplacer(pairs...).Replace(string(text)))}}
}

func TestRulesMayBeStricterNotLaxer(t *testing.T) {
	r, err := guardian.LoadRules(with(t, "pending: {value: P7D", "pending: {value: P3D", "policy_minor_age: {value: 18", "policy_minor_age: {value: 14"))
	if err != nil || r.Pending != 72*time.Hour || r.PolicyMinorAge != 14 {
		t.Fatal(r.Pending, err)
	}
	for _, c := range []struct{ old, bad, want string }{
		{"law_child_age: {value: 14", "law_child_age: {value: 13", "law_child_age: expected a value from 14 to 14"},
		{"policy_minor_age: {value: 18", "policy_minor_age: {value: 16", "either 14 or 18"},
		{"pending: {value: P7D", "pending: {value: P8D", "pending: expected"},
		{"pending: {value: P7D", "pending: {value: 7", "pending: expected"},
		{"pending: {value: P7D", "pending: {value: P", "pending: expected"},
		{"review: {value: PT24H", "review: {value: PT", "review: expected"},
		{"regrant: {value: P7D", "regrant: {value: PT1H", "regrant: expected a value from P7D"},
		{"consent: {value: P12M", "consent: {value: P13M", "consent: expected"},
		{"dispute_days: {value: 15", "dispute_days: {value: -1", "dispute_days: expected"},
		{"  pairing_tries:", "  paring_tries:", "pairing_tries is missing"},
		{"  pairing_tries:", "  paring_tries:", "paring_tries is not a known rule"},
		{"  pairing_tries:", "  pending:", "already defined"},
		{"numbers:", "speed: 3\nnumbers:", "speed"},
		{"effective_from: 2019-11-28", "effective: 2019-11-28", "unknown key effective"},
		{"effective_from: 2019-11-28", "effective_from: 2019-11-31", "effective_from is missing"},
		{"law: 民法典 27\n", "law: ''\n", "relations: law is missing"},
		{"code: sibling", "code: parent", "parent is there twice"},
		{"en: Parent", "en: ''", "parent: a title"},
		{"[nickname,", "[nickname, nickname,", "nickname is there twice"},
		{"[nickname,", "[Nick name,", "item 1"},
	} {
		if _, err := guardian.LoadRules(with(t, c.old, c.bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.bad, err, c.want)
		}
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	_, err := guardian.LoadRules(with(t, "pending: {value: P7D", "pending: {value: P8D", "code: sibling", "code: Sister"))
	if err == nil || !strings.Contains(err.Error(), "pending") || !strings.Contains(err.Error(), "item 3") {
		t.Error(err)
	}
	for name, files := range map[string]fstest.MapFS{"no file": {}, "empty": {"minors.yaml": {}}, "huge": {"minors.yaml": {Data: make([]byte, 1<<20)}}} {
		if _, err := guardian.LoadRules(files); err == nil || !strings.Contains(err.Error(), "minors.yaml") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

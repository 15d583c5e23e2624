package purpose_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"zhiqing/internal/canon"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

func codes(purposes []purpose.Purpose) (codes []string) {
	for _, p := range purposes {
		codes = append(codes, p.Code)
	}
	return codes
}

func get(t *testing.T, c *purpose.Catalogue, code string) purpose.Purpose {
	t.Helper()
	p, ok := c.Get(code)
	if !ok {
		t.Fatalf("no purpose %s", code)
	}
	return p
}

func TestPurposesOfOtherChannelsDoNotExistInTheMiniProgram(t *testing.T) {
	c := mustLoad(t, goodPurposes, goodRecipients)
	if got := strings.Join(codes(c.All()), " "); got != "account.service face.login recipient.provide" {
		t.Errorf("All: %s", got)
	}
	var consentable []purpose.Purpose
	for _, p := range c.Consentable() {
		consentable = append(consentable, *p)
	}
	if got := strings.Join(codes(consentable), " "); got != "face.login recipient.provide" {
		t.Errorf("Consentable: %s", got)
	}
	if got := strings.Join(codes(c.Elsewhere()), " "); got != "hr.recruiting" {
		t.Errorf("Elsewhere: %s", got)
	}
	if _, ok := c.Get("hr.recruiting"); ok {
		t.Error("hr.recruiting exists")
	}
}

func TestWhatAPurposeIs(t *testing.T) {
	c := mustLoad(t, goodPurposes, goodRecipients)
	face, provide, account := get(t, c, "face.login"), get(t, c, "recipient.provide"), get(t, c, "account.service")
	want := []purpose.DataItem{
		{Code: "face", Title: purpose.Text{ZH: "人脸", EN: "Face"}, Sensitive: true, Source: purpose.FromPerson},
		{Code: "ids", Title: purpose.Text{ZH: "标识", EN: "Ids"}, Optional: true, Source: purpose.FromWeChat},
	}
	if !reflect.DeepEqual(face.DataItems, want) || face.ValidFor.String() != "P12M" || !strings.Contains(face.Retention.Basis.EN, "PIPL art. 19") {
		t.Errorf("%+v", face)
	}
	if !face.NeedsConsent() || account.NeedsConsent() || !face.Separate() || account.Separate() {
		t.Error("who needs which consent")
	}
	if got := provide.EachRecipient(); !reflect.DeepEqual(got, []string{"ads", "more"}) {
		t.Errorf("per recipient: %v", got)
	}
	if got := account.EachRecipient(); !reflect.DeepEqual(got, []string{""}) {
		t.Errorf("not per recipient: %v", got)
	}
	if r, ok := c.Recipient("ads"); !ok || r.Role != purpose.Handler || r.ContractRef != "C2" {
		t.Errorf("%+v", r)
	}
	if _, ok := c.Recipient("nobody"); ok || len(c.Recipients()) != 3 {
		t.Error("recipients")
	}
}

func TestTheSwitchOfAPurposeOrARecipientStopsGrants(t *testing.T) {
	on := mustLoad(t, goodPurposes, goodRecipients)
	off := mustLoad(t, replace(t, replace(t, goodPurposes, "face.login", "enabled: true", "enabled: false"), "recipient.provide", "enabled: true", "enabled: false"), goodRecipients)
	for _, c := range []struct {
		from            *purpose.Catalogue
		code, recipient string
		want            bool
	}{
		{on, "face.login", "", true}, {on, "face.login", "ads", false}, {off, "face.login", "", false},
		{on, "recipient.provide", "ads", true}, {on, "recipient.provide", "more", false}, {on, "recipient.provide", "", false},
		{on, "recipient.provide", "platform", false}, {off, "recipient.provide", "ads", false},
	} {
		if p := get(t, c.from, c.code); p.Grantable(c.recipient) != c.want {
			t.Errorf("%s for %q: want %v", c.code, c.recipient, c.want)
		}
	}
}

func TestAnUnknownAgeOpensOnlyWhatHasNoLimit(t *testing.T) {
	for _, c := range []struct {
		age  int
		open string
	}{{0, " under_14 14_17 adult"}, {14, "14_17 adult"}, {18, "adult"}} {
		p, open := purpose.Purpose{MinAge: c.age}, []string{}
		for _, band := range []string{"", "under_14", "14_17", "adult"} {
			if p.OpenTo(band) {
				open = append(open, band)
			}
		}
		if got := strings.Join(open, " "); got != c.open {
			t.Errorf("from %d: %q, want %q", c.age, got, c.open)
		}
	}
}

func TestWhatIsClosedToABandIsOpenToNobodyInIt(t *testing.T) {
	p, open := purpose.Purpose{ClosedTo: []string{"under_14", "14_17"}}, []string{}
	for _, band := range []string{"", "under_14", "14_17", "adult"} {
		if p.OpenTo(band) {
			open = append(open, band)
		}
	}
	if got := strings.Join(open, " "); got != " adult" {
		t.Errorf("open to %q", got)
	}
	both := purpose.Purpose{MinAge: 14, ClosedTo: []string{"14_17"}}
	if both.OpenTo("") || both.OpenTo("14_17") || !both.OpenTo("adult") {
		t.Error("an age limit and a closed band do not add up")
	}
}

func TestOnlyEnabledSamplesAreReported(t *testing.T) {
	if got := mustLoad(t, goodPurposes, goodRecipients).Samples(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	on := replace(t, goodRecipients, "code: more", "enabled: false", "enabled: true")
	if got := mustLoad(t, goodPurposes, on).Samples(); len(got) != 1 || got[0].Code != "more" {
		t.Errorf("%+v", got)
	}
}

func TestADefinitionIsCanonicalAndHashedAsItIs(t *testing.T) {
	for _, p := range mustLoad(t, goodPurposes, goodRecipients).All() {
		sum := sha256.Sum256(p.Definition)
		if err := canon.Check(p.Definition); err != nil || p.Digest != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: %v, digest %s", p.Code, err, p.Digest)
		}
	}
}

func TestTheDigestChangesWithWhatPeopleAreToldAndNotWithSwitches(t *testing.T) {
	before := get(t, mustLoad(t, goodPurposes, goodRecipients), "recipient.provide").Digest
	for _, c := range []struct {
		old, new string
		same     bool
	}{
		{"enabled: true", "enabled: false", true},
		{"min_age: 18", "min_age: 14", false},
		{"en: Text", "en: Words", false},
		{"{required: [ids]}", "{optional: [ids]}", false},
		{"[ads, more]", "[ads]", false},
		{"P0D", "P1D", false},
	} {
		purposes := replace(t, goodPurposes, "recipient.provide", c.old, c.new)
		after := get(t, mustLoad(t, purposes, goodRecipients), "recipient.provide").Digest
		if (after == before) != c.same {
			t.Errorf("%q → %q: same = %v", c.old, c.new, after == before)
		}
	}
	for _, c := range []struct {
		old, new string
		same     bool
	}{
		{"enabled: true", "enabled: false", true},
		{"contract_ref: C2", "contract_ref: C9", true},
		{"en: Ads", "en: Advertiser", false},
		{"https://b.example", "https://d.example", false},
	} {
		after := get(t, mustLoad(t, goodPurposes, replace(t, goodRecipients, "code: ads", c.old, c.new)), "recipient.provide").Digest
		if (after == before) != c.same {
			t.Errorf("recipient %q → %q: same = %v", c.old, c.new, after == before)
		}
	}
}

func openStore(t *testing.T) *sqlite.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// withoutSwitches takes away what is no part of a definition.
func withoutSwitches(p purpose.Purpose) purpose.Purpose {
	p.Enabled, p.ToWhom = false, slices.Clone(p.ToWhom)
	for i := range p.ToWhom {
		p.ToWhom[i].Enabled, p.ToWhom[i].Sample, p.ToWhom[i].ContractRef = false, false, ""
	}
	return p
}

func TestAPurposeIsShownAsItWasConsentedToAfterItChanged(t *testing.T) {
	engine, ctx := openStore(t), t.Context()
	old := mustLoad(t, goodPurposes, goodRecipients)
	now := mustLoad(t, strings.ReplaceAll(goodPurposes, "zh-CN: 说明", "zh-CN: 新的说明"), goodRecipients)
	for _, c := range []*purpose.Catalogue{old, old, now} { // twice: publishing is idempotent
		if err := c.Publish(ctx, engine); err != nil {
			t.Fatal(err)
		}
	}
	for _, was := range append(old.All(), old.Elsewhere()...) {
		got, err := now.ByDigest(ctx, was.Digest)
		if err != nil || !reflect.DeepEqual(got, withoutSwitches(was)) {
			t.Errorf("%s is another one: %v", was.Code, err)
		}
	}
	current := get(t, now, "face.login")
	if got, err := now.ByDigest(ctx, current.Digest); err != nil || !got.Enabled || got.Description.ZH != "新的说明" {
		t.Errorf("current: %v %+v", err, got)
	}
}

func TestAnUnknownDigestIsUnknown(t *testing.T) {
	c := mustLoad(t, goodPurposes, goodRecipients)
	unknown := strings.Repeat("0", 64)
	if _, err := c.ByDigest(t.Context(), unknown); !errors.Is(err, purpose.ErrUnknown) {
		t.Errorf("before Publish: %v", err)
	}
	if err := c.Publish(t.Context(), openStore(t)); err != nil {
		t.Fatal(err)
	}
	for _, digest := range []string{unknown, "", "\x00", strings.Repeat("A", 64), unknown + "0"} {
		if _, err := c.ByDigest(t.Context(), digest); !errors.Is(err, purpose.ErrUnknown) {
			t.Errorf("%q: %v", digest, err)
		}
	}
}

// TestADefinitionThatWasTamperedWithIsNotShown stores other bytes under a digest.
func TestADefinitionThatWasTamperedWithIsNotShown(t *testing.T) {
	engine, ctx := openStore(t), t.Context()
	c := mustLoad(t, goodPurposes, goodRecipients)
	if err := c.Publish(ctx, engine); err != nil {
		t.Fatal(err)
	}
	type record struct {
		Definition []byte `bson:"definition"`
	}
	raw, err := store.Open[record](ctx, engine, "purpose_definitions")
	if err != nil {
		t.Fatal(err)
	}
	digest := strings.Repeat("0", 64)
	if err := raw.Insert(ctx, digest, record{Definition: get(t, c, "face.login").Definition}); err != nil {
		t.Fatal(err)
	}
	if p, err := c.ByDigest(ctx, digest); err == nil || errors.Is(err, purpose.ErrUnknown) || p.Code != "" {
		t.Errorf("%v %+v", err, p)
	}
}

func TestPublishingConvergesWhateverWriteFails(t *testing.T) {
	ctx := context.Background()
	for n := 1; n <= 4; n++ {
		for _, fail := range []func(*flaky.Engine, int){(*flaky.Engine).FailBefore, (*flaky.Engine).FailAfter} {
			engine := flaky.Wrap(openStore(t))
			c, later := mustLoad(t, goodPurposes, goodRecipients), mustLoad(t, strings.ReplaceAll(goodPurposes, "说明", "新"), goodRecipients)
			fail(engine, n)
			if err := c.Publish(ctx, engine); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("write %d: %v", n, err)
			}
			if err := errors.Join(c.Publish(ctx, engine), later.Publish(ctx, engine)); err != nil {
				t.Fatalf("write %d, again: %v", n, err)
			}
			for _, p := range append(c.All(), c.Elsewhere()...) {
				if _, err := later.ByDigest(ctx, p.Digest); err != nil {
					t.Errorf("write %d: %s: %v", n, p.Code, err)
				}
			}
		}
	}
}

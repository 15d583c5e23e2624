package purpose_test

import (
	"slices"
	"strings"
	"testing"

	"zhiqing/config/policy"
	"zhiqing/internal/purpose"
	"zhiqing/internal/register/prove"
)

func builtIn(t *testing.T) *purpose.Catalogue {
	t.Helper()
	c, err := purpose.Load(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestHumanResourcesStayOutOfTheMiniProgram(t *testing.T) {
	out := prove.Row(t, "A-L9.1")
	c := builtIn(t)
	for _, p := range c.All() {
		out.That(!strings.HasPrefix(p.Code, "hr.") && p.LegalBasis != purpose.HR, "%s is in the mini-program", p.Code)
	}
	_, known := c.Get("hr.recruiting")
	out.That(!known, "a mini-program can name hr.recruiting")
	elsewhere := c.Elsewhere()
	out.That(len(elsewhere) == 1 && elsewhere[0].Code == "hr.recruiting" && elsewhere[0].Channel == purpose.HRDepartment, "elsewhere: %v", codes(elsewhere))
	here := replace(t, goodPurposes, "hr.recruiting", "channel: hr", "channel: miniprogram")
	_, err := load(here, goodRecipients)
	out.That(err != nil && strings.Contains(err.Error(), "hr.recruiting: channel must not be miniprogram"), "HR in the mini-program: %v", err)
}

func TestGuestsDecideOnlyWhatNeedsNoIdentity(t *testing.T) {
	var guests []string
	for _, p := range builtIn(t).Consentable() {
		if p.Guests {
			guests = append(guests, p.Code)
		}
	}
	if want := []string{"improvement.product", "analytics.usage"}; !slices.Equal(guests, want) {
		t.Errorf("guests decide %v, want %v", guests, want)
	}
}

func TestEveryChannelOfMarketingIsAPurposeOfItsOwnForAdults(t *testing.T) {
	c := builtIn(t)
	for _, code := range []string{"ads.personalised", "marketing.email", "marketing.post", "marketing.phone", "marketing.sms", "marketing.wechat", "marketing.sales", "reminder.special_date", "recipient.provide"} {
		p := get(t, c, code)
		if !p.NeedsConsent() || !p.Separate() || p.MinAge != 18 || p.ValidFor.String() != "P12M" {
			t.Errorf("%s: %s %s from %d for %s", code, p.LegalBasis, p.ConsentKind, p.MinAge, p.ValidFor)
		}
	}
}

func TestSamplesCannotBeTakenForSomebodyReal(t *testing.T) {
	for _, r := range builtIn(t).Recipients() {
		if strings.HasPrefix(r.Code, "sample_") != r.Sample {
			t.Errorf("%s: sample is %v", r.Code, r.Sample)
		}
		if r.Sample && (!strings.HasPrefix(r.Name.ZH, "示例") || !strings.HasPrefix(r.Name.EN, "Sample") || !strings.Contains(r.PolicyURL, ".example/")) {
			t.Errorf("%s does not say that it is an example", r.Code)
		}
	}
}

func TestTheReminderDoesNotUseTheDeclaredBirthDate(t *testing.T) {
	for _, p := range builtIn(t).All() {
		for _, d := range p.DataItems {
			if d.Code == "age_band" && p.Code != "minors.protect" || d.Code == "reminder_date" && p.Code != "reminder.special_date" {
				t.Errorf("%s uses %s", p.Code, d.Code)
			}
		}
	}
}

func TestEveryProfileFieldHasAPurposeThatCoversIt(t *testing.T) {
	covered := map[string][]string{}
	c := builtIn(t)
	for _, p := range c.All() {
		for _, d := range p.DataItems {
			covered[d.Code] = append(covered[d.Code], p.Code)
		}
	}
	for field, want := range map[string][]string{
		"nickname": {"account.service", "account.minor"}, "avatar": {"account.service", "account.minor"},
		"contact_preferences": {"account.service", "account.minor"}, "gender": {"account.profile"}, "birth_date": {"account.profile"},
		"phone": {"incident.notify", "account.phone", "marketing.phone", "marketing.sms"}, "email": {"account.contact", "marketing.email"},
		"postal_address": {"account.contact", "marketing.post"}, "reminder_date": {"reminder.special_date"},
		"guardian_phone": {"identity.verify", "minors.protect"},
	} {
		if !slices.Equal(covered[field], want) {
			t.Errorf("%s is covered by %v, want %v", field, covered[field], want)
		}
	}
}

// The children's notice promises it: no analytics and no profile of a minor, and nothing without a guardian.
func TestWhatTheChildrensNoticePromisesStandsInTheCatalogue(t *testing.T) {
	c := builtIn(t)
	for _, code := range []string{"analytics.usage", "improvement.product", "account.profile", "ads.personalised", "marketing.email", "recipient.provide"} {
		x := get(t, c, code)
		if x.OpenTo("under_14") || x.OpenTo("14_17") || !x.OpenTo("adult") {
			t.Errorf("%s is open to a minor", code)
		}
	}
	account := get(t, c, purpose.MinorAccount)
	if account.DecidedBy != purpose.ByGuardian || !account.Separate() || !account.Sensitive || account.NoticeKind != "children" || account.ValidFor.String() != "P12M" {
		t.Errorf("%+v", account)
	}
}

package purpose_test

import (
	"slices"
	"testing"

	"zhiqing/config/policy"
	"zhiqing/internal/purpose"
)

// What is stopped is off wherever it is looked up, its definition stays, and the files decide again once it is lifted.
func TestWhatIsStoppedIsOffEverywhereAndKeepsItsDefinition(t *testing.T) {
	c, err := purpose.Load(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := c.Get("analytics.usage")
	held := c.Consentable()
	c.Stop([]string{"analytics.usage", "no.such"}, []string{"sample_ads"})
	after, _ := c.Get("analytics.usage")
	provide, _ := c.Get("recipient.provide")
	ads, _ := c.Recipient("sample_ads")
	inList := slices.IndexFunc(c.Consentable(), func(p *purpose.Purpose) bool { return p.Code == "analytics.usage" && p.Enabled })
	if after.Enabled || c.On("analytics.usage") || ads.Enabled || provide.Grantable("sample_ads") || inList >= 0 || after.Digest != before.Digest || !c.On("account.service") {
		t.Error("it is on somewhere, or something else is off")
	}
	if i := slices.IndexFunc(held, func(p *purpose.Purpose) bool { return p.Code == "analytics.usage" }); !held[i].Enabled {
		t.Error("a list that somebody reads has changed under them")
	}
	c.Stop(nil, nil)
	if provide, _ = c.Get("recipient.provide"); !c.On("analytics.usage") || !provide.Grantable("sample_ads") || c.On("no.such") {
		t.Error("it does not go on")
	}
}

package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/casework"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
)

// A letter enters the same queue as what is asked in the app, with the clock of its receipt; it is decided by the same hands,
// and the person finds it in the app, answered, with a message.
func TestALetterIsWorkedOnLikeARequestFromTheApp(t *testing.T) {
	row := prove.Row(t, "A-L62.1")
	apptest.OnEveryEngine(t, func(t *testing.T, url string) {
		p := apptest.Start(t, url)
		mum := p.Login("mum")
		token, pn := mum.Str("access_token"), mum.Str("subject", "privacy_number")
		inApp := p.Want(201, ask(token, "correct", "detail", "请更正昵称")).Str("number")
		by := officer(p, "wang.fang", staff.PrivacyOfficer)
		letter, err := p.App.Casework.LodgeOffline(t.Context(), by, casework.Offline{
			PrivacyNumber: pn, Type: rights.Supplement, Channel: "post", ReceivedAt: p.Clock.Now().Add(-24 * time.Hour), Language: "zh-CN",
		})
		must(t, err)
		page, err := p.App.Casework.Queue(t.Context(), by, casework.Filter{}, "", 10)
		must(t, err)
		numbers := []string{}
		for _, i := range page.Items {
			numbers = append(numbers, i.Number)
		}
		row.That(slices.Equal(numbers, []string{letter.Number, inApp}), "the queue is %v", numbers)
		_, err = p.App.Casework.VerifyIdentity(t.Context(), by, letter.Number, true)
		must(t, err)
		for _, number := range numbers {
			c, err := p.App.Casework.Open(t.Context(), by, number)
			must(t, err)
			_, err = p.App.Casework.Decide(t.Context(), by, number, casework.Verdict{
				Ground: "accurate", Text: c.Templates[len(c.Templates)-1].Text.ZH, Revision: c.Revision,
			})
			must(t, err)
			seen := p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + number, Token: token})
			row.That(seen.Str("state") == "refused", "%s is %s", number, seen.Raw)
			told := p.Want(200, call{Method: "GET", Path: "/v1/me/messages", Token: token})
			row.That(strings.Contains(string(told.Raw), number), "no message about %s", number)
		}
		row.That(strings.Contains(string(accessLog(p, token, "").Raw), `"rights_request"`), "the access log does not tell of the decisions")
	})
}

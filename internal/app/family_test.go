package app_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
)

// born is the birth date of somebody who turned years old a hundred days ago, in China.
func born(p *apptest.Program, years int) string {
	return p.Clock.Now().In(time.FixedZone("CST", 8*60*60)).AddDate(-years, 0, -100).Format(time.DateOnly)
}

func declareAge(token, date string) call {
	return call{Method: "PUT", Path: "/v1/me/birth-date", Token: token, Body: map[string]any{"date": date}}
}

func patchProfile(p *apptest.Program, token string, patch map[string]any) call {
	tag := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Header.Get("ETag")
	return call{Method: "PATCH", Path: "/v1/me/profile", Token: token, Body: patch, Header: map[string]string{"If-Match": tag}}
}

// phoneCode makes a code as the getPhoneNumber button gives it.
func phoneCode(number string) string { return apptest.Code("phone-" + number) }

// adult logs a person in who has declared to be one.
func adult(p *apptest.Program, person string) (token string) {
	token = p.Login(person).Str("access_token")
	p.Want(200, declareAge(token, born(p, 40)))
	return token
}

// family is a minor and a guardian whose link is at hand.
type family struct {
	p          *apptest.Program
	child, mum string // access tokens
	link       string
	childID    string
	phone      string
	notice     string
}

// review brings a minor of this age to the point where the guardian decides.
func review(p *apptest.Program, child, mum, number string, years int) family {
	p.T.Helper()
	f := family{p: p, phone: number, notice: current(p, "children")}
	login := p.Login(child)
	f.child, f.childID = login.Str("access_token"), login.Str("subject", "id")
	p.Want(200, declareAge(f.child, born(p, years)))
	invited := p.Want(201, call{Method: "POST", Path: "/v1/me/guardian-invitations", Token: f.child})
	f.mum = adult(p, mum)
	claimed := p.Want(200, call{Method: "POST", Path: "/v1/guardian-invitations/claim", Token: f.mum, Body: map[string]any{
		"token": invited.Str("token"), "pairing_code": invited.Str("pairing_code"),
	}})
	f.link = claimed.Str("guardianship_id")
	p.Want(200, call{Method: "POST", Path: "/v1/guardianships/" + f.link + "/phone", Token: f.mum, Body: map[string]any{"code": phoneCode(number)}})
	return f
}

func (f family) decide(verb string, purposes ...string) call {
	return call{Method: "POST", Path: "/v1/guardianships/" + f.link + "/decision", Token: f.mum, Body: map[string]any{
		"decision": verb, "relation": "parent", "notice_version": f.notice, "purposes": append([]string{}, purposes...),
	}}
}

func (f family) withdraw() call {
	return call{Method: "POST", Path: "/v1/guardianships/" + f.link + "/withdraw", Token: f.mum}
}

// motherAndChild is the README's second transcript.
func motherAndChild(p *apptest.Program) string {
	r := &transcript{p: p}
	r.say("# 12 岁的孩子填写出生日期：帐户等待监护人，资料不开放 · a 12-year-old answers the age question and waits for a guardian")
	kid := p.Login("kid").Str("access_token")
	r.do(200, declareAge(kid, born(p, 12)), "age_band", "state", "changes_on")
	r.do(403, patchProfile(p, kid, map[string]any{"nickname": "小石头"}), "code", "detail")
	invited := r.do(201, call{Method: "POST", Path: "/v1/me/guardian-invitations", Token: kid}, "invitation_id", "token", "pairing_code", "qr_url")
	code := r.do(200, call{Method: "GET", Path: invited.Str("qr_url"), Token: kid})
	r.say("      %s  小程序码 · the code to scan", code.Header.Get("Content-Type"))

	r.say("\n# 母亲用自己的微信打开，输入孩子屏幕上的配对码，验证手机号 · the mother claims it with the pairing code and verifies her phone")
	mum := p.Login("mum").Str("access_token")
	r.do(200, declareAge(mum, born(p, 40)), "age_band")
	claimed := r.do(200, call{Method: "POST", Path: "/v1/guardian-invitations/claim", Token: mum, Body: map[string]any{
		"token": invited.Str("token"), "pairing_code": invited.Str("pairing_code"),
	}}, "guardianship_id", "state")
	link := "/v1/guardianships/" + claimed.Str("guardianship_id")
	r.do(200, call{Method: "POST", Path: link + "/phone", Token: mum, Body: map[string]any{"code": phoneCode("13800138000")}}, "state")

	r.say("\n# 她阅读儿童个人信息保护规则，逐项勾选，同意 · she reads the children's notice, ticks, and agrees")
	page := r.do(200, call{Method: "GET", Path: link, Token: mum}, "minor", "choices")
	for i := range page.Get("disclosures_of_art10").([]any) {
		r.say("      %d  %s", i+1, page.Str("disclosures_of_art10", i, "title"))
	}
	for i := range page.Get("purposes").([]any) {
		r.say("      □ %-24s %s", page.Str("purposes", i, "code"), page.Str("purposes", i, "title"))
	}
	r.do(200, call{Method: "POST", Path: link + "/decision", Token: mum, Body: map[string]any{
		"decision": "grant", "relation": "parent", "notice_version": page.Str("notice", "version"), "purposes": []string{"account.phone"},
	}}, "state")

	r.say("\n# 孩子的资料开放了 · the child's profile opens")
	r.do(200, patchProfile(p, kid, map[string]any{"nickname": "小石头"}), "fields")
	r.do(200, call{Method: "GET", Path: "/v1/me", Token: kid}, "subject")

	r.say("\n# 母亲撤回：立即生效，资料已经删除 · the mother withdraws: at once, and the data is gone")
	r.do(200, call{Method: "POST", Path: link + "/withdraw", Token: mum}, "state")
	r.do(401, call{Method: "GET", Path: "/v1/me/profile", Token: kid}, "code")
	after := r.do(200, call{Method: "GET", Path: "/v1/me/guardianships", Token: mum})
	r.say("      %s  %s", after.Str("items", 0, "state"), shorten(after.Str("items", 0, "erasure_proof")))
	own := r.do(200, call{Method: "GET", Path: link + "/consents", Token: mum})
	for _, item := range own.Get("items").([]any) {
		m := item.(map[string]any)
		r.say("      %v  %-16v %-10v %v %v", m["seq"], m["purpose"], m["state"], m["capacity"], m["relation"])
	}
	r.say("\n# 记录链完好：孩子的资料没有了，谁在何时同意、何时撤回仍可证明 · the chain verifies: who agreed and when it was withdrawn stays provable")
	r.run("verify")
	return strings.ReplaceAll(r.settled(), p.Sandbox, "<sandbox>")
}

func shorten(jws string) string {
	if len(jws) < 40 {
		return fmt.Sprintf("no proof: %q", jws)
	}
	return jws
}

func TestTheReadmesFamilyIsWhatTheProgramSays(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		compareWithReadme(t, "family", motherAndChild(p))
		p.Stop()
		sound(t, p)
	})
}

// secretsOf are the values that must never lie in a file as they are.
func secretsOf(p *apptest.Program, persons ...string) []string {
	list := []string{"小石头", "13800138000", "13900139000"}
	for _, person := range persons {
		ids := p.Want(200, call{Method: "GET", Path: p.Sandbox + "/_sandbox/persons/" + person})
		list = append(list, ids.Str("openid"), ids.Str("unionid"))
	}
	return list
}

func TestNoFileHoldsWhatAPersonHasWritten(t *testing.T) {
	sealed, dump := prove.Row(t, "A-L48.1"), prove.Row(t, "F-14")
	p := apptest.Start(t, "")
	f := review(p, "kid", "mum", "13800138000", 12)
	p.Want(200, f.decide("grant", "account.phone"))
	p.Want(200, patchProfile(p, f.child, map[string]any{"nickname": "小石头"}))
	p.Want(200, call{Method: "POST", Path: "/v1/me/profile/phone", Token: f.child, Body: map[string]any{"code": phoneCode("13900139000")}})
	secrets := secretsOf(p, "kid", "mum")
	look := func(when string) {
		for name, data := range rawFiles(t, filepath.Dir(p.Config.Vault.Keyset)) {
			for i, secret := range secrets {
				dump.That(secret != "" && !bytes.Contains(data, []byte(secret)), "%s: %s holds secret %d in the clear", when, name, i)
				sealed.That(secret != "" && !bytes.Contains(data, []byte(secret)), "%s: %s holds secret %d in the clear", when, name, i)
			}
		}
	}
	look("before the erasure")
	p.Want(200, f.withdraw())
	look("after the erasure")
	for i, secret := range secrets {
		if strings.Contains(p.Log.String(), secret) {
			t.Errorf("the log holds secret %d", i)
		}
	}
	p.Stop()
	look("after the stop")
}

// The question is neutral: neither it nor its answer for an adult says which age matters (requirements.md A-L54.1).
func TestTheAgeQuestionDoesNotSayWhatItIsFor(t *testing.T) {
	neutral := prove.Row(t, "A-L54.1")
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	for date, code := range map[string]string{"2100-01-01": "age.date_future", "1870-01-01": "age.date_too_old", "2023-02-29": "age.date_invalid", "yesterday!": "age.date_invalid"} {
		answer := requestID.ReplaceAllString(string(p.Refused(422, code, declareAge(token, date)).Raw), "")
		for _, hint := range []string{"14", "18", "未成年", "监护", "minor", "guardian", date} {
			neutral.That(!strings.Contains(strings.ReplaceAll(answer, "2014-05-01", ""), hint), "the answer to a wrong date says %q: %s", hint, answer)
		}
	}
	told := p.Want(200, declareAge(token, born(p, 40)))
	neutral.That(told.Get("changes_on") == nil && told.Str("age_band") == "adult", "%s", told.Raw)
	p.Refused(409, "age.already_declared", declareAge(token, born(p, 41)))
}

var requestID = regexp.MustCompile(`rid_\w+`) // random, and may well hold an 18

func TestAMinorHasAProfileOnlyWithAGuardiansConsent(t *testing.T) {
	pending := prove.Row(t, "A-L55.1")
	flow := prove.Row(t, "A-L54.3")
	child := prove.Row(t, "F-13")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		f := review(p, "kid", "mum", "13800138000", 12)
		refused := p.Refused(403, "guardian.required", patchProfile(p, f.child, map[string]any{"nickname": "小石头"}))
		pending.That(refused.Status == 403, "a pending minor wrote a profile")
		child.That(refused.Status == 403, "a pending minor wrote a profile")
		p.Refused(403, "guardian.required", decide(f.child, decision("promotion.participation", "grant", current(p, "marketing"))))
		p.Want(200, call{Method: "GET", Path: "/v1/purposes", Token: f.child}) // what a guest may see stays open
		p.Want(200, f.decide("grant"))
		opened := p.Want(200, patchProfile(p, f.child, map[string]any{"nickname": "小石头"}))
		flow.Equal(opened.Str("fields", "nickname", "value"), "小石头")
		p.Want(200, f.withdraw())
		p.Refused(401, "session.invalid", call{Method: "GET", Path: "/v1/me", Token: f.child})
		again := p.Login("kid")
		flow.That(again.Str("subject", "id") != f.childID, "the returning child is the erased account")
		p.Refused(409, "age.declared_before", declareAge(again.Str("access_token"), born(p, 30)))
		p.Stop()
		sound(t, p)
	})
}

func TestAnAdultWhoTurnsOutToBeAMinorLosesTheProfileAtOnce(t *testing.T) {
	known := prove.Row(t, "A-L55.2")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := adult(p, "teen")
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
		p.Want(201, decide(token, decision("analytics.usage", "grant", current(p, "privacy"))))
		told := p.Want(200, declareAge(token, born(p, 15)))
		known.Equal(told.Str("state"), "pending_guardian")
		profile := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token})
		known.Equal(len(profile.Get("fields").(map[string]any)), 0)
		newest := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token})
		known.Equal(newest.Str("items", 0, "state"), "revoked") // the consent of somebody who could not give it alone
		p.Refused(409, "age.already_declared", declareAge(token, born(p, 30)))
		p.Stop()
		sound(t, p)
	})
}

func TestFromFourteenBothSpeak(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		f := review(p, "teen", "dad", "13800138001", 15)
		p.Want(200, f.decide("grant", "account.phone"))
		number := call{Method: "POST", Path: "/v1/me/profile/phone", Token: f.child, Body: map[string]any{"code": phoneCode("13900139001")}}
		p.Refused(403, "profile.consent_required", number)
		given := p.Want(201, decide(f.child, decision("account.phone", "grant", current(p, "privacy"))))
		number.Body = map[string]any{"code": phoneCode("13900139001")}
		p.Want(200, number)
		own := p.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + given.Str("entries", 0, "entry_id"), Token: f.child})
		theirs := p.Want(200, call{Method: "GET", Path: "/v1/guardianships/" + f.link + "/consents", Token: f.mum})
		entry := theirs.Str("items", 0, "entry_id")
		receipt := p.Want(200, call{Method: "GET", Path: "/v1/guardianships/" + f.link + "/receipts/" + entry, Token: f.mum})
		if own.Str("receipt", "prc", "band") != "14_17" || receipt.Str("receipt", "prc", "guardian", "relation") != "parent" || receipt.Str("receipt", "event", 0, "capacity") != "guardian" {
			t.Errorf("own %s\nguardian's %s", own.Raw, receipt.Raw)
		}
		p.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + entry, Token: f.child}) // each of the two gets one
		p.Refused(404, "consent.unknown_entry", call{Method: "GET", Path: "/v1/guardianships/" + f.link + "/receipts/" + given.Str("entries", 0, "entry_id"), Token: f.mum})
		for _, purpose := range []string{"ads.personalised", "marketing.sms"} {
			a := p.Do(decide(f.child, decision(purpose, "grant", current(p, "marketing"))))
			if a.Status != 403 {
				t.Errorf("%s for a minor: %d", purpose, a.Status)
			}
		}
		p.Want(200, f.withdraw())
		p.Stop()
		sound(t, p)
	})
}

// A guardian's consent lives twelve months. Then the account is stored and not used, until it is given again.
func TestAConsentThatRunsOutIsStoredAndNotUsed(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		f := review(p, "kid", "mum", "13800138002", 9)
		p.Want(200, f.decide("grant", "account.phone"))
		p.Want(200, patchProfile(p, f.child, map[string]any{"nickname": "小石头"}))
		p.Want(200, call{Method: "POST", Path: "/v1/me/profile/phone", Token: f.child, Body: map[string]any{"code": phoneCode("13900139002")}})
		p.Clock.Advance(366 * 24 * time.Hour)
		back := p.Login("kid")
		if back.Str("subject", "state") != "restricted" || back.Str("subject", "id") != f.childID {
			t.Fatalf("a year later: %s", back.Raw)
		}
		f.child = back.Str("access_token")
		p.Refused(403, "guardian.restricted", patchProfile(p, f.child, map[string]any{"nickname": "小树"}))
		p.Want(201, decide(f.child, decision("promotion.participation", "refuse", ""))) // whatever ends meanwhile erases nothing
		f.mum = p.Login("mum").Str("access_token")
		p.Want(200, f.decide("grant", "account.phone"))
		kept := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: f.child})
		if kept.Str("fields", "nickname", "value") != "小石头" || kept.Str("fields", "phone", "value") != "+8613900139002" {
			t.Errorf("%s", kept.Raw)
		}
		p.Want(200, patchProfile(p, f.child, map[string]any{"nickname": "小树"}))
		p.Clock.Advance(366 * 24 * time.Hour)
		p.Login("kid") // restricted from this moment on
		p.Clock.Advance(31 * 24 * time.Hour)
		if gone := p.Login("kid"); gone.Str("subject", "id") == f.childID || gone.Str("subject", "state") != "active" {
			t.Errorf("a month after nobody answered: %s", gone.Raw)
		}
		p.Stop()
		sound(t, p)
	})
}

// At 18 the guardian's power ends in the very second, and the person goes on alone by agreeing within thirty days.
func TestAtEighteenThePersonGoesOnAlone(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		f := review(p, "teen", "dad", "13800138003", 17)
		p.Want(200, f.decide("grant"))
		p.Want(200, patchProfile(p, f.child, map[string]any{"nickname": "小石头"}))
		p.Clock.Advance(266 * 24 * time.Hour) // 18 since some days
		f.mum = p.Login("dad").Str("access_token")
		p.Refused(403, "guardian.ended", call{Method: "GET", Path: "/v1/guardianships/" + f.link, Token: f.mum})
		p.Refused(403, "guardian.ended", f.withdraw())
		back := p.Login("teen")
		f.child = back.Str("access_token")
		if back.Str("subject", "state") != "restricted" || back.Str("subject", "age_band") != "adult" {
			t.Fatalf("at 18: %s", back.Raw)
		}
		p.Want(201, decide(f.child, decision("account.minor", "grant", current(p, "children"))))
		me := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: f.child})
		kept := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: f.child})
		if me.Str("subject", "state") != "active" || kept.Str("fields", "nickname", "value") != "小石头" {
			t.Errorf("%s\n%s", me.Raw, kept.Raw)
		}
		p.Stop()
		sound(t, p)
	})
}

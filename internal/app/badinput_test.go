package app_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
)

func TestMalformedBodiesAreRefusedAndNothingIsKept(t *testing.T) {
	active, listed := prove.Row(t, "F-1"), prove.Row(t, "F-15")
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	version := current(p, "privacy")
	post := func(body string) call { return call{Method: "POST", Path: "/v1/me/consents", Token: token, Body: body} }
	good := `{"decisions":[{"purpose":"analytics.usage","decision":"grant","notice_version":"` + version + `"}],"method":"tap"}`
	for name, c := range map[string]struct {
		status int
		code   string
		body   string
	}{
		"no JSON":            {400, "request.malformed", `{"decisions":`},
		"invalid UTF-8":      {400, "request.malformed", strings.Replace(good, "tap", "t\xffp", 1)},
		"a member twice":     {400, "request.malformed", strings.Replace(good, `"method"`, `"method":"tap","method"`, 1)},
		"an unknown field":   {422, "request.invalid", strings.Replace(good, `"method"`, `"admin":true,"method"`, 1)},
		"a wrong type":       {422, "request.invalid", strings.Replace(good, `"tap"`, `7`, 1)},
		"no decisions":       {422, "request.invalid", `{"decisions":[],"method":"tap"}`},
		"an unknown verb":    {422, "request.invalid", strings.Replace(good, `"grant"`, `"yes"`, 1)},
		"an unknown purpose": {422, "consent.unknown_purpose", strings.Replace(good, "analytics.usage", "no.such", 1)},
		"another channel's":  {422, "consent.unknown_purpose", strings.Replace(good, "analytics.usage", "hr.recruiting", 1)},
		"no consent needed":  {422, "consent.not_needed", strings.Replace(good, "analytics.usage", "account.service", 1)},
		"a passive method":   {422, "consent.method_not_active", strings.Replace(good, `"tap"`, `"default"`, 1)},
		"no notice":          {422, "consent.notice_required", strings.Replace(good, `"`+version+`"`, `""`, 1)},
		"an old notice":      {409, "consent.notice_outdated", strings.Replace(good, `"`+version+`"`, `"0.1"`, 1)},
		"a recipient":        {422, "consent.unknown_recipient", strings.Replace(good, `"decision"`, `"recipient":"x","decision"`, 1)},
		"1 MiB":              {413, "request.too_large", `{"method":"` + strings.Repeat("a", 1<<20) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			a := p.Refused(c.status, c.code, post(c.body))
			if c.status == 422 && a.Get("errors", 0) == nil {
				t.Errorf("no field is named: %s", a.Raw)
			}
			if strings.Contains(string(a.Raw), "no.such") || strings.Contains(string(a.Raw), "aaaaaaaa") {
				t.Errorf("the rejected value is echoed: %s", a.Raw)
			}
		})
	}
	twice := decide(token, decision("analytics.usage", "grant", version), decision("analytics.usage", "refuse", ""))
	p.Refused(422, "consent.decided_twice", twice)
	h := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token})
	active.That(len(h.Get("items").([]any)) == 0, "something was kept: %s", h.Raw)
	p.Refused(422, "profile.invalid", patchProfile(p, token, map[string]any{"face": "…"}))
	listed.Equal(len(p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Get("fields").(map[string]any)), 0)
}

func TestAnOldNoticeIsRefusedWithTheNewOne(t *testing.T) {
	row := prove.Row(t, "A-L21.1")
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	a := p.Refused(409, "consent.notice_outdated", decide(token, decision("analytics.usage", "grant", "0.9")))
	now := p.Want(200, call{Method: "GET", Path: "/v1/notices/privacy"})
	row.Equal(a.Str("notice", "version"), now.Str("version"))
	row.Equal(a.Str("notice", "sha256"), now.Str("sha256"))
	row.Equal(a.Str("notice", "markdown"), now.Str("markdown"))
	p.Want(201, decide(token, decision("analytics.usage", "refuse", "0.9"))) // saying no is never blocked
}

func TestConsentIsPerPurposeAndOffByDefault(t *testing.T) {
	off := prove.Row(t, "A-L4.1")
	separate := prove.Row(t, "A-L26.1")
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	for _, item := range p.Want(200, call{Method: "GET", Path: "/v1/me/consents", Token: token}).Get("items").([]any) {
		off.Equal(item.(map[string]any)["state"], "unknown")
	}
	join := decision("promotion.participation", "grant", current(p, "marketing"))
	bundle := decide(token, join, decision("analytics.usage", "grant", current(p, "privacy")))
	separate.Equal(p.Refused(422, "consent.separate_required", bundle).Status, 422)
	off.Equal(state(p, token, "analytics.usage"), "unknown")
	p.Want(201, decide(token, join))
	for _, closed := range []string{"ads.personalised", "marketing.email"} {
		separate.Equal(state(p, token, closed), "unknown")
		separate.Equal(p.Refused(403, "consent.age_required", decide(token, decision(closed, "grant", current(p, "marketing")))).Status, 403)
	}
	provide := decision("recipient.provide", "grant", current(p, "third_party"))
	separate.Equal(p.Refused(422, "consent.unknown_recipient", decide(token, provide)).Status, 422)
}

func TestForgedTokensOpenNothing(t *testing.T) {
	p := apptest.Start(t, "")
	good := p.Login("mum").Str("access_token")
	parts := strings.Split(good, ".")
	var set struct {
		Keys []struct{ X, Kid string } `json:"keys"`
	}
	if err := json.Unmarshal(p.Want(200, call{Method: "GET", Path: "/.well-known/jwks.json"}).Raw, &set); err != nil || len(set.Keys) == 0 {
		t.Fatal("no public keys")
	}
	_, strange, _ := ed25519.GenerateKey(rand.Reader)
	sign := func(method jwt.SigningMethod, key any, header map[string]any) string {
		token := jwt.NewWithClaims(method, jwt.MapClaims{"sub": "sub_x", "kind": "user", "sid": "x", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()})
		for k, v := range header {
			token.Header[k] = v
		}
		s, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	x, _ := base64.RawURLEncoding.DecodeString(set.Keys[0].X)
	flip := []byte(good)
	flip[len(flip)-10] ^= 1
	for name, token := range map[string]string{
		"empty":              " ",
		"alg none":           sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, map[string]any{"kid": set.Keys[0].Kid, "typ": "at+jwt"}),
		"HS256, public key":  sign(jwt.SigningMethodHS256, x, map[string]any{"kid": set.Keys[0].Kid, "typ": "at+jwt"}),
		"an unknown kid":     sign(jwt.SigningMethodEdDSA, strange, map[string]any{"kid": "none-of-ours", "typ": "at+jwt"}),
		"another's key":      sign(jwt.SigningMethodEdDSA, strange, map[string]any{"kid": set.Keys[0].Kid, "typ": "at+jwt"}),
		"a flipped bit":      string(flip),
		"no signature":       parts[0] + "." + parts[1] + ".",
		"other claims":       parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"sub_x","kind":"user"}`)) + "." + parts[2],
		"very long":          strings.Repeat("A", 7000),
		"a refresh token":    p.Guest().Str("refresh_token"),
		"a line break in it": good[:20] + " " + good[20:],
	} {
		a := p.Do(call{Method: "GET", Path: "/v1/me", Token: token})
		if a.Status != 401 || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s", name, a.Status, a.Raw)
		}
	}
	p.Refused(401, "session.required", call{Method: "GET", Path: "/v1/me"})
	p.Clock.Advance(15*time.Minute + time.Second)
	p.Refused(401, "session.expired", call{Method: "GET", Path: "/v1/me", Token: good})
}

func TestCodesThatAreNoneNeverReachWeChat(t *testing.T) {
	p := apptest.Start(t, "")
	for _, bad := range []string{"good-1&appid=wx1234", "mum-1\nx", "mum 1", "中-1", "mum-1#f", strings.Repeat("a", 128) + "-"} {
		a := p.Do(call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": bad}})
		if a.Status != 422 {
			t.Errorf("%q: %d %s", bad, a.Status, a.Raw)
		}
	}
	if calls := p.Calls(); len(calls) != 0 {
		t.Errorf("WeChat was called: %v", calls)
	}
}

func TestAReusedCodeOrTokenSaysSo(t *testing.T) {
	row := prove.Row(t, "A-L48.3")
	p := apptest.Start(t, "")
	code := apptest.Code("mum")
	login := call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": code}}
	first := p.Want(200, login)
	row.Equal(p.Want(200, login).Str("refresh_token"), first.Str("refresh_token"))
	p.Clock.Advance(61 * time.Second)
	row.Equal(p.Refused(422, "wechat.code_used", login).Status, 422)
	refresh := call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": first.Str("refresh_token")}}
	second := p.Want(200, refresh)
	row.Equal(p.Refused(401, "session.refresh_reused", refresh).Status, 401)
	row.Equal(p.Do(call{Method: "GET", Path: "/v1/me", Token: second.Str("access_token")}).Status, 401)
}

func TestWhenWeChatFailsTheDoorStaysOpen(t *testing.T) {
	p := apptest.Start(t, "")
	for person, reason := range map[string]string{"busy": "wechat_unavailable", "blocked": "wechat_blocked", "limited": "wechat_limited", "slow": "wechat_unavailable"} {
		begun := time.Now()
		a := p.Login(person)
		if a.Str("kind") != "guest" || a.Str("fallback", "reason") != reason || a.Str("guest_id") == "" {
			t.Errorf("%s: %s", person, a.Raw)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s took %s", person, took)
		}
	}
	p.Refused(422, "wechat.code_invalid", call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": "NoSuchForm"}})
}

func TestACursorBelongsToOneListOfOnePerson(t *testing.T) {
	p := apptest.Start(t, "")
	version := current(p, "privacy")
	cursors := []string{}
	tokens := []string{p.Login("mum").Str("access_token"), p.Login("dad").Str("access_token")}
	for _, token := range tokens {
		p.Want(201, decide(token, decision("analytics.usage", "grant", version), decision("improvement.product", "grant", version)))
		cursors = append(cursors, p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history?limit=1", Token: token}).Str("next_cursor"))
	}
	for _, bad := range []string{cursors[1], "AAAA", cursors[0] + "A"} {
		p.Refused(422, "request.cursor", call{Method: "GET", Path: "/v1/me/consents/history?cursor=" + bad, Token: tokens[0]})
	}
	p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history?cursor=" + cursors[0], Token: tokens[0]})
}

func TestOneSubmissionRepeatedWithItsKeyIsOneEntry(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := p.Login("mum").Str("access_token")
		grant := decide(token, decision("analytics.usage", "grant", current(p, "privacy")))
		grant.Header = map[string]string{"Idempotency-Key": "3f0c"}
		first, again := p.Want(201, grant), p.Want(201, grant)
		if first.Str("entries", 0, "hash") != again.Str("entries", 0, "hash") || first.Str("batch_id") != again.Str("batch_id") {
			t.Errorf("%s\n%s", first.Raw, again.Raw)
		}
		other := decide(token, decision("analytics.usage", "refuse", ""))
		other.Header = grant.Header
		p.Refused(409, "request.idempotency_key_reused", other)
		if h := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token}); len(h.Get("items").([]any)) != 1 {
			t.Errorf("%s", h.Raw)
		}
	})
}

func TestTooManyNewSessionsFromOneAddressAre429(t *testing.T) {
	row := prove.Row(t, "A-L48.3")
	p := apptest.Start(t, "", func(o *app.Options) { o.Config.Limits.SessionsPerMinute = 5 })
	var a apptest.Answer
	for range 7 {
		a = p.Do(call{Method: "POST", Path: "/v1/sessions/guest"})
	}
	row.Equal(a.Status, 429)
	row.That(a.Header.Get("Retry-After") != "", "no Retry-After")
}

func TestOthersEntriesLookLikeNone(t *testing.T) {
	p := apptest.Start(t, "")
	mum, dad := p.Login("mum").Str("access_token"), p.Login("dad").Str("access_token")
	entry := p.Want(201, decide(mum, decision("analytics.usage", "grant", current(p, "privacy")))).Str("entries", 0, "entry_id")
	theirs := p.Refused(404, "consent.unknown_entry", call{Method: "GET", Path: "/v1/me/receipts/" + entry, Token: dad})
	none := p.Refused(404, "consent.unknown_entry", call{Method: "GET", Path: "/v1/me/receipts/" + entry + "9", Token: dad})
	if theirs.Str("detail") != none.Str("detail") {
		t.Errorf("%s\n%s", theirs.Raw, none.Raw)
	}
}

func TestAPortInUseIsAClearError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	c := apptest.Configure(t.TempDir(), "")
	c.Server.Addr = l.Addr().String()
	a, err := app.Open(t.Context(), app.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	if err := a.Run(t.Context(), nil); err == nil || !strings.Contains(fmt.Sprint(err), "server.addr") {
		t.Errorf("%v", err)
	}
}

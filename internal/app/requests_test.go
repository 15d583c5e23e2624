package app_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
)

func ask(token, kind string, more ...any) call {
	body := map[string]any{"type": kind}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	return call{Method: "POST", Path: "/v1/me/requests", Token: token, Body: body}
}

// stepUp proves the WeChat account again and returns the token that says so.
func stepUp(p *apptest.Program, token, person string) string {
	return p.Want(200, call{Method: "POST", Path: "/v1/sessions/step-up", Token: token, Body: map[string]any{"code": apptest.Code(person)}}).Str("access_token")
}

// done follows a request until the system has finished with it.
func done(p *apptest.Program, token, number string) apptest.Answer {
	p.T.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		a := p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + number, Token: token})
		if s := a.Str("state"); s == "fulfilled" || s == "refused" || s == "cancelled" {
			return a
		}
	}
	p.T.Fatalf("request %s is not done: %s", number, p.Do(call{Method: "GET", Path: "/v1/me/requests/" + number, Token: token}).Raw)
	return apptest.Answer{}
}

// accessToErasure is the README's third transcript.
func accessToErasure(p *apptest.Program) (text string, secrets []string) {
	r := &transcript{p: p}
	mum := p.Login("mum")
	token, id := mum.Str("access_token"), mum.Str("subject", "id")
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
	p.Want(201, decide(token, decision("account.phone", "grant", current(p, "privacy"))))
	p.Want(200, call{Method: "POST", Path: "/v1/me/profile/phone", Token: token, Body: map[string]any{"code": phoneCode("13800138000")}})
	secrets = secretsOf(p, "mum")

	r.say("# 查阅：保存了什么、多少、为什么 · access: what is kept, how much, and why")
	asked := r.do(201, ask(token, "access"), "number", "type", "state")
	answer := done(p, token, asked.Str("number"))
	r.do(200, call{Method: "GET", Path: "/v1/me/requests/" + asked.Str("number"), Token: token}, "state")
	for i := range answer.Get("answer", "kinds").([]any) {
		r.say("      %-24s × %v", answer.Str("answer", "kinds", i, "code"), answer.Get("answer", "kinds", i, "count"))
	}

	r.say("\n# 复制：须再次验证微信身份；副本由后台生成，离线核验 · a copy needs a fresh proof of the account; it is built, fetched and verified offline")
	r.do(401, ask(token, "copy"), "code", "detail")
	fresh := stepUp(p, token, "mum")
	copied := r.do(201, ask(fresh, "copy"), "number", "state")
	done(p, fresh, copied.Str("number"))
	zip := r.do(200, call{Method: "GET", Path: "/v1/me/requests/" + copied.Str("number") + "/package", Token: fresh})
	r.say("      %s", zip.Header.Get("Content-Type"))
	jwks := p.Want(200, call{Method: "GET", Path: "/.well-known/jwks.json"})
	r.run("verify", "package", r.save("export.zip", zip.Raw), "--jwks", r.save("jwks.json", jwks.Raw))

	r.say("\n# 注销：每一处都删除、复查之后，才显示“已办结” · closing the account: done is shown only after every store was looked at again")
	closing := r.do(201, ask(fresh, "cancel_account"), "number", "state")
	end := done(p, fresh, closing.Str("number"))
	for i := range end.Get("timeline").([]any) {
		r.say("      %-16s %s", end.Str("timeline", i, "event"), end.Str("timeline", i, "text"))
	}
	proof := r.do(200, call{Method: "GET", Path: "/v1/me/requests/" + closing.Str("number") + "/proof", Token: fresh}, "jws")
	r.run("verify", "proof", r.save("proof.json", proof.Raw), "--jwks", r.save("jwks.json", jwks.Raw))
	r.do(410, call{Method: "GET", Path: "/v1/me/profile", Token: fresh}, "code")
	again := r.do(200, call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": apptest.Code("mum")}}, "kind")
	if again.Str("subject", "id") == id {
		p.T.Error("the returning person is the erased account")
	}
	r.say("      再次登录是一个全新的帐户 · the next login is a new subject")
	r.run("verify")
	return r.settled(), secrets
}

func TestTheReadmesErasureIsWhatTheProgramSays(t *testing.T) {
	erased := prove.Row(t, "A-L39.10")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		text, secrets := accessToErasure(p)
		compareWithReadme(t, "rights", text)
		p.Stop()
		for name, data := range rawFiles(t, filepath.Dir(p.Config.Vault.Keyset)) {
			if name == "export.zip" {
				continue
			}
			for i, secret := range secrets {
				erased.That(!bytes.Contains(data, []byte(secret)), "%s holds secret %d after the erasure", name, i)
			}
		}
		sound(t, p)
	})
}

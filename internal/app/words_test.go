package app_test

import (
	"net/http"
	"testing"
	"unicode"

	"zhiqing/internal/app/apptest"
)

func chinese(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return true
		}
	}
	return false
}

// Chinese first: whoever does not ask for English is answered in Chinese; whoever does, in English, everywhere.
func TestTextsAreInTheLanguageAskedFor(t *testing.T) {
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	p.Want(201, decide(token, decision("analytics.usage", "grant", current(p, "privacy"))))
	entry := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token}).Str("items", 0, "entry_id")
	for accept, wantChinese := range map[string]bool{
		"": true, "zh-CN": true, "zh": true, "fr": true, "*": true, "en;q=0.3, zh;q=0.8": true, "nonsense;;q=": true,
		"en": false, "en-GB": false, "fr, en;q=0.5": false, "zh;q=0.2, en;q=0.9": false,
	} {
		ask := func(c call) apptest.Answer {
			c.Header = map[string]string{}
			if accept != "" {
				c.Header["Accept-Language"] = accept
			}
			return p.Do(c)
		}
		for name, text := range map[string]string{
			"a problem":  ask(call{Method: "GET", Path: "/v1/me"}).Str("detail"),
			"a field":    ask(call{Method: "POST", Path: "/v1/me/consents", Token: token, Body: `{"decisions":[],"method":"tap"}`}).Str("errors", 0, "message"),
			"no page":    ask(call{Method: "GET", Path: "/v1/nowhere"}).Str("detail"),
			"a notice":   ask(call{Method: "GET", Path: "/v1/notices/privacy"}).Str("title"),
			"a purpose":  ask(call{Method: "GET", Path: "/v1/purposes"}).Str("items", 0, "title"),
			"a prompt":   ask(call{Method: "GET", Path: "/v1/me/consents?ask=true", Token: token}).Str("prompts", 0, "title"),
			"a receipt":  ask(call{Method: "GET", Path: "/v1/me/receipts/" + entry, Token: token}).Str("receipt", "processing", "purposes", 0, "withdrawal_method"),
			"a receiver": ask(call{Method: "GET", Path: "/v1/recipients"}).Str("items", 0, "purpose"),
		} {
			if text == "" || chinese(text) != wantChinese {
				t.Errorf("Accept-Language %q: %s says %q", accept, name, text)
			}
		}
	}
	for _, path := range []string{"/v1/notices/privacy", "/v1/purposes", "/v1/me"} {
		a := p.Do(call{Method: "GET", Path: path, Token: token})
		if a.Header.Get("Cache-Control") != "no-store" && a.Header.Get("Vary") != "Accept-Language" {
			t.Errorf("%s: a cache would mix the languages: %v", path, a.Header)
		}
	}
}

// Ending a session works at once, for the access token in hand too, and for nobody else.
func TestAnEndedSessionIsOverAtOnce(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		other := p.Login("mum") // another device of the same person
		for name, login := range map[string]apptest.Answer{"guest": p.Guest(), "user": p.Login("mum")} {
			token := login.Str("access_token")
			p.Want(201, decide(token, decision("analytics.usage", "refuse", "")))
			p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token})
			p.Want(http.StatusNoContent, call{Method: "DELETE", Path: "/v1/sessions/current", Token: token})
			for _, c := range []call{
				{Method: "GET", Path: "/v1/me", Token: token}, {Method: "GET", Path: "/v1/me/consents", Token: token},
				decide(token, decision("analytics.usage", "refuse", "")), {Method: "DELETE", Path: "/v1/sessions/current", Token: token},
				{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": login.Str("refresh_token")}},
			} {
				if a := p.Do(c); a.Status != 401 {
					t.Errorf("%s: %s %s after the end: %d %s", name, c.Method, c.Path, a.Status, a.Raw)
				}
			}
			if s := state(p, other.Str("access_token"), "analytics.usage"); name == "user" && s != "refused" {
				t.Errorf("the other device sees %s", s)
			}
		}
		p.Want(200, call{Method: "GET", Path: "/v1/me", Token: other.Str("access_token")})
		p.Stop()
		sound(t, p)
	})
}

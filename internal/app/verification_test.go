package app_test

import (
	"slices"
	"strings"
	"testing"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
)

// What gives data away or destroys it needs a fresh proof of the WeChat account, and nothing more than registration took:
// the answer says what to do, and no request asks for a document. What does neither needs no proof.
func TestVerificationFitsTheRequestAndAsksForNothingMore(t *testing.T) {
	row, bare := prove.Row(t, "A-L42.2"), prove.Row(t, "F-7")
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	heavy := []string{"copy", "transfer", "delete", "cancel_account", "deceased_relative"}
	light := []string{"access", "explain", "correct", "supplement", "restrict", "object"}
	for _, kind := range heavy {
		a := p.Refused(401, "session.step_up_required", ask(token, kind))
		row.That(strings.Contains(a.Str("detail"), "验证") && a.Header.Get("WWW-Authenticate") != "", "%s: not told what to do: %s", kind, a.Raw)
	}
	for _, kind := range light {
		row.Equal(p.Do(ask(token, kind)).Status, 201)
	}
	fresh := stepUp(p, token, "mum")
	for _, kind := range []string{"copy", "delete"} {
		row.Equal(p.Do(ask(fresh, kind)).Status, 201)
	}
	p.Want(401, ask(token, "cancel_account")) // the old token has not become fresh
	schema := p.Want(200, call{Method: "GET", Path: "/openapi.json"})
	members := schema.Get("components", "schemas", "LodgeInBody", "properties")
	asked := []string{}
	for name := range members.(map[string]any) {
		asked = append(asked, name)
	}
	slices.Sort(asked)
	bare.That(len(asked) <= 5, "a request asks for more than its kind: %v", asked)
	row.Equal(slices.DeleteFunc(asked, func(n string) bool { return n == "$schema" }), []string{"detail", "on_behalf_of", "scope", "type"})
}

// An explanation is what the register said when the person agreed: purpose, basis, data, recipients, retention, and the
// notice on which it was decided.
func TestAnExplanationIsTheRegisterAtTheConsentedVersion(t *testing.T) {
	row := prove.Row(t, "A-L12.1")
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	version := current(p, "privacy")
	p.Want(201, decide(token, decision("analytics.usage", "grant", version)))
	var listed map[string]any
	for _, item := range p.Want(200, call{Method: "GET", Path: "/v1/purposes"}).Get("items").([]any) {
		if m := item.(map[string]any); m["code"] == "analytics.usage" {
			listed = m
		}
	}
	r := done(p, token, p.Want(201, ask(token, "explain", "scope", []string{"analytics.usage"})).Str("number"))
	row.Equal(r.Str("state"), "fulfilled")
	row.Equal(len(r.Get("answer", "purposes").([]any)), 1)
	for _, member := range []string{"title", "description", "legal_basis"} {
		row.Equal(r.Str("answer", "purposes", 0, member), listed[member])
	}
	row.Equal(r.Str("answer", "purposes", 0, "notice"), "privacy "+version)
	row.Equal(r.Str("answer", "purposes", 0, "state"), "given")
	row.Equal(len(r.Get("answer", "purposes", 0, "data_items").([]any)), len(listed["data_items"].([]any)))
	row.Equal(len(r.Get("answer", "purposes", 0, "recipients").([]any)), len(listed["recipients"].([]any)))
	row.That(r.Str("answer", "purposes", 0, "retention") != "" && len(r.Str("answer", "purposes", 0, "definition_sha256")) == 64, "incomplete: %s", r.Raw)
	p.Stop()

	// The register changes: who agreed to the old definition is still told that one, and who has not decided, the new one.
	config := p.Config
	p = apptest.Start(t, "", func(o *app.Options) {
		o.Config = config
		o.Policy = policyFiles(t, [3]string{"purposes.yaml", "zh-CN: 使用情况分析, en", "zh-CN: 使用情况统计, en"})
	})
	token = p.Login("mum").Str("access_token")
	then := done(p, token, p.Want(201, ask(token, "explain", "scope", []string{"analytics.usage"})).Str("number"))
	row.Equal(then.Str("answer", "purposes", 0, "title"), "使用情况分析")
	row.Equal(then.Str("answer", "purposes", 0, "definition_sha256"), r.Str("answer", "purposes", 0, "definition_sha256"))
	dad := p.Login("dad").Str("access_token")
	today := done(p, dad, p.Want(201, ask(dad, "explain", "scope", []string{"analytics.usage"})).Str("number"))
	row.Equal(today.Str("answer", "purposes", 0, "title"), "使用情况统计")
	all := done(p, token, p.Want(201, ask(token, "explain")).Str("number"))
	row.That(len(all.Get("answer", "purposes").([]any)) > 1, "nothing named is not everything")
}

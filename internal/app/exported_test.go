package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
)

// What a person takes home is theirs alone: every value of the profile, the account with masked WeChat ids, every decision,
// and of a guardianship nothing that names the other side.
func TestWhatHoldersExportIsThePersonsAndNobodyElses(t *testing.T) {
	chain := prove.Row(t, "F-13")
	p := apptest.Start(t, "")
	f := review(p, "kid", "mum", "13800138000", 12)
	p.Want(200, f.decide("grant", "account.phone"))
	p.Want(200, patchProfile(p, f.child, map[string]any{"nickname": "小石头", "contact_preferences": map[string]any{"wechat": true}}))
	mum := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: f.mum}).Str("subject", "id")
	ids := p.Want(200, call{Method: "GET", Path: p.Sandbox + "/_sandbox/persons/kid"})
	for id, c := range map[string]struct{ has, hasNot []string }{
		f.childID: {[]string{"小石头", "wechat", "account.minor", f.childID, "under_14", `"other_party":"***"`}, []string{mum, f.link, "13800138000", ids.Str("openid"), ids.Str("unionid")}},
		mum:       {[]string{mum, "adult", `"role":"guardian"`}, []string{f.childID, "小石头", f.link}},
	} {
		all := ""
		for _, h := range p.App.Holdings() {
			files, err := h.Export(t.Context(), id)
			if err != nil {
				t.Fatalf("%s: %v", h.Name(), err)
			}
			for _, file := range files {
				if !json.Valid(file.Schema) {
					t.Errorf("%s: the schema is no JSON", file.Name)
				}
				text, err := json.Marshal(file.Records)
				if err != nil {
					t.Fatal(err)
				}
				all += fmt.Sprintln(file.Name, string(text))
			}
		}
		for _, said := range c.has {
			chain.That(strings.Contains(all, said), "%s misses in\n%s", said, all)
		}
		for _, other := range c.hasNot {
			if other == "" || strings.Contains(all, other) {
				t.Errorf("%q stands in\n%s", other, all)
			}
		}
	}
}

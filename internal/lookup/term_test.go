package lookup

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"zhiqing/internal/ident"
)

func TestATermIsRecognisedByItsForm(t *testing.T) {
	ids := ident.Source{Reader: rand.Reader}
	pn, rq := ids.NewPrivacyNumber(), ids.NewRequestNumber()
	entry := ident.EntryID(ids.New(ident.Subject), 12)
	for _, c := range []struct {
		typed string
		want  term
	}{
		{pn, term{privacyNumber, pn}},
		{" " + strings.ToLower(strings.ReplaceAll(pn, "-", " ")) + " ", term{privacyNumber, pn}},
		{strings.TrimPrefix(pn, "PN-"), term{privacyNumber, pn}},
		{rq, term{requestNumber, rq}},
		{strings.ToLower(rq), term{requestNumber, rq}},
		{entry, term{receiptNumber, entry}},
		{"rcp" + strings.TrimPrefix(entry, "ent"), term{receiptNumber, entry}},
		{"13800138000", term{phoneNumber, "+8613800138000"}},
		{"+86 138-0013-8000", term{phoneNumber, "+8613800138000"}},
		{"008613800138000", term{phoneNumber, "+8613800138000"}},
		{"１３８００１３８０００", term{phoneNumber, "+8613800138000"}},
		{"+1 (415) 555-2671", term{phoneNumber, "+14155552671"}},
	} {
		if got, err := parseTerm(c.typed); err != nil || got != c.want {
			t.Errorf("%q: %v %v, want %v", c.typed, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "   ", "小明", "138", "1380013800", "138001380001", "+86123", "PN-", "PN-1234-567", "ent_x", "ent_" + strings.Repeat("0", 200), "sub_" + strings.Repeat("0", 26), "a\x00b", "*", "%"} {
		if got, err := parseTerm(bad); !errors.Is(err, ErrTerm) {
			t.Errorf("%q: %v %v", bad, got, err)
		}
	}
	for _, n := range []string{pn, rq} {
		wrong := n[:len(n)-1] + string(other(n[len(n)-1]))
		if _, err := parseTerm(wrong); !errors.Is(err, ErrCheck) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func other(b byte) byte {
	if b == '7' {
		return '8'
	}
	return '7'
}

func FuzzATermIsExactOrRefused(f *testing.F) {
	f.Add("PN-7ZK3-Q9MC")
	f.Add("+8613800138000")
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := parseTerm(typed)
		if err != nil {
			return
		}
		if again, err := parseTerm(got.value); err != nil || again != got {
			t.Errorf("%q: %v, and again %v %v", typed, got, again, err)
		}
	})
}

func TestMasksShowNoMoreThanIsNeeded(t *testing.T) {
	for _, c := range []struct {
		field string
		value any
		want  string
	}{
		{"phone", "+8613812345678", "138****5678"},
		{"phone", "+14155552671", "+****71"},
		{"phone", "123", hidden},
		{"email", "alice@dept.example.cn", "a***@d***.cn"},
		{"email", "张三@例子.cn", "张***@例***.cn"},
		{"email", "a@b", hidden},
		{"nickname", "小明", "小**"},
		{"nickname", "明", hidden},
		{"nickname", "Alexander", "A**"},
		{"nickname", "", hidden},
		{"postal_address", "广东省深圳市南山区科技园1号", "广东省深圳市***"},
		{"postal_address", "北京市海淀区中关村大街1号", "北京市***"},
		{"postal_address", "北京市东城区幸福小区3号", "北京市***"},
		{"postal_address", "Some Street 1, 100000 Beijing", hidden},
		{"gender", "female", hidden},
		{"birth_date", "1990-05-17", hidden},
		{"avatar", "https://example.com/a.png", hidden},
		{"contact_preferences", map[string]any{"sms": true}, hidden},
		{"invented_tomorrow", "a value", hidden},
		{"phone", 12345678901, hidden},
	} {
		if got := masked(c.field, c.value); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.field, c.value, got, c.want)
		}
	}
	if got := maskNumber("PN-7ZK3-Q9MC"); got != "PN-****-**MC" {
		t.Error(got)
	}
}

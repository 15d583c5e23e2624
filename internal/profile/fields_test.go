package profile_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zhiqing/internal/fault"
	"zhiqing/internal/profile"
	"zhiqing/internal/subject"
)

// every purpose that covers a field by consent.
var every = []string{"account.phone", "account.profile", "account.contact", "marketing.email", "marketing.post", "marketing.phone", "marketing.sms", "reminder.special_date"}

func picture(kind, head string, size int) string {
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString([]byte(head+strings.Repeat("x", size)))
}

const png = "\x89PNG\r\n\x1a\n"

var inputs = []struct {
	name      string
	good, bad []string
}{
	{"nickname",
		[]string{"a", "小明", "  小明 ", strings.Repeat("名", 32), "👨‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"},
		[]string{"", "   ", strings.Repeat("名", 33), "a\nb", "a\x00", "\u202egnp.exe", "a\u2028b", "\u200b", "\ufeffx", "\ue000"}},
	{"avatar",
		[]string{"https://example.com/a.png?x=1", "https://example.com:8443/a", "https://example.com/" + strings.Repeat("a", 492),
			picture("image/png", png, 100), picture("image/jpeg", "\xff\xd8\xff", 9), picture("image/webp", "RIFF\x00\x00\x00\x00WEBP", 9)},
		[]string{"", "http://example.com/a.png", "//example.com/a", "https://", "https:///a", "https://u:p@example.com/a", "https://u@example.com/a", "https://example.com/a#b", "https://example.com/a#",
			"https://example.com/" + strings.Repeat("a", 493), "https://example.com/a b", "https://例子.测试/a", "javascript:alert(1)", "data:text/html;base64,PGI+",
			picture("image/png", "\xff\xd8\xff", 9), picture("image/jpeg", png, 9), picture("image/webp", "RIFF\x00\x00\x00\x00WAVE", 9), picture("image/svg+xml", "<svg", 9),
			"data:image/png;base64,!!!", "data:image/png;base64,", "data:image/png," + png, picture("image/png", png, 32<<10),
			strings.Replace(picture("image/png", png, 99), ",", ",\n", 1)}},
	{"gender", []string{"female", "male", "other", "undisclosed"}, []string{"", "Female", "f", "女"}},
	{"birth_date", []string{"1990-05-01", "1996-02-29", "2008-11-22"}, []string{"", "1990-5-1", "1990-02-30", "2027-01-01", "1799-01-01", "1990-05-01T00:00:00Z", "01.05.1990", "2015-05-01"}},
	{"email",
		[]string{"a@example.com", "a.b+c@sub.example.com", strings.Repeat("a", 242) + "@example.com"},
		[]string{"", "a", "a@", "@example.com", "A <a@example.com>", "a@example.com ", "a@example.com, b@example.com", "a@[127.0.0.1]", `"a b"@example.com`, "a@b@example.com", "a\r\nBcc:b@example.com", strings.Repeat("a", 243) + "@example.com"}},
	{"postal_address", []string{"某市某区某", strings.Repeat("路", 200), "Some Street 1, 100000 Beijing"}, []string{"", "某市某区", strings.Repeat("路", 201), "某市\n某区某路"}},
	{"reminder_date", []string{"05-20", "02-29", "2027-05-20", "1999-12-31"}, []string{"", "5-20", "02-30", "13-01", "2027-02-29", "1899-12-31", "20-05-2027", "2027-5-20"}},
}

func TestEachFieldTakesOnlyWhatItIsFor(t *testing.T) {
	s := open(t)
	s.consents.set(true, every...)
	id := s.person(t, "a", subject.Adult)
	for _, in := range inputs {
		for _, good := range in.good {
			p, err := s.write(t, id, in.name, quote(good))
			if err != nil || value(p, in.name).Value != strings.TrimSpace(good) {
				t.Errorf("%s %.40q: %v", in.name, good, err)
			}
		}
		before := s.read(t, id)
		for _, bad := range in.bad {
			_, err := s.write(t, id, in.name, quote(bad))
			said(t, err, in.name, bad)
		}
		for _, sent := range []string{"1", "true", "[]", "{}", `["a"]`, `{"a":1,"a":2}`} {
			_, err := s.write(t, id, in.name, sent)
			said(t, err, in.name, sent)
		}
		if after := s.read(t, id); after.Rev != before.Rev || shown(after) != shown(before) {
			t.Errorf("%s: refused input has changed the profile", in.name)
		}
	}
}

// quote is JSON's form of a text; Go's differs for control characters.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ':
			b.WriteString(`\u00` + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// said checks that an input was refused at its place, in both languages, without being repeated.
func said(t *testing.T, err error, name, sent string) {
	t.Helper()
	var f *fault.Fault
	if !errors.Is(err, profile.ErrInvalid) || !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Path != "body."+name {
		t.Errorf("%s %.40q: %v", name, sent, err)
		return
	}
	text := f.Fields[0].Text
	if text.ZH == "" || text.EN == "" || text.ZH == text.EN {
		t.Errorf("%s: %+v", name, text)
	}
	if len(sent) > len("@example.com") && (strings.Contains(text.ZH, sent) || strings.Contains(text.EN, sent) || strings.Contains(err.Error(), sent)) {
		t.Errorf("%s: the answer repeats what was sent", name)
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	_, err := s.write(t, id, "nickname", `""`, "email", `"x"`, "phone", `"+8613800138000"`, "openid", `"x"`, "contact_preferences", `{"fax":true,"sms":1}`)
	want := []string{"body.contact_preferences.fax", "body.contact_preferences.sms", "body.email", "body.nickname", "body.openid", "body.phone"}
	if got := wrong(err); !errors.Is(err, profile.ErrInvalid) || !slices.Equal(got, want) {
		t.Errorf("%v: %v", err, got)
	}
	many := patch()
	for i := range 1000 {
		many["x"+strconv.Itoa(i)] = []byte("1")
	}
	if _, err := s.Write(t.Context(), id, nil, many); len(wrong(err)) == 0 || len(wrong(err)) > 32 {
		t.Errorf("%d problems", len(wrong(err)))
	}
}

func TestTheDomainOfAnEMailAddressIsKeptInLowerCase(t *testing.T) {
	s := open(t)
	s.consents.set(true, "account.contact")
	if p := s.must(t, s.person(t, "a", subject.Adult), "email", `"Some.One@EXAMPLE.com"`); shown(p) != "email=Some.One@example.com" {
		t.Error(shown(p))
	}
}

func TestEveryFieldIsADataItemOfThePolicy(t *testing.T) {
	s := open(t)
	s.consents.set(true, every...)
	id := s.person(t, "a", subject.Adult)
	sent := map[string]string{"contact_preferences": `{"sms":true}`, "phone": "null"}
	for _, in := range inputs {
		sent[in.name] = quote(in.good[0])
	}
	if !slices.IsSorted(profile.Names()) {
		t.Error("the table is not sorted, and is searched as if it were")
	}
	for _, name := range profile.Names() {
		s.must(t, id, name, sent[name])
	}
	if _, err := s.SetPhone(t.Context(), id, "code", nil); err != nil {
		t.Error(err)
	}
	if got := strings.Fields(s.stored(t, id)); !slices.Equal(got, profile.Names()) {
		t.Error(got)
	}
}

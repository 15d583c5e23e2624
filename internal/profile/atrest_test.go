package profile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhiqing/internal/profile"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
)

// secrets are values that stand in no other file, in the order of the fields.
var secrets = map[string]string{
	"nickname": "晓雾-nickname-7731", "avatar": "https://example.com/avatar-7731", "gender": "undisclosed", "birth_date": "1987-03-19",
	"email": "mail-7731@example.com", "postal_address": "静水市听雨区长亭路7731号", "reminder_date": "2031-09-27",
}

func TestNoFileOfTheStoreHoldsAProfileInPlainText(t *testing.T) {
	p := prove.Row(t, "A-L48.1")
	s := open(t)
	s.consents.set(true, every...)
	s.wechat.number = "13977317731"
	id := s.person(t, "openid-7731", subject.Adult)
	for name, v := range secrets {
		s.must(t, id, name, quote(v))
	}
	s.must(t, id, "contact_preferences", `{"wechat":true}`)
	_, err := s.SetPhone(t.Context(), id, "code-7731", nil)
	p.NoError(err)
	words := []string{"openid-7731", "code-7731", "13977317731", "+86139", `{"wechat":true}`}
	for _, v := range secrets {
		words = append(words, v)
	}
	p.Equal(s.found(t, words), []string(nil))
	p.That(len(s.found(t, []string{id})) == 1, "the scan does not see what is there: the subject's id")

	s.consents.set(false, every...)
	s.reconcile(t, id)
	p.Equal(s.stored(t, id), "avatar contact_preferences nickname")
	p.Equal(s.found(t, words), []string(nil))
}

// found lists the words that some file of the store holds, in UTF-8.
func (s *stage) found(t *testing.T, words []string) (found []string) {
	t.Helper()
	files, err := filepath.Glob(s.path + "*") // with the write-ahead log
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, word := range words {
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(data, []byte(word)) {
				found = append(found, word)
				break
			}
		}
	}
	return found
}

func TestASealedFieldOpensOnlyInItsPlace(t *testing.T) {
	s := open(t)
	s.consents.set(true, every...)
	a, b := s.person(t, "a", subject.Adult), s.person(t, "b", subject.Adult)
	s.must(t, a, "nickname", `"小明"`, "gender", `"other"`)
	s.must(t, b, "nickname", `"小红"`, "gender", `"other"`)
	from, err := s.subjects.Find(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	nickname, _ := from.Field("nickname")
	for name, move := range map[string]struct {
		to    string
		field subject.Field
	}{
		"to another person": {b, nickname},
		"to another field":  {a, subject.Field{Name: "gender", Sealed: nickname.Sealed, Purpose: "account.profile"}},
	} {
		s.alter(t, move.to, func(p *subject.Subject) { p.SetField(move.field) })
		read, err := s.Read(t.Context(), move.to)
		if !errors.Is(err, vault.ErrSealed) || len(read.Fields) > 0 {
			t.Errorf("%s: %v %v", name, read, err)
		}
		if text := fmt.Sprint(err); strings.Contains(text, "小明") {
			t.Errorf("%s: the error tells what it failed to read", name)
		}
	}
}

func TestAWriteCountsFromTheNextReadOn(t *testing.T) {
	for _, row := range []*prove.Proof{prove.Row(t, "A-L39.2"), prove.Row(t, "A-L39.8")} {
		s := open(t)
		id := s.person(t, "a", subject.Adult)
		other := s.with(s.consents) // another process on the same store
		for _, now := range []string{"小明", "小红"} {
			s.must(t, id, "nickname", quote(now), "contact_preferences", fmt.Sprintf(`{"sms":%t}`, now == "小明"))
			for _, desk := range []*profile.Desk{s.Desk, other} {
				read, err := desk.Read(t.Context(), id)
				row.NoError(err)
				row.Equal(value(read, "nickname").Value, now)
				row.Equal(value(read, "contact_preferences").Value, map[string]any{"sms": now == "小明"})
			}
		}
	}
}

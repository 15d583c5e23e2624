package profile

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/internal/fault"
	"zhiqing/internal/subject"
)

// The fields that the code itself has to name.
const (
	phone       = subject.PhoneField
	birthDate   = "birth_date"
	preferences = "contact_preferences"
)

// field is one line of the table.
type field struct {
	name string
	// read makes the value to keep of one that was sent; at is the present. What is wrong is said in the words of wants.
	read  func(sent any, at time.Time) (value any, ok bool)
	wants fault.Text
}

// fields is the whole profile, sorted by name. Each is a data item of the same code in the purposes catalogue.
var fields = []field{
	{"avatar", avatar, fault.Text{
		ZH: "须为不超过 512 个字符、不含用户名和片段的 https 图片地址，或者不超过 32 KiB 的 PNG、JPEG、WebP 图片（data:image/…;base64,）",
		EN: "must be an https address of at most 512 characters without user name and fragment, or a PNG, JPEG or WebP picture of at most 32 KiB (data:image/…;base64,)"}},
	{birthDate, pastDate, fault.Text{ZH: "须为真实存在、今天或更早的日期，如 1990-05-01", EN: "must be a day that exists, today or earlier, such as 1990-05-01"}},
	{preferences, nil, fault.Text{ZH: "须为对象，如 {\"email\": true, \"phone\": false}", EN: "must be an object such as {\"email\": true, \"phone\": false}"}},
	{"email", email, fault.Text{ZH: "须为电子邮件地址，最多 254 个字符，如 someone@example.com", EN: "must be an e-mail address of at most 254 characters, such as someone@example.com"}},
	{"gender", gender, fault.Text{ZH: "须为 female、male、other、undisclosed 之一", EN: "must be one of female, male, other, undisclosed"}},
	{"nickname", lineOf(1, 32), fault.Text{ZH: "须为 1–32 个字符，不含换行和控制字符", EN: "must be 1–32 characters without line breaks and control characters"}},
	{phone, nil, fault.Text{ZH: "手机号只能通过微信的手机号按钮填写（POST /v1/me/profile/phone），不能直接提交", EN: "a phone number comes from WeChat's phone button only (POST /v1/me/profile/phone), it cannot be sent here"}},
	{"postal_address", lineOf(5, 200), fault.Text{ZH: "须为 5–200 个字符，不含换行和控制字符", EN: "must be 5–200 characters without line breaks and control characters"}},
	{"reminder_date", anyDate, fault.Text{ZH: "须为真实存在的日期，如 05-20 或 2027-05-20", EN: "must be a day that exists, such as 05-20 or 2027-05-20"}},
}

var (
	unknownField = fault.Text{ZH: "未知字段", EN: "unknown field"}
	yesOrNo      = fault.Text{ZH: "须为 true、false 或 null", EN: "must be true, false or null"}
)

// Names lists the fields of a profile, sorted.
func Names() []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

func find(name string) *field {
	i, found := slices.BinarySearchFunc(fields, name, func(f field, name string) int { return strings.Compare(f.name, name) })
	if !found {
		return nil
	}
	return &fields[i]
}

// change is what a patch does to one field: value nil erases it, switches are merged into what is there, anything else
// replaces it.
type change struct {
	name  string
	value any
}

// parse reads a merge patch (RFC 7396) whole, and names everything that is wrong with it at once. The result is sorted by
// name.
func parse(patch map[string]jsontext.Value, at time.Time) ([]change, error) {
	changes := make([]change, 0, len(patch))
	var wrong []fault.Field
	for name, raw := range patch {
		value, problems := parseOne(name, raw, at)
		wrong = append(wrong, problems...)
		changes = append(changes, change{name, value})
	}
	slices.SortFunc(changes, func(a, b change) int { return strings.Compare(a.name, b.name) })
	if len(wrong) == 0 {
		return changes, nil
	}
	slices.SortFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
	f := ErrInvalid
	for _, w := range wrong[:min(len(wrong), maxWrong)] {
		f = f.At(w.Path, w.Text.ZH, w.Text.EN)
	}
	return nil, f
}

// maxWrong bounds the problems that one answer names: a patch may hold any number of unknown names.
const maxWrong = 32

func parseOne(name string, raw jsontext.Value, at time.Time) (any, []fault.Field) {
	path := "body." + name
	f := find(name)
	if f == nil {
		return nil, []fault.Field{{Path: path, Text: unknownField}}
	}
	var sent any
	if err := json.Unmarshal(raw, &sent); err != nil {
		return nil, []fault.Field{{Path: path, Text: f.wants}}
	}
	if sent == nil {
		return nil, nil // erasing is open for each field, also for the phone: it takes nothing from whoever sends it
	}
	if name == preferences {
		return parseSwitches(path, sent, f.wants)
	}
	if f.read != nil {
		if value, ok := f.read(sent, at); ok {
			return value, nil
		}
	}
	return nil, []fault.Field{{Path: path, Text: f.wants}}
}

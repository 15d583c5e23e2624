package lookup

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// hidden stands for whatever is not shown; it does not tell how long that was.
const hidden = "***"

// masks says how much of each field of a profile is shown. A field that is not here is hidden altogether.
var masks = map[string]func(string) string{
	"nickname":       firstLetter,
	"phone":          maskPhone,
	"email":          maskEmail,
	"postal_address": maskAddress,
}

// masked shows a value under the mask of its field.
func masked(field string, value any) string {
	text, ok := value.(string)
	if mask := masks[field]; ok && mask != nil {
		return mask(text)
	}
	return hidden
}

// firstLetter: 张** . A single letter is the whole name and is hidden.
func firstLetter(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == len(s) || r == utf8.RuneError {
		return hidden
	}
	return string(r) + "**"
}

var mainland = regexp.MustCompile(`^\+86(1\d{2})\d{4}(\d{4})$`)

// maskPhone: 138****5678; of a number abroad the last two digits.
func maskPhone(s string) string {
	if m := mainland.FindStringSubmatch(s); m != nil {
		return m[1] + "****" + m[2]
	}
	if len(s) < 8 {
		return hidden
	}
	return "+****" + s[len(s)-2:]
}

// maskEmail: a***@d***.cn.
func maskEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	dot := strings.LastIndexByte(s, '.')
	if at < 1 || dot < at+2 {
		return hidden
	}
	return first(s[:at]) + hidden + "@" + first(s[at+1:]) + hidden + s[dot:]
}

func first(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

var region = regexp.MustCompile(`^(?:\p{Han}{1,6}?(?:省|自治区|特别行政区|市)(?:\p{Han}{1,8}?(?:市|自治州|地区|盟))?)`)

// maskAddress: 广东省深圳市***; the region, where the address begins with one.
func maskAddress(s string) string { return region.FindString(s) + hidden }

// maskNumber: PN-****-**7C, enough to tell two people apart.
func maskNumber(n string) string {
	if len(n) != len("PN-XXXX-XXXX") {
		return hidden
	}
	return n[:3] + "****-**" + n[len(n)-2:]
}

// plain is a value of a profile as text: switches are named when they are on.
func plain(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		var on []string
		for name, set := range v {
			if set == true {
				on = append(on, name)
			}
		}
		slices.Sort(on)
		return strings.Join(on, ", ")
	}
	return ""
}

package profile

import (
	"bytes"
	"encoding/base64"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"zhiqing/internal/guardian"
)

// lineOf reads a text of one line, least to most characters long once the spaces around it are gone.
func lineOf(least, most int) func(any, time.Time) (any, bool) {
	return func(sent any, _ time.Time) (any, bool) {
		s, _ := sent.(string)
		s = strings.TrimSpace(s)
		n := utf8.RuneCountInString(s)
		return s, n >= least && n <= most && strings.IndexFunc(s, hidden) < 0
	}
}

// hidden are characters that nobody sees and that can change how a page shows what stands around them: controls, line
// separators, marks of direction. What joins emoji and letters is not among them.
func hidden(r rune) bool {
	switch {
	case r == '\u200c', r == '\u200d', r >= 0xe0020 && r <= 0xe007f:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) || r == utf8.RuneError
}

func gender(sent any, _ time.Time) (any, bool) {
	s, _ := sent.(string)
	return s, slices.Contains([]string{"female", "male", "other", "undisclosed"}, s)
}

const maxEmail = 254 // RFC 5321 §4.5.3.1.3, less the brackets

// email reads an address and nothing else: no display name, no comment, no address literal. The domain is in lower case.
func email(sent any, _ time.Time) (any, bool) {
	s, _ := sent.(string)
	if len(s) > maxEmail {
		return nil, false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || strings.ContainsAny(s, "[]\"") || strings.IndexFunc(s, hidden) >= 0 {
		return nil, false
	}
	local, domain, _ := strings.Cut(s, "@")
	kept := local + "@" + strings.ToLower(domain)
	return kept, len(kept) <= maxEmail // a letter's lower case may be longer
}

const (
	maxLink    = 512
	maxPicture = 32 << 10 // of the whole data: address
)

// avatar reads a link or a small picture. A link is only kept and shown: nothing here fetches it.
func avatar(sent any, _ time.Time) (any, bool) {
	s, _ := sent.(string)
	if kind, data, ok := strings.Cut(s, ";base64,"); ok && strings.HasPrefix(kind, "data:") {
		return s, len(s) <= maxPicture && isPicture(kind, data)
	}
	return s, len(s) <= maxLink && isLink(s)
}

func isLink(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || strings.Contains(s, "#") {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil
}

// isPicture reports whether the bytes are of the kind that is claimed, by how such files begin.
func isPicture(kind, data string) bool {
	b, err := base64.StdEncoding.Strict().DecodeString(data)
	if err != nil || strings.ContainsAny(data, "\r\n") { // which the decoder passes over
		return false
	}
	switch kind {
	case "data:image/png":
		return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n"))
	case "data:image/jpeg":
		return bytes.HasPrefix(b, []byte("\xff\xd8\xff"))
	case "data:image/webp":
		return len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
	}
	return false
}

// pastDate reads a birth date. Whether it is an adult's is looked at together with the account.
func pastDate(sent any, at time.Time) (any, bool) {
	s, _ := sent.(string)
	_, err := guardian.ParseDate(s, at)
	return s, err == nil
}

// anyDate reads a day of some year, or of every year.
func anyDate(sent any, _ time.Time) (any, bool) {
	s, _ := sent.(string)
	const leap = "2000-" // 29 February is a day to be reminded of
	if len(s) == len("05-20") {
		_, err := time.Parse(time.DateOnly, leap+s)
		return s, err == nil
	}
	day, err := time.Parse(time.DateOnly, s)
	return s, err == nil && day.Year() >= 1900
}

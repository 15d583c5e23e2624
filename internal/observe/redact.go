package observe

import (
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

const redacted = "[redacted]"

// maxText bounds one text of a log line, in bytes.
const maxText = 4 << 10

// secretWords name what must not be logged, compared with a key in lower case without - and _. Not among them: `code`,
// which names the stable code of a fault.
var secretWords = []string{
	"secret", "password", "passwd", "passphrase", "token", "authorization", "cookie", "credential", "bearer",
	"apikey", "privatekey", "sessionkey", "aeskey", "jscode", "logincode", "phonecode", "pairingcode",
	"openid", "unionid", "phone", "mobile", "email", "nickname", "realname", "birthdate", "idnumber", "useragent",
}

var separators = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")

func saysSecret(key string) bool {
	key = separators.Replace(strings.ToLower(key))
	for _, word := range secretWords {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// redact returns a with everything replaced that looks like a secret or a person.
func (n net) redact(a slog.Attr) slog.Attr {
	if n.blind || saysSecret(a.Key) {
		return slog.String(a.Key, redacted)
	}
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindGroup:
		group := make([]slog.Attr, 0, len(v.Group()))
		for _, member := range v.Group() {
			group = append(group, n.redact(member))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}
	case slog.KindString:
		return slog.String(a.Key, scrub(v.String()))
	case slog.KindInt64:
		return number(a.Key, v, strconv.FormatInt(v.Int64(), 10))
	case slog.KindUint64:
		return number(a.Key, v, strconv.FormatUint(v.Uint64(), 10))
	case slog.KindAny:
		return slog.String(a.Key, scrub(text(v.Any())))
	default: // a bool, a float, a time, a duration: these hold no identifier
		return slog.Attr{Key: a.Key, Value: v}
	}
}

func number(key string, v slog.Value, digits string) slog.Attr {
	if scrub(digits) != digits {
		return slog.String(key, redacted)
	}
	return slog.Attr{Key: key, Value: v}
}

// text prints any value so that it can be searched. Raw bytes have no readable form in which to search, so they go.
func text(v any) string {
	if _, raw := v.([]byte); raw {
		return redacted
	}
	return fmt.Sprintf("%+v", v)
}

var (
	// jwt is three base64url parts of which the first begins with {" (RFC 7519).
	jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?`)
	// refresh is our own opaque token (internal/session).
	refresh = regexp.MustCompile(`zrt_[A-Za-z0-9_-]+`)
	// userinfo is the user and password in a URL.
	userinfo = regexp.MustCompile(`://[^/\s@]+@`)
	// word is a run in which an openid is looked for.
	word = regexp.MustCompile(`[A-Za-z0-9_-]{28,}`)
	// phone is a mobile number of mainland China, with or without country code and separators.
	phone = regexp.MustCompile(`(^|[^0-9A-Za-z])((?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4})\b`)
	// resident is a resident identity number (GB 11643): 17 digits and a check symbol.
	resident = regexp.MustCompile(`\b[1-9]\d{16}[\dXx]\b`)
)

// scrub replaces the parts of s that look like a token, an openid, a phone or an identity number, and bounds its length.
func scrub(s string) string {
	s = jwt.ReplaceAllString(s, redacted)
	s = refresh.ReplaceAllString(s, redacted)
	s = userinfo.ReplaceAllString(s, "://"+redacted+"@")
	s = word.ReplaceAllStringFunc(s, func(w string) string {
		if len(w) == 28 && w[0] == 'o' {
			return redacted
		}
		return w
	})
	s = resident.ReplaceAllString(s, redacted)
	s = phone.ReplaceAllString(s, "${1}"+redacted)
	return shorten(s)
}

func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

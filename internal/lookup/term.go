package lookup

import (
	"errors"
	"regexp"
	"strings"

	"zhiqing/internal/ident"
)

// kind is what a term is; the audit names a search by it, never by the term.
type kind string

const (
	privacyNumber kind = "privacy_number"
	requestNumber kind = "request_number"
	receiptNumber kind = "receipt_number"
	phoneNumber   kind = "phone"
)

// term is what was typed, in the one form in which it is looked for.
type term struct {
	kind  kind
	value string
}

// maxTerm bounds what is typed, in bytes; the longest that can be meant is a receipt's number.
const maxTerm = 120

var (
	mobile = regexp.MustCompile(`^(?:\+86|0086|86)?(1[3-9]\d{9})$`)
	abroad = regexp.MustCompile(`^\+[1-9]\d{6,14}$`) // ITU-T E.164
)

// parseTerm recognises a term by its form. Faults: ErrTerm, ErrCheck.
func parseTerm(typed string) (term, error) {
	t := strings.TrimSpace(strings.Map(narrow, typed))
	if t == "" || len(t) > maxTerm {
		return term{}, ErrTerm.At("body.term", "请输入一个完整的编号", "enter one whole number")
	}
	upper := strings.ToUpper(t)
	switch {
	case strings.HasPrefix(upper, "ENT_"), strings.HasPrefix(upper, "RCP_"):
		return receiptTerm(strings.ToLower(t))
	case strings.HasPrefix(upper, "RQ"):
		return numberTerm(requestNumber, t, ident.ParseRequestNumber)
	}
	if n, ok := phoneOf(t); ok {
		return term{phoneNumber, n}, nil
	}
	return numberTerm(privacyNumber, t, ident.ParsePrivacyNumber)
}

// narrow brings full-width letters, digits and signs, as Chinese keyboards make them, to ASCII.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000':
		return ' '
	}
	return r
}

func numberTerm(k kind, typed string, parse func(string) (string, error)) (term, error) {
	n, err := parse(typed)
	switch {
	case errors.Is(err, ident.ErrCheckSymbol):
		return term{}, ErrCheck.At("body.term", "请逐位核对", "compare it symbol by symbol")
	case err != nil:
		return term{}, ErrTerm.At("body.term", "形如 PN-7ZK3-Q9MC、RQ-7ZK3-Q9MC、ent_… 或 13800138000", "such as PN-7ZK3-Q9MC, RQ-7ZK3-Q9MC, ent_… or 13800138000")
	}
	return term{k, n}, nil
}

// receiptTerm takes a receipt's number as well as its entry's.
func receiptTerm(t string) (term, error) {
	id := "ent" + t[len("ent"):]
	if _, _, ok := ident.ParseEntryID(id); !ok {
		return term{}, ErrTerm.At("body.term", "回执编号不完整", "this receipt number is not whole")
	}
	return term{receiptNumber, id}, nil
}

// phoneOf brings a number to the form +8613800138000. A number without a country is one of the mainland.
func phoneOf(t string) (string, bool) {
	t = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(t)
	if m := mobile.FindStringSubmatch(t); m != nil {
		return "+86" + m[1], true
	}
	return t, abroad.MatchString(t) && !strings.HasPrefix(t, "+86")
}

package ident

import (
	"errors"
	"strings"
)

// A privacy number is what a person reads out to support: `PN-XXXX-XXXX`, seven random symbols and a check symbol.
// The check is Crockford's modulo 37; numbers whose check would be one of its five extra symbols (*~$=U) are never
// made, so that every symbol can be said and typed.

// ErrPrivacyNumber says that a text is no privacy number; ErrCheckSymbol that it would be, but for one symbol.
var (
	ErrPrivacyNumber = errors.New("ident: not of the form PN-XXXX-XXXX")
	ErrCheckSymbol   = errors.New("ident: check symbol does not match")
)

// The prefixes of numbers that people read out.
const (
	privacyPrefix = "PN"
	requestPrefix = "RQ"
	reportPrefix  = "RP"
)

// NewPrivacyNumber draws a number (2^35 possible, a few taken out); the caller makes sure that it is not in use.
func (s Source) NewPrivacyNumber() string { return s.number(privacyPrefix) }

// NewRequestNumber draws the number of a rights request, `RQ-XXXX-XXXX`, in the same way.
func (s Source) NewRequestNumber() string { return s.number(requestPrefix) }

// NewReportNumber draws the number of a report from outside, `RP-XXXX-XXXX`: another prefix, so that no report and no request
// can ever have the same number.
func (s Source) NewReportNumber() string { return s.number(reportPrefix) }

func (s Source) number(prefix string) string {
	for {
		var symbols [7]byte
		for i, b := range s.Bytes(len(symbols)) {
			symbols[i] = Alphabet[b%32]
		}
		if check := checkOf(symbols[:]); check < 32 {
			return format(prefix, append(symbols[:], Alphabet[check]))
		}
	}
}

// ParsePrivacyNumber brings what a person typed into the canonical form: any case, with or without PN, dashes and
// spaces, O for 0 and I or L for 1.
func ParsePrivacyNumber(typed string) (string, error) { return parse(privacyPrefix, typed) }

// ParseRequestNumber does the same for the number of a rights request.
func ParseRequestNumber(typed string) (string, error) { return parse(requestPrefix, typed) }

// ParseReportNumber does the same for the number of a report. Older reports are numbered RQ-XXXX-XXXX; they keep that.
func ParseReportNumber(typed string) (string, error) {
	if t := narrow(typed); len(t) > numberLen && strings.HasPrefix(t, requestPrefix) {
		return parse(requestPrefix, typed)
	}
	return parse(reportPrefix, typed)
}

// numberLen is how many symbols a number has behind its prefix.
const numberLen = 8

// narrow is what was typed without what does not count.
func narrow(typed string) string {
	return strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
}

func parse(prefix, typed string) (string, error) {
	t := narrow(typed)
	if len(t) > numberLen { // a number may begin with the letters of its own prefix
		t = strings.TrimPrefix(t, prefix)
	}
	if len(t) != numberLen {
		return "", ErrPrivacyNumber
	}
	for i := range len(t) {
		if strings.IndexByte(Alphabet, t[i]) < 0 {
			return "", ErrPrivacyNumber
		}
	}
	if check := checkOf([]byte(t[:7])); check >= 32 || Alphabet[check] != t[7] {
		return "", ErrCheckSymbol
	}
	return format(prefix, []byte(t)), nil
}

func checkOf(symbols []byte) int {
	n := 0
	for _, s := range symbols {
		n = (n*32 + strings.IndexByte(Alphabet, s)) % 37
	}
	return n
}

func format(prefix string, s []byte) string {
	return prefix + "-" + string(s[:4]) + "-" + string(s[4:])
}

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

// NewPrivacyNumber draws a number (2^35 possible, a few taken out); the caller makes sure that it is not in use.
func (s Source) NewPrivacyNumber() string {
	for {
		var symbols [7]byte
		for i, b := range s.Bytes(len(symbols)) {
			symbols[i] = Alphabet[b%32]
		}
		if check := checkOf(symbols[:]); check < 32 {
			return format(append(symbols[:], Alphabet[check]))
		}
	}
}

// ParsePrivacyNumber brings what a person typed into the canonical form: any case, with or without PN, dashes and
// spaces, O for 0 and I or L for 1.
func ParsePrivacyNumber(typed string) (string, error) {
	t := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	t = strings.TrimPrefix(t, "PN")
	if len(t) != 8 {
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
	return format([]byte(t)), nil
}

func checkOf(symbols []byte) int {
	n := 0
	for _, s := range symbols {
		n = (n*32 + strings.IndexByte(Alphabet, s)) % 37
	}
	return n
}

func format(s []byte) string { return "PN-" + string(s[:4]) + "-" + string(s[4:]) }

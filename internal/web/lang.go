package web

import (
	"context"

	"golang.org/x/text/language"
)

// The languages of the product, the default first.
const (
	Chinese = "zh-CN"
	English = "en"
)

// acceptLimit bounds how much of Accept-Language is parsed, in bytes; browsers send less than a hundred.
const acceptLimit = 256

var languages = language.NewMatcher([]language.Tag{language.MustParse(Chinese), language.English})

// Lang is the language in which to answer, zh-CN or en, by the request's Accept-Language (RFC 9110 §12.5.4). It is
// Chinese when the client does not say, or says nothing that we speak.
func Lang(ctx context.Context) string {
	if r := requestOf(ctx); r != nil {
		return langOf(r.accept)
	}
	return Chinese
}

func langOf(accept string) string {
	if accept == "" || len(accept) > acceptLimit {
		return Chinese
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return Chinese
	}
	if _, index, confidence := languages.Match(tags...); index == 1 && confidence > language.No {
		return English
	}
	return Chinese
}

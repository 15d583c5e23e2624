package web

import (
	"net/http"
	"strings"
)

// Fresh reports whether an If-None-Match header names etag (with its quotes): then the client's copy is current. It
// compares weakly, as RFC 9110 §13.1.2 asks for.
func Fresh(ifNoneMatch, etag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// NotModified is what a handler returns when the client's copy is Fresh: a 304 with the headers that the full answer
// would have had (RFC 9110 §15.4.5). Leave empty what it would not have.
func NotModified(etag, cacheControl, vary string) error {
	return &Problem{Status: http.StatusNotModified, cause: errInternal, headers: [][2]string{{"ETag", etag}, {"Cache-Control", cacheControl}, {"Vary", vary}}}
}

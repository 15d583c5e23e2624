package web

import (
	"errors"
	"net/http"
	"strings"

	"zhiqing/internal/fault"
)

// ErrNoCondition refuses a write that does not say which version it means to replace: one of two people who write at
// once would lose what the other wrote (RFC 6585 §3).
var ErrNoCondition = fault.Define(fault.Unconditional, "request.precondition_required", "请在 If-Match 中注明所修改的版本（读取时得到的 ETag）。", "Say in If-Match which version you are changing: the ETag from reading it.")

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

// Matches reports whether an If-Match header names a tag (with its quotes) that is the current one, or anything that exists
// (`*`). Weak tags are passed over: the comparison is the strong one (RFC 9110 §13.1.1).
func Matches(ifMatch string, current func(tag string) bool) bool {
	for candidate := range strings.SplitSeq(ifMatch, ",") {
		if candidate = strings.TrimSpace(candidate); candidate == "*" || !strings.HasPrefix(candidate, "W/") && current(candidate) {
			return true
		}
	}
	return false
}

// WithETag adds the current ETag to the answer of a write that came too late, so that the client knows what it is late for.
// Any other error is returned as it is.
func WithETag(err error, etag string) error {
	var f *fault.Fault
	if etag == "" || !errors.As(err, &f) || f.Kind != fault.Stale {
		return err
	}
	p := problemOf(f, err)
	p.headers = [][2]string{{"ETag", etag}}
	return p
}

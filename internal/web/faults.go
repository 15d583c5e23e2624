package web

import (
	"net/http"

	"zhiqing/internal/fault"
)

// The failures of the edge itself: what is wrong with a request before any operation looks at its meaning.
var (
	errMalformed   = fault.Define(fault.Invalid, "request.malformed", "请求内容不是有效的 JSON。", "The request is not valid JSON.")
	errTarget      = fault.Define(fault.Invalid, "request.malformed_target", "请求地址的格式有误。", "The request target is malformed.")
	errHTTP        = fault.Define(fault.Invalid, "request.malformed_http", "请求不符合 HTTP 格式。", "The request is not well-formed HTTP.")
	errInvalid     = fault.Define(fault.Invalid, "request.invalid", "请检查填写的内容。", "Please check what you entered.")
	errUnknownPath = fault.Define(fault.Missing, "request.unknown_path", "没有这个接口。", "There is nothing at this path.")
	errMethod      = fault.Define(fault.Invalid, "request.method_not_allowed", "该接口不支持此方法。", "This path does not offer that method.")
	errNoMethod    = fault.Define(fault.Invalid, "request.unknown_method", "不支持此方法。", "Unknown method.")
	errAccept      = fault.Define(fault.Invalid, "request.not_acceptable", "无法以所要的格式回答。", "There is no answer in the format asked for.")
	errSlow        = fault.Define(fault.Invalid, "request.timeout", "请求发送过慢，请重试。", "The request took too long to arrive. Please try again.")
	errTooLarge    = fault.Define(fault.TooLarge, "request.too_large", "请求内容过大。", "The request body is too large.")
	errMediaType   = fault.Define(fault.Invalid, "request.unsupported_media_type", "请求内容须为 application/json。", "The body must be application/json.")
	errHeaders     = fault.Define(fault.TooLarge, "request.headers_too_large", "请求头过大。", "The header fields are too large.")
	errOverdue     = fault.Define(fault.Unavailable, "request.overdue", "服务繁忙，请稍后再试。", "This took too long. Please try again in a moment.")
	errUnavailable = fault.Define(fault.Unavailable, "unavailable", "服务暂时不可用，请稍后再试。", "The service is unavailable for now. Please try again in a moment.")
	errInternal    = fault.Define(fault.Internal, "internal", "服务内部出错，我们会尽快处理。请稍后再试。", "Something went wrong on our side. Please try again later.")
)

// byStatus is the fault behind a status that huma, Fiber or fasthttp gives. Statuses that no kind has live only here.
var byStatus = map[int]*fault.Fault{
	http.StatusBadRequest:                  errMalformed,
	http.StatusNotFound:                    errUnknownPath,
	http.StatusMethodNotAllowed:            errMethod,
	http.StatusNotAcceptable:               errAccept,
	http.StatusRequestTimeout:              errSlow,
	http.StatusRequestEntityTooLarge:       errTooLarge,
	http.StatusUnsupportedMediaType:        errMediaType,
	http.StatusUnprocessableEntity:         errInvalid,
	http.StatusRequestHeaderFieldsTooLarge: errHeaders,
	http.StatusNotImplemented:              errNoMethod,
	http.StatusServiceUnavailable:          errUnavailable,
}

// ownStatus is the status of the edge's faults that differ from their kind's.
var ownStatus = map[string]int{
	errMalformed.Code: http.StatusBadRequest,
	errTarget.Code:    http.StatusBadRequest,
	errHTTP.Code:      http.StatusBadRequest,
	errMethod.Code:    http.StatusMethodNotAllowed,
	errNoMethod.Code:  http.StatusNotImplemented,
	errAccept.Code:    http.StatusNotAcceptable,
	errSlow.Code:      http.StatusRequestTimeout,
	errMediaType.Code: http.StatusUnsupportedMediaType,
	errHeaders.Code:   http.StatusRequestHeaderFieldsTooLarge,
}

// statusOf is the HTTP status of a fault.
func statusOf(f *fault.Fault) int {
	if status, ok := ownStatus[f.Code]; ok {
		return status
	}
	return statuses[f.Kind]
}

package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"zhiqing/internal/fault"
)

// Problem is what a client reads when a request fails (RFC 9457). Code is stable and is what programs switch on; Title
// and Detail are for people, in their language. Rejected values are never in it.
type Problem struct {
	_ struct{} `json:"-" additionalProperties:"true"` // a problem may have members of its own kind (RFC 9457 §3.2)

	Type     string         `json:"type" format:"uri" doc:"错误类型，与 code 对应 · The kind of problem, one to one with code" example:"urn:zhiqing:problem:request.invalid"`
	Title    string         `json:"title" doc:"错误类别 · What sort of problem it is" example:"输入有误"`
	Status   int            `json:"status" doc:"HTTP 状态码 · The HTTP status" example:"422"`
	Detail   string         `json:"detail" doc:"可以直接向用户展示的说明 · A sentence that may be shown to the person" example:"请检查填写的内容。"`
	Code     string         `json:"code" doc:"稳定的错误代码，供程序判断 · Stable; what programs switch on" example:"request.invalid"`
	Instance string         `json:"instance,omitempty" format:"uri" doc:"本次请求的编号，联系客服时提供 · This request, to name when asking for help" example:"urn:zhiqing:request:rid_4rv1…"`
	Errors   []ProblemField `json:"errors,omitempty" doc:"有误的输入项 · The inputs that are wrong"`

	cause   *fault.Fault
	err     error       // what the handler returned, for the log
	headers [][2]string // of a 304 or a 412
}

// ProblemField names one wrong input.
type ProblemField struct {
	Location string `json:"location" doc:"输入项的位置 · Where it is" example:"body.decisions[0].purpose"`
	Message  string `json:"message" doc:"要求 · What is expected" example:"必填"`
}

const problemType = "application/problem+json"

// typePrefix makes a URI of a code. It is a name and no address: there is nothing to fetch.
const typePrefix = "urn:zhiqing:problem:"

// Error is the code and the English sentence, for logs.
func (p *Problem) Error() string { return p.cause.Error() }

// Unwrap gives the fault behind it.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus is for huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is for huma: a problem is application/problem+json.
func (p *Problem) ContentType(string) string { return problemType }

// speak fills the texts in lang.
func (p *Problem) speak(lang string) {
	p.Title = titles[p.Status].In(lang)
	p.Detail = p.cause.Text.In(lang)
	p.Errors = make([]ProblemField, 0, len(p.cause.Fields))
	for _, f := range p.cause.Fields {
		p.Errors = append(p.Errors, ProblemField{f.Path, f.Text.In(lang)})
	}
}

// MarshalJSON adds the fault's own members. They cannot replace the standard ones.
func (p *Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	standard, err := json.Marshal((*plain)(p))
	if err != nil || len(p.cause.Extra) == 0 {
		return standard, err
	}
	extra := make(map[string]any, len(p.cause.Extra))
	for name, value := range p.cause.Extra {
		if !strings.Contains(reserved, " "+name+" ") {
			extra[name] = value
		}
	}
	own, err := json.Marshal(extra)
	if err != nil || len(own) == len("{}") {
		return standard, err
	}
	return append(append(standard[:len(standard)-1], ','), own[1:]...), nil
}

const reserved = " type title status detail code instance errors "

// statuses is the one translation from a kind of failure to HTTP.
var statuses = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.Hidden:          http.StatusNotFound, // must look exactly like Missing
	fault.Missing:         http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Stale:           http.StatusPreconditionFailed,   // RFC 9110 §15.5.13
	fault.Unconditional:   http.StatusPreconditionRequired, // RFC 6585 §3
	fault.Gone:            http.StatusGone,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// titles says what sort of problem a status is.
var titles = map[int]fault.Text{
	http.StatusBadRequest:                  {ZH: "请求格式有误", EN: "Malformed request"},
	http.StatusUnauthorized:                {ZH: "需要登录", EN: "Sign-in needed"},
	http.StatusForbidden:                   {ZH: "不允许", EN: "Not allowed"},
	http.StatusNotFound:                    {ZH: "未找到", EN: "Not found"},
	http.StatusMethodNotAllowed:            {ZH: "方法不适用", EN: "Method not allowed"},
	http.StatusNotAcceptable:               {ZH: "无法提供所要的格式", EN: "Not acceptable"},
	http.StatusRequestTimeout:              {ZH: "请求超时", EN: "Request timed out"},
	http.StatusConflict:                    {ZH: "状态已变化", EN: "The state has moved on"},
	http.StatusGone:                        {ZH: "已失效", EN: "No longer there"},
	http.StatusPreconditionFailed:          {ZH: "内容已更新", EN: "Changed since it was read"},
	http.StatusPreconditionRequired:        {ZH: "须注明版本", EN: "Version needed"},
	http.StatusRequestEntityTooLarge:       {ZH: "内容过大", EN: "Too large"},
	http.StatusUnsupportedMediaType:        {ZH: "内容类型不支持", EN: "Unsupported media type"},
	http.StatusUnprocessableEntity:         {ZH: "输入有误", EN: "Invalid input"},
	http.StatusTooManyRequests:             {ZH: "请求过多", EN: "Too many requests"},
	http.StatusRequestHeaderFieldsTooLarge: {ZH: "请求头过大", EN: "Header fields too large"},
	http.StatusInternalServerError:         {ZH: "服务出错", EN: "Internal error"},
	http.StatusNotImplemented:              {ZH: "方法不支持", EN: "Method not implemented"},
	http.StatusServiceUnavailable:          {ZH: "暂时不可用", EN: "Unavailable for now"},
}

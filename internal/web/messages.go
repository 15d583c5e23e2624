package web

import (
	"strconv"
	"strings"
	"unicode/utf8"

	v "github.com/danielgtaylor/huma/v2/validation"
	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/internal/fault"
)

// expectation is one sentence of huma's validation in our words. %s stands for what the schema says (a bound, a list of
// values); a text without %s leaves it out, always so where huma would put the client's value there.
type expectation struct{ huma, zh, en string }

// expectations: the first that fits is taken, so the general ones come last.
var expectations = []expectation{
	{v.MsgUnexpectedProperty, "未知字段", "unknown field"},
	{"unknown query parameter", "未知的查询参数", "unknown query parameter"},
	{v.MsgExpectedRequiredProperty, "必填", "required"},
	{"required %s parameter is missing", "必填", "required"},
	{noBody, "须有请求内容", "a body is required"},
	{v.MsgExpectedDependentRequiredProperty, "填写 %[2]s 时必填 %[1]s", "%[1]s is required together with %[2]s"},
	{errDeepJSON.Error(), "嵌套层次过深", "nested too deeply"},
	{errDuplicateJSON.Error(), "同一字段出现了两次", "a field appears twice"},
	{errNotUTF8.Error(), "须为 UTF-8 编码", "must be UTF-8"},
	{errSyntaxJSON.Error(), "不是有效的 JSON", "not well-formed JSON"},
	{outOfRange, "超出范围", "out of range"},
	{v.MsgExpectedRFC3339DateTime, "须为日期时间，如 2026-01-31T08:00:00Z", "must be a date-time such as 2026-01-31T08:00:00Z"},
	{v.MsgExpectedRFC1123DateTime, "须为 HTTP 日期", "must be an HTTP date"},
	{v.MsgExpectedRFC3339Date, "须为日期，如 2026-01-31", "must be a date such as 2026-01-31"},
	{v.MsgExpectedRFC3339Time, "须为时间，如 08:00:00Z", "must be a time such as 08:00:00Z"},
	{"invalid date/time for format %s", "日期时间格式有误", "not a valid date and time"},
	{v.MsgExpectedRFC5322Email, "须为电子邮件地址", "must be an e-mail address"},
	{v.MsgExpectedRFC5890Hostname, "须为主机名", "must be a host name"},
	{v.MsgExpectedRFC2673IPv4, "须为 IPv4 地址", "must be an IPv4 address"},
	{v.MsgExpectedRFC2373IPv6, "须为 IPv6 地址", "must be an IPv6 address"},
	{v.MsgExpectedRFCIPAddr, "须为 IP 地址", "must be an IP address"},
	{v.MsgExpectedRFC3986URI, "须为网址", "must be a URI"},
	{v.MsgExpectedRFC4122UUID, "须为 UUID", "must be a UUID"},
	{v.MsgExpectedRFC6570URITemplate, "须为 URI 模板", "must be a URI template"},
	{v.MsgExpectedRFC6901JSONPointer, "须为 JSON 指针", "must be a JSON pointer"},
	{v.MsgExpectedRFC6901RelativeJSONPointer, "须为相对 JSON 指针", "must be a relative JSON pointer"},
	{v.MsgExpectedRegexp, "须为正则表达式", "must be a regular expression"},
	{v.MsgExpectedMatchAtLeastOneSchema, "不符合任何一种允许的形式", "matches none of the allowed forms"},
	{v.MsgExpectedMatchExactlyOneSchema, "须符合一种允许的形式", "must match one of the allowed forms"},
	{"expected value to match exactly one schema but matched multiple", "只能符合一种允许的形式", "must match only one of the allowed forms"},
	{v.MsgExpectedNotMatchSchema, "不允许的形式", "not an allowed form"},
	{v.MsgExpectedPropertyNameInObject, "缺少类型字段", "the field that names the type is missing"},
	{v.MsgExpectedBoolean, "须为 true 或 false", "must be true or false"},
	{"invalid boolean", "须为 true 或 false", "must be true or false"},
	{v.MsgExpectedDuration, "须为时长", "must be a duration"},
	{v.MsgExpectedNumber, "须为数字", "must be a number"},
	{"invalid float", "须为数字", "must be a number"},
	{"invalid floating value", "须为数字", "must be a number"},
	{v.MsgExpectedInteger, "须为整数", "must be a whole number"},
	{"invalid integer", "须为整数", "must be a whole number"},
	{v.MsgExpectedString, "须为文本", "must be text"},
	{v.MsgExpectedBase64String, "须为 base64 编码", "must be base64"},
	{v.MsgExpectedArray, "须为列表", "must be a list"},
	{v.MsgExpectedObject, "须为对象", "must be an object"},
	{v.MsgExpectedArrayItemsUnique, "列表中不能有重复项", "must not repeat an item"},
	{v.MsgExpectedOneOf, "须为以下之一：%s", "must be one of: %s"},
	{v.MsgExpectedMinimumNumber, "不得小于 %s", "must be at least %s"},
	{v.MsgExpectedExclusiveMinimumNumber, "须大于 %s", "must be greater than %s"},
	{v.MsgExpectedMaximumNumber, "不得大于 %s", "must be at most %s"},
	{v.MsgExpectedExclusiveMaximumNumber, "须小于 %s", "must be less than %s"},
	{v.MsgExpectedNumberBeMultipleOf, "须为 %s 的倍数", "must be a multiple of %s"},
	{v.MsgExpectedMinLength, "至少 %s 个字符", "at least %s characters"},
	{v.MsgExpectedMaxLength, "最多 %s 个字符", "at most %s characters"},
	{v.MsgExpectedMinItems, "至少 %s 项", "at least %s items"},
	{v.MsgExpectedMaxItems, "最多 %s 项", "at most %s items"},
	{v.MsgExpectedMinProperties, "至少 %s 个字段", "at least %s fields"},
	{v.MsgExpectedMaxProperties, "最多 %s 个字段", "at most %s fields"},
	{v.MsgExpectedMatchPattern, "格式须为 %s", "must match %s"},
	{v.MsgExpectedBePattern, "须为%s", "must be %s"},
}

// unexplained stands for every message that the table does not know: it may hold the client's value.
var unexplained = fault.Text{ZH: "不符合要求", EN: "not as required"}

// explain translates one of huma's messages. A missing property is reported at its object; we report it at its place.
func explain(location, message string) (path string, text fault.Text) {
	for _, x := range expectations {
		args, ok := match(x.huma, message)
		if !ok {
			continue
		}
		switch x.huma {
		case v.MsgExpectedRequiredProperty:
			location += "." + args[0]
		case outOfRange:
			location += dotted(args[0])
		}
		return bounded(location), fault.Text{ZH: fill(x.zh, args), EN: fill(x.en, args)}
	}
	return bounded(location), unexplained
}

// dotted writes a JSON pointer the way huma writes locations: /decisions/0/at becomes .decisions[0].at.
func dotted(pointer string) string {
	var path strings.Builder
	for token := range jsontext.Pointer(pointer).Tokens() {
		if _, err := strconv.Atoi(token); err == nil {
			path.WriteString("[" + token + "]")
		} else {
			path.WriteString("." + token)
		}
	}
	return path.String()
}

// match takes the arguments of a fmt template (with %v, %d, %s) out of a message made from it.
func match(template, message string) (args []string, ok bool) {
	for {
		i := strings.IndexByte(template, '%')
		if i < 0 {
			return args, message == template
		}
		rest, ok := strings.CutPrefix(message, template[:i])
		if !ok {
			return nil, false
		}
		template = template[i+2:]
		fixed, _, more := strings.Cut(template, "%")
		end := len(rest) - len(fixed)
		if more {
			end = strings.Index(rest, fixed)
		}
		if end < 0 {
			return nil, false
		}
		args, message = append(args, rest[:end]), rest[end:]
	}
}

func fill(text string, args []string) string {
	for i, arg := range args {
		text = strings.ReplaceAll(text, "%["+string(rune('1'+i))+"]s", arg)
		if i == 0 {
			text = strings.ReplaceAll(text, "%s", arg)
		}
	}
	return text
}

// maxPath bounds a location, in bytes: the name of an unknown field is the client's.
const maxPath = 160

func bounded(path string) string {
	if len(path) <= maxPath {
		return path
	}
	end := maxPath
	for !utf8.RuneStart(path[end]) {
		end--
	}
	return path[:end] + "…"
}

package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

const good = `{"decisions":[{"purpose":"profile","choice":"grant"}]}`

func TestGoodInputIsTaken(t *testing.T) {
	b := start(t, nil)
	for _, body := range []string{good, `{"decisions":[{"purpose":"微信","choice":"refuse"}],"at":"2026-01-31T08:00:00Z","count":2}`} {
		if a := b.send(t, "POST", "/decide?dry_run=true", body); a.status != 200 {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	if a := b.send(t, "POST", "/decide", good, "Content-Type", "application/merge-patch+json"); a.status != 200 {
		t.Error(a.body)
	}
}

func TestBadInputGetsAClearProblem(t *testing.T) {
	b := start(t, func(o *Options) { o.BodyLimit = 4096 })
	with := func(member string) string { return strings.TrimSuffix(good, "}") + "," + member + "}" }
	for name, c := range map[string]struct {
		path, body string
		status     int
		code       string
		location   string
		zh, en     string
	}{
		"no body":                 {"/decide", "", 400, "request.malformed", "body", "须有请求内容", "a body is required"},
		"malformed":               {"/decide", `{"decisions":[`, 400, "request.malformed", "body", "不是有效的 JSON", "not well-formed JSON"},
		"trailing":                {"/decide", good + "{}", 400, "request.malformed", "body", "不是有效的 JSON", "not well-formed JSON"},
		"comment":                 {"/decide", "/**/" + good, 400, "request.malformed", "body", "不是有效的 JSON", "not well-formed JSON"},
		"invalid utf-8":           {"/decide", with("\"mail\":\"a\xffb\""), 400, "request.malformed", "body", "须为 UTF-8 编码", "must be UTF-8"},
		"lone surrogate":          {"/decide", with(`"mail":"\ud800"`), 400, "request.malformed", "body", "不是有效的 JSON", "not well-formed JSON"},
		"duplicate member":        {"/decide", with(`"decisions":[]`), 400, "request.malformed", "body", "同一字段出现了两次", "a field appears twice"},
		"deep":                    {"/decide", strings.Repeat("[", 33) + strings.Repeat("]", 33), 400, "request.malformed", "body", "嵌套层次过深", "nested too deeply"},
		"null":                    {"/decide", "null", 422, "request.invalid", "body", "须为对象", "must be an object"},
		"list":                    {"/decide", "[]", 422, "request.invalid", "body", "须为对象", "must be an object"},
		"unknown field":           {"/decide", with(`"secretary":1`), 422, "request.invalid", "body.secretary", "未知字段", "unknown field"},
		"other case":              {"/decide", with(`"Count":1`), 422, "request.invalid", "body.Count", "未知字段", "unknown field"},
		"missing":                 {"/decide", "{}", 422, "request.invalid", "body.decisions", "必填", "required"},
		"missing inside":          {"/decide", `{"decisions":[{"purpose":"profile"}]}`, 422, "request.invalid", "body.decisions[0].choice", "必填", "required"},
		"wrong type":              {"/decide", with(`"count":"poison-13812345678"`), 422, "request.invalid", "body.count", "须为整数", "must be a whole number"},
		"fraction":                {"/decide", with(`"count":1.5`), 422, "request.invalid", "body.count", "须为整数", "must be a whole number"},
		"too small":               {"/decide", with(`"count":0`), 422, "request.invalid", "body.count", "不得小于 1", "must be at least 1"},
		"huge":                    {"/decide", with(`"count":1e300`), 422, "request.invalid", "body.count", "超出范围", "out of range"},
		"not one of":              {"/decide", `{"decisions":[{"purpose":"profile","choice":"poison-13812345678"}]}`, 422, "request.invalid", "body.decisions[0].choice", `须为以下之一：grant, refuse`, `must be one of: grant, refuse`},
		"too short":               {"/decide", `{"decisions":[{"purpose":"p","choice":"grant"}]}`, 422, "request.invalid", "body.decisions[0].purpose", "至少 2 个字符", "at least 2 characters"},
		"too long":                {"/decide", `{"decisions":[{"purpose":"poison-13812345678","choice":"grant"}]}`, 422, "request.invalid", "body.decisions[0].purpose", "最多 8 个字符", "at most 8 characters"},
		"too few":                 {"/decide", `{"decisions":[]}`, 422, "request.invalid", "body.decisions", "至少 1 项", "at least 1 items"},
		"no date":                 {"/decide", with(`"at":"poison-13812345678"`), 422, "request.invalid", "body.at", "须为日期时间，如 2026-01-31T08:00:00Z", "must be a date-time such as 2026-01-31T08:00:00Z"},
		"no mail":                 {"/decide", with(`"mail":"poison-13812345678"`), 422, "request.invalid", "body.mail", "须为电子邮件地址", "must be an e-mail address"},
		"unknown query":           {"/decide?secretary=poison-13812345678", good, 422, "request.invalid", "query.secretary", "未知的查询参数", "unknown query parameter"},
		"query of the wrong sort": {"/decide?dry_run=poison-13812345678", good, 422, "request.invalid", "query.dry_run", "须为 true 或 false", "must be true or false"},
	} {
		t.Run(name, func(t *testing.T) {
			for lang, message := range map[string]string{"zh-CN": c.zh, "en": c.en} {
				a := b.send(t, "POST", c.path, c.body, "Content-Type", "application/json", "Accept-Language", lang)
				a.expectProblem(t, c.status, c.code)
				if len(a.Errors) == 0 || a.Errors[0] != (ProblemField{c.location, message}) {
					t.Errorf("%+v, want %s: %s", a.Errors, c.location, message)
				}
				b.mustNotSay(t, a, "13812345678", "poison", `"value"`)
			}
		})
	}
}

func TestOneAnswerNamesABoundedNumberOfFieldsAndNames(t *testing.T) {
	body := `{"` + strings.Repeat("长", 500) + `":1`
	for i := range 100 {
		body += fmt.Sprintf(`,"f%d":1`, i)
	}
	a := start(t, nil).send(t, "POST", "/decide", body+"}")
	a.expectProblem(t, 422, "request.invalid")
	if len(a.Errors) != maxFields || len(a.body) > maxFields*(maxPath+64)+1024 {
		t.Errorf("%d fields, %d bytes", len(a.Errors), len(a.body))
	}
}

func TestAnUnsupportedMediaTypeIs415(t *testing.T) {
	b := start(t, nil)
	for _, contentType := range []string{"text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/cbor"} {
		res, err := b.client.Post(b.url+"/decide", contentType, strings.NewReader(good))
		if err != nil {
			t.Fatal(err)
		}
		read(t, res).expectProblem(t, 415, "request.unsupported_media_type")
	}
}

func TestAnOversizedBodyGetsAnAnswerAndNotAReset(t *testing.T) {
	b := start(t, nil)
	for range 20 {
		for _, size := range []int{defaultBodyLimit + 1, 1 << 20} {
			b.send(t, "POST", "/decide", `"`+strings.Repeat("x", size)).expectProblem(t, 413, "request.too_large")
		}
		chunked, err := b.client.Post(b.url+"/decide", "application/json", io.LimitReader(zeros{}, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		read(t, chunked).expectProblem(t, 413, "request.too_large")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestTooManyHeadersAre431(t *testing.T) {
	b := start(t, nil)
	headers := make([]string, 0, 2000)
	for i := range 1000 {
		headers = append(headers, fmt.Sprintf("X-H-%d", i), "v")
	}
	b.send(t, "GET", "/plain", "", headers...).expectProblem(t, 431, "request.headers_too_large")
	a := b.send(t, "GET", "/plain?q="+strings.Repeat("x", headerLimit), "")
	a.expectProblem(t, 431, "request.headers_too_large")
	b.waitForLine(t, `"status":431,"took":0,"request_id":"`+a.header.Get("X-Request-Id"))
}

func TestUnknownPathsAndMethods(t *testing.T) {
	b := start(t, nil)
	for _, path := range []string{"/nowhere", "/plain/", "/PLAIN", "/openid-oAbCd1234567890", "/"} {
		a := b.send(t, "GET", path, "")
		a.expectProblem(t, 404, "request.unknown_path")
		b.mustNotSay(t, a, "oAbCd1234567890")
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		a := b.send(t, method, "/plain", "")
		a.expectProblem(t, 405, "request.method_not_allowed")
		if a.header.Get("Allow") != "GET" {
			t.Errorf("%s: Allow is %q", method, a.header.Get("Allow"))
		}
	}
	b.send(t, "BREW", "/plain", "").expectProblem(t, 501, "request.unknown_method")
}

func TestHeadIsGetWithoutTheBody(t *testing.T) {
	b := start(t, nil)
	get, head := b.send(t, "GET", "/plain", ""), b.send(t, "HEAD", "/plain", "")
	if head.status != 200 || head.body != "" || head.header.Get("Content-Length") != get.header.Get("Content-Length") {
		t.Errorf("%d %q %v", head.status, head.body, head.header)
	}
}

func TestAMalformedTargetOrRequestIs400(t *testing.T) {
	b := start(t, nil)
	for request, code := range map[string]string{
		"GET /plain?q=%zz HTTP/1.1\r\nHost: x\r\n\r\n":       "request.malformed_target",
		"GET /fail/%ff HTTP/1.1\r\nHost: x\r\n\r\n":          "request.malformed_target",
		"GET /fail/a%00b HTTP/1.1\r\nHost: x\r\n\r\n":        "request.malformed_target",
		"GET /fail/\xff HTTP/1.1\r\nHost: x\r\n\r\n":         "request.malformed_target",
		"GET //[x/ HTTP/1.1\r\nHost: x\r\n\r\n":              "request.malformed_target",
		"GET http://[x/plain HTTP/1.1\r\nHost: x\r\n\r\n":    "request.malformed_http",
		"GET http://other/plain HTTP/1.1\r\nHost: x\r\n\r\n": "request.malformed_target",
		"NONSENSE\r\n\r\n": "request.malformed_http",
	} {
		raw(t, b, request).expectProblem(t, 400, code)
	}
}

// raw sends bytes that Go's client would not.
func raw(t *testing.T, b *bench, request string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return read(t, res)
}

func FuzzReadJSONNeverPanicsOrEchoes(f *testing.F) {
	for _, seed := range []string{good, "{", "[[[[", `{"a":1,"a":2}`, "\xff", strings.Repeat("[", 40), `"\"[`} {
		f.Add([]byte(seed))
	}
	known := map[string]bool{}
	for _, x := range expectations {
		known[x.huma] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if err := readJSON(data, &v); err != nil && !known[err.Error()] && !strings.HasPrefix(err.Error(), "out of range at ") {
			t.Fatalf("an error of its own making: %v", err)
		}
	})
}

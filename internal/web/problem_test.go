package web

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"zhiqing/internal/fault"
)

func TestEachKindOfFailureHasOneStatus(t *testing.T) {
	b := start(t, nil)
	for how, want := range map[string]struct {
		status int
		code   string
		header string
		value  string
	}{
		"invalid":         {422, "t.invalid", "", ""},
		"unauthenticated": {401, "t.unauthenticated", "Www-Authenticate", "Bearer"},
		"forbidden":       {403, "t.forbidden", "", ""},
		"hidden":          {404, "t.missing", "", ""},
		"missing":         {404, "t.missing", "", ""},
		"conflict":        {409, "consent.notice_outdated", "", ""},
		"stale":           {412, "t.stale", "Etag", `"p7"`},
		"unconditional":   {428, "request.precondition_required", "", ""},
		"gone":            {410, "t.gone", "", ""},
		"too_many":        {429, "t.many", "Retry-After", "2"},
		"too_large":       {413, "t.large", "", ""},
		"unavailable":     {503, "t.down", "Retry-After", "5"},
		"internal":        {500, "t.internal", "", ""},
		"deadline":        {503, "request.overdue", "Retry-After", "5"},
		"huma":            {404, "request.unknown_path", "", ""},
	} {
		t.Run(how, func(t *testing.T) {
			a := b.send(t, "GET", "/fail/"+how, "")
			a.expectProblem(t, want.status, want.code)
			if want.header != "" && a.header.Get(want.header) != want.value {
				t.Errorf("%s: %q, want %q", want.header, a.header.Get(want.header), want.value)
			}
			b.mustNotSay(t, a, "oAbCd")
		})
	}
}

func TestEveryKindOfFaultHasAStatusAndATitle(t *testing.T) {
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		if titles[statuses[kind]].ZH == "" || titles[statuses[kind]].EN == "" {
			t.Errorf("kind %d: status %d", kind, statuses[kind])
		}
	}
	for status, f := range byStatus {
		if statusOf(f) != status {
			t.Errorf("%s: %d by status, %d by fault", f.Code, status, statusOf(f))
		}
	}
}

func TestHiddenLooksExactlyLikeMissing(t *testing.T) {
	b := start(t, nil)
	hidden, missing := b.send(t, "GET", "/fail/hidden", ""), b.send(t, "GET", "/fail/missing", "")
	same := func(a answer) string { return strings.Replace(a.body, a.Instance, "", 1) }
	if same(hidden) != same(missing) {
		t.Errorf("%s\n%s", same(hidden), same(missing))
	}
}

func TestAProblemSpeaksTheClientsLanguage(t *testing.T) {
	b := start(t, nil)
	for accept, want := range map[string]string{
		"": "zh-CN", "zh-CN,zh;q=0.9": "zh-CN", "zh-TW": "zh-CN", "en": "en", "en-GB,en;q=0.8": "en", "fr, en;q=0.5": "en",
		"en;q=0.5, zh;q=0.9": "zh-CN", "fr": "zh-CN", "*": "zh-CN", "x;;;q=a": "zh-CN", strings.Repeat("en,", 200): "zh-CN",
	} {
		a := b.send(t, "GET", "/fail/conflict", "", "Accept-Language", accept)
		if a.header.Get("Content-Language") != want || a.Detail != errOutdated.Text.In(want) || a.Title != titles[409].In(want) {
			t.Errorf("%q: %s %s, want %s", accept, a.header.Get("Content-Language"), a.Detail, want)
		}
	}
}

func TestOwnMembersOfAProblemNeverReplaceTheStandardOnes(t *testing.T) {
	a := start(t, nil).send(t, "GET", "/fail/conflict", "")
	if got := fmt.Sprint(a.members["current"]); got != "map[version:2.0]" || a.members["status"] != 409.0 || strings.Count(a.body, `"status"`) != 1 {
		t.Errorf("%s", a.body)
	}
}

func TestAPageFailsWithAProblemToo(t *testing.T) {
	start(t, nil).send(t, "GET", "/page", "").expectProblem(t, 409, "consent.notice_outdated")
}

func TestNotModifiedHasNoBody(t *testing.T) {
	a := start(t, nil).send(t, "GET", "/fail/not_modified", "")
	if a.status != 304 || a.body != "" || a.header.Get("Content-Type") != "" {
		t.Errorf("%d %q %v", a.status, a.body, a.header)
	}
	for name, want := range map[string]string{"ETag": `"abc"`, "Cache-Control": "public, max-age=60", "Vary": "Accept-Language"} {
		if got := a.header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestACopyIsFreshWhenItsTagIsNamed(t *testing.T) {
	for header, want := range map[string]bool{``: false, `"a"`: true, `W/"a"`: true, `"b", "a"`: true, `*`: true, `"b"`: false, `a`: false} {
		if Fresh(header, `"a"`) != want {
			t.Errorf("%s: not %v", header, want)
		}
	}
}

// errPoison is an error as a driver or a library might make it.
var errPoison = errors.New("dial mongodb://root:hunter2@db:27017: phone 13812345678 openid oAbCdEfGhIjKlMnOpQrStUvWxYz1 " +
	"token eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJzdWJfMSJ9.c2ln")

var poisonWords = []string{"hunter2", "13812345678", "oAbCdEfGh", "eyJhbGci"}

func TestAPoisonedErrorTextNeverLeavesTheProcess(t *testing.T) {
	defer func(old map[string]error) { failures = old }(failures)
	failures = map[string]error{
		"bare":     errPoison,
		"wrapped":  fmt.Errorf("store: %w", errPoison),
		"internal": fault.Define(fault.Internal, "t.internal", "出错", "defect").Because(errPoison),
		"down":     fault.Define(fault.Unavailable, "t.down", "不可用", "down").Because(errPoison),
		"conflict": errOutdated.Because(errPoison),
	}
	b := start(t, nil)
	for how := range failures {
		a := b.send(t, "GET", "/fail/"+how, "")
		if a.Code == "" {
			t.Fatalf("%s: %s", how, a.body)
		}
		b.mustNotSay(t, a, poisonWords...)
		if strings.Contains(a.body, "mongodb") {
			t.Errorf("%s: the answer says what the driver said: %s", how, a.body)
		}
		logged := strings.Contains(b.log.String(), `"request_id":"`+a.header.Get("X-Request-Id")+`"`) && strings.Contains(b.log.String(), "dial mongodb")
		if a.status >= 500 && !logged {
			t.Errorf("%s: nobody can find the cause:\n%s", how, b.log.String())
		}
	}
	if strings.Contains(b.log.String(), `"code":"consent.notice_outdated"`) {
		t.Error("an expected failure is logged as a failure of ours")
	}
}

func TestAPanicAnswersAndSaysNothing(t *testing.T) {
	b := start(t, nil)
	a := b.send(t, "GET", "/panic", "")
	a.expectProblem(t, 500, "internal")
	b.mustNotSay(t, a, "oAbCd", "openid")
	if log := b.log.String(); !strings.Contains(log, "web_test.go") || !strings.Contains(log, a.header.Get("X-Request-Id")) {
		t.Errorf("the stack is not in the log:\n%s", log)
	}
	if b.send(t, "GET", "/plain", "").status != 200 {
		t.Error("the server did not survive")
	}
}

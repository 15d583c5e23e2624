package miniprogramapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/internal/profile"
	"zhiqing/internal/session"
	"zhiqing/internal/web"
)

// oneProfile is a profile at a revision, and what it was last asked to do.
type oneProfile struct {
	profile.Profile
	asked string
}

func (p *oneProfile) Read(context.Context, string) (profile.Profile, error) { return p.Profile, nil }

func (p *oneProfile) Write(_ context.Context, id string, match profile.Match, patch map[string]jsontext.Value) (profile.Profile, error) {
	return p.change(match, id+fmt.Sprint(patch))
}

func (p *oneProfile) SetPhone(_ context.Context, id, code string, match profile.Match) (profile.Profile, error) {
	return p.change(match, id+" phone "+code)
}

func (p *oneProfile) change(match profile.Match, asked string) (profile.Profile, error) {
	if match != nil && !match(p.Rev) {
		return profile.Profile{}, profile.ErrStale
	}
	p.asked = asked
	p.Rev++
	return p.Profile, nil
}

// anybody takes the token for the account's name.
type anybody struct{ Sessions }

func (anybody) Authenticate(_ context.Context, token string) (session.Principal, error) {
	if token == "" {
		return session.Principal{}, session.ErrNoToken
	}
	kind := session.User
	if strings.HasPrefix(token, "gst_") {
		kind = session.Guest
	}
	return session.Principal{Kind: kind, Owner: token}, nil
}

func door(t *testing.T) (*API, *oneProfile) {
	t.Helper()
	edge, err := web.New(web.Options{Title: "t", Version: "1", Now: time.Now, NewID: func() string { return "rid_1" }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	p := &oneProfile{Profile: profile.Profile{Rev: 7, Fields: []profile.Value{{
		Name: "nickname", Value: "小明", Purpose: "account.service", Purposes: []string{"account.service"}, Source: "person", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}}}}
	a := &API{Edge: edge, Sessions: anybody{}, Profiles: p}
	a.Register()
	return a, p
}

type reply struct {
	status int
	header http.Header
	body   map[string]any
}

// ask sends a request as sub_1; headers are name, value, …
func (a *API) ask(t *testing.T, method, path, body string, headers ...string) reply {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer sub_1")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := a.Edge.Fiber().Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	r := reply{status: res.StatusCode, header: res.Header}
	if err := json.NewDecoder(res.Body).Decode(&r.body); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return r
}

func TestAProfileSaysWhatEachFieldIsKeptFor(t *testing.T) {
	a, _ := door(t)
	r := a.ask(t, "GET", "/v1/me/profile", "")
	want := `{"fields":{"nickname":{"purpose":"account.service","purposes":["account.service"],"source":"person","updated_at":"2026-01-02T03:04:05Z","value":"小明"}}}`
	if got, _ := json.Marshal(r.body); r.status != 200 || string(got) != want {
		t.Errorf("%d %s", r.status, got)
	}
	if r.header.Get("Cache-Control") != "private, no-cache" || !strings.HasPrefix(r.header.Get("ETag"), `"p7.`) {
		t.Errorf("%v", r.header)
	}
	for _, headers := range [][]string{{"Authorization", ""}, {"Authorization", "Bearer gst_1"}} {
		if r := a.ask(t, "GET", "/v1/me/profile", "", headers...); r.status != 401 && r.status != 403 || r.body["fields"] != nil {
			t.Errorf("%v: %d", headers, r.status)
		}
	}
}

func TestACopyOfAProfileIsCurrentOnlyWhileItsPurposesAre(t *testing.T) {
	a, p := door(t)
	tag := a.ask(t, "GET", "/v1/me/profile", "").header.Get("ETag")
	r := a.ask(t, "GET", "/v1/me/profile", "", "If-None-Match", tag)
	if r.status != 304 || r.body != nil || r.header.Get("ETag") != tag || r.header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("%d %v", r.status, r.header)
	}
	p.Fields[0].Purposes = []string{"account.service", "account.minor"} // nothing was written, and yet what is shown is another
	if r := a.ask(t, "GET", "/v1/me/profile", "", "If-None-Match", tag); r.status != 200 {
		t.Errorf("another purpose: %d", r.status)
	}
	p.Fields = nil // its purpose has ended
	if r := a.ask(t, "GET", "/v1/me/profile", "", "If-None-Match", tag); r.status != 200 {
		t.Errorf("hidden field: %d", r.status)
	}
}

func TestAProfileIsWrittenOnlyOverWhatWasSeen(t *testing.T) {
	a, p := door(t)
	const path, body = "/v1/me/profile", `{"nickname":null}`
	seen := a.ask(t, "GET", path, "").header.Get("ETag")
	for header, want := range map[string]int{"": 428, `"p6"`: 412, `"p70"`: 412, `W/"p7"`: 412, "p7": 412, `"x"`: 412} {
		r := a.ask(t, "PATCH", path, body, "If-Match", header)
		if r.status != want || p.asked != "" || want == 412 && r.header.Get("ETag") != `"p7"` {
			t.Errorf("%s: %d %v, asked %q", header, r.status, r.header, p.asked)
		}
		if code := map[int]string{412: "request.precondition_failed", 428: "request.precondition_required"}[want]; r.body["code"] != code {
			t.Errorf("%s: %v", header, r.body)
		}
	}
	for _, header := range []string{seen, `"p7"`, `"p1", "p7"`, "*"} {
		p.Rev, p.asked = 7, ""
		r := a.ask(t, "PATCH", path, body, "If-Match", header)
		if r.status != 200 || p.asked != "sub_1map[nickname:null]" || !strings.HasPrefix(r.header.Get("ETag"), `"p8.`) {
			t.Errorf("%s: %d %v, asked %q", header, r.status, r.header, p.asked)
		}
	}
	p.Rev = 7
	if r := a.ask(t, "POST", path+"/phone", `{"code":"c"}`); r.status != 200 || p.asked != "sub_1 phone c" {
		t.Errorf("a phone needs no condition: %d %s", r.status, p.asked)
	}
	if r := a.ask(t, "POST", path+"/phone", `{"code":"c"}`, "If-Match", seen); r.status != 412 {
		t.Errorf("and keeps one that is given: %d", r.status)
	}
}

func TestAPatchIsAnObjectInEitherMediaType(t *testing.T) {
	a, p := door(t)
	for _, mediaType := range []string{"application/json", "application/merge-patch+json", "application/merge-patch+json; charset=utf-8"} {
		p.asked = ""
		r := a.ask(t, "PATCH", "/v1/me/profile", `{"contact_preferences":{"sms":null}}`, "If-Match", "*", "Content-Type", mediaType)
		if r.status != 200 || p.asked != `sub_1map[contact_preferences:{"sms":null}]` {
			t.Errorf("%s: %d %v %q", mediaType, r.status, r.body, p.asked)
		}
	}
	p.asked = ""
	for body, want := range map[string]int{
		"[]": 422, `"x"`: 422, "1": 422, "null": 422, "": 400, "{": 400, `{"nickname":"a","nickname":"b"}`: 400, `{"contact_preferences":{"sms":true,"sms":false}}`: 400,
	} {
		r := a.ask(t, "PATCH", "/v1/me/profile", body, "If-Match", "*")
		if r.status != want || p.asked != "" {
			t.Errorf("%s: %d %v, asked %q", body, r.status, r.body, p.asked)
		}
	}
	if r := a.ask(t, "PATCH", "/v1/me/profile", "{}", "If-Match", "*", "Content-Type", "text/plain"); r.status != 415 {
		t.Errorf("text/plain: %d", r.status)
	}
}

func TestTheSchemaOfAPatchNamesTheFieldsOfAProfile(t *testing.T) {
	a, _ := door(t)
	content := a.Edge.API().OpenAPI().Paths["/v1/me/profile"].Patch.RequestBody.Content
	for _, mediaType := range []string{"application/json", "application/merge-patch+json"} {
		s := content[mediaType].Schema
		if s.Ref != "" {
			s = a.Edge.API().OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
		}
		if got := slices.Sorted(maps.Keys(s.Properties)); !slices.Equal(got, profile.Names()) || s.AdditionalProperties != false {
			t.Errorf("%s: %v, others %v", mediaType, got, s.AdditionalProperties)
		}
		for name, field := range s.Properties {
			if !field.Nullable || !strings.Contains(field.Description, " · ") {
				t.Errorf("%s: %+v", name, field)
			}
		}
	}
	var _ huma.SchemaProvider = profilePatch{}
}

func TestWhatIsAnsweredWithAnETagCanBeAskedForByIt(t *testing.T) {
	a, _ := door(t)
	tagged := 0
	for path, item := range a.Edge.API().OpenAPI().Paths {
		if item.Get == nil || item.Get.Responses["200"] == nil || item.Get.Responses["200"].Headers["ETag"] == nil {
			continue
		}
		tagged++
		if !slices.ContainsFunc(item.Get.Parameters, func(p *huma.Param) bool { return p.Name == "If-None-Match" }) {
			t.Errorf("%s answers with an ETag and does not look at If-None-Match", path)
		}
	}
	if tagged < 4 {
		t.Errorf("%d operations with an ETag", tagged)
	}
}

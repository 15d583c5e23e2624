package miniprogramapi

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/internal/fault"
	"zhiqing/internal/profile"
	"zhiqing/internal/web"
)

type fieldWire struct {
	Value     any       `json:"value" doc:"文本；contact_preferences 为各渠道的 true 或 false · Text; for contact_preferences an object of true and false"`
	Purpose   string    `json:"purpose" doc:"据以保存的目的 · The purpose under which it is kept" example:"account.service"`
	Purposes  []string  `json:"purposes" doc:"目前涵盖它的全部目的；最后一个失效，内容即删除 · All that cover it now; when the last one ends, the field is erased"`
	Source    string    `json:"source" enum:"person,wechat" doc:"来源：本人填写，或者微信 · Given by the person, or by WeChat"`
	UpdatedAt time.Time `json:"updated_at"`
}

// profileOut may be kept by its owner's client alone, and is asked for anew each time.
type profileOut struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Fields map[string]fieldWire `json:"fields" doc:"已填写的资料，按名称 · What has been given, by name"`
	}
}

const profileCache = "private, no-cache"

func wireProfile(p profile.Profile) *profileOut {
	out := &profileOut{ETag: profileTag(p), CacheControl: profileCache}
	out.Body.Fields = make(map[string]fieldWire, len(p.Fields))
	for _, v := range p.Fields {
		out.Body.Fields[v.Name] = fieldWire{Value: v.Value, Purpose: v.Purpose, Purposes: v.Purposes, Source: v.Source, UpdatedAt: v.At}
	}
	return out
}

// profileTag is `"p<rev>.<view>"`. The revision moves with each change of the profile and is what a write is compared with.
// The view moves when the same fields come to be covered by other purposes, so that a copy that shows a purpose which has
// ended is never confirmed as current.
func profileTag(p profile.Profile) string {
	view := fnv.New32a()
	for _, v := range p.Fields {
		fmt.Fprintf(view, "%s=%s:%s;", v.Name, v.Purpose, strings.Join(v.Purposes, ","))
	}
	return fmt.Sprintf(`"p%d.%08x"`, p.Rev, view.Sum32())
}

// condition is an If-Match header; latest is the revision that it was last held against.
type condition struct {
	header string
	latest int64
}

func (c *condition) match(rev int64) bool {
	c.latest = rev
	own := fmt.Sprintf(`"p%d`, rev)
	return web.Matches(c.header, func(tag string) bool { return tag == own+`"` || strings.HasPrefix(tag, own+".") })
}

func (c *condition) answer(p profile.Profile, err error) (*profileOut, error) {
	if err != nil {
		return nil, web.WithETag(err, fmt.Sprintf(`"p%d"`, c.latest))
	}
	return wireProfile(p), nil
}

func (a *API) profile(ctx context.Context, in *struct {
	Conditional
}) (*profileOut, error) {
	p, err := a.Profiles.Read(ctx, principal(ctx).Owner)
	if err != nil {
		return nil, err
	}
	if tag := profileTag(p); web.Fresh(in.IfNoneMatch, tag) {
		return nil, web.NotModified(tag, profileCache, "")
	}
	return wireProfile(p), nil
}

// profilePatch is a merge patch (RFC 7396) with its members as they were sent; nil when it is no object.
type profilePatch map[string]jsontext.Value

// UnmarshalJSON takes any JSON value: that a patch is an object is said in the same words as everything else about it.
func (p *profilePatch) UnmarshalJSON(b []byte) error {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(b, &members); err != nil {
		members = nil
	}
	*p = members
	return nil
}

func (a *API) changeProfile(ctx context.Context, in *struct {
	IfMatch string `header:"If-Match" maxLength:"512" doc:"必填：读取时得到的 ETag，或者 * · Required: the ETag from reading, or *"`
	Body    profilePatch
}) (*profileOut, error) {
	if in.IfMatch == "" {
		return nil, web.ErrNoCondition
	}
	if in.Body == nil {
		return nil, profile.ErrInvalid.At("body", notAnObject.ZH, notAnObject.EN)
	}
	c := &condition{header: in.IfMatch}
	return c.answer(a.Profiles.Write(ctx, principal(ctx).Owner, c.match, in.Body))
}

var notAnObject = fault.Text{ZH: "须为对象", EN: "must be an object"}

func (a *API) setPhone(ctx context.Context, in *struct {
	IfMatch string `header:"If-Match" maxLength:"512" doc:"可选：读取时得到的 ETag · Optional: the ETag from reading"`
	Body    struct {
		Code string `json:"code" minLength:"1" maxLength:"128" doc:"getPhoneNumber 按钮返回的 code（不是 wx.login 的 code） · The code from the getPhoneNumber button, not the one from wx.login"`
	}
}) (*profileOut, error) {
	c := &condition{header: in.IfMatch}
	var match profile.Match
	if in.IfMatch != "" {
		match = c.match
	}
	return c.answer(a.Profiles.SetPhone(ctx, principal(ctx).Owner, in.Body.Code, match))
}

package miniprogramapi

import (
	"github.com/danielgtaylor/huma/v2"

	"zhiqing/internal/guardian"
	"zhiqing/internal/profile"
	"zhiqing/internal/subject"
	"zhiqing/internal/web"
)

// describeProfile adds what the three routes of the profile do not say by themselves.
func (a *API) describeProfile() {
	document := a.Edge.API().OpenAPI()
	document.Components.Schemas.Map()["ProfilePatch"] = patchSchema()
	body := document.Paths["/v1/me/profile"].Patch.RequestBody
	for _, mediaType := range []string{"application/json", "application/merge-patch+json"} {
		body.Content[mediaType] = &huma.MediaType{Schema: &huma.Schema{Ref: "#/components/schemas/ProfilePatch"}}
	}
	a.Edge.DocumentFaults(
		web.ErrNoCondition, profile.ErrStale, profile.ErrInvalid, profile.ErrConsent, profile.ErrMinors, profile.ErrAge,
		guardian.ErrNeeded, guardian.ErrRestricted, guardian.ErrSamePhone, subject.ErrOver,
	)
}

// Schema lets every value through: package profile names all that is wrong with a patch, each in its own words. What a
// patch may be is told to readers by patchSchema.
func (profilePatch) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

// patchSchema is the document's: what each field takes.
func patchSchema() *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: false,
		Description: "要修改的资料（RFC 7396）：null 删除，未列出的不变 · The fields to change (RFC 7396): null erases, what is not named stays",
		Properties: map[string]*huma.Schema{
			"avatar":         line(1, 32<<10, "https 图片地址（最多 512 个字符），或者 PNG、JPEG、WebP 图片的 data: 地址（最多 32 KiB） · An https address of at most 512 characters, or a PNG, JPEG or WebP picture as a data: address of at most 32 KiB", "https://example.com/a.png"),
			"birth_date":     pattern(`^\d{4}-\d{2}-\d{2}$`, "仅限成年人，须与申报的年龄相符 · Adults only; must agree with the declared age", "1990-05-01"),
			"email":          line(3, 254, "电子邮箱 · E-mail address", "someone@example.com"),
			"gender":         pattern("^(female|male|other|undisclosed)$", "性别：female、male、other、undisclosed · Gender", "undisclosed"),
			"nickname":       line(1, 32, "昵称，一行 · Nickname, one line", "小明"),
			"phone":          {Type: huma.TypeString, Nullable: true, Enum: []any{nil}, Description: "只能为 null（删除）；号码只能来自微信的手机号按钮 · null only, which erases: a number comes from WeChat's phone button", Examples: []any{nil}},
			"postal_address": line(5, 200, "通信地址，一行 · Postal address, one line", "某市某区某路 1 号"),
			"reminder_date":  pattern(`^(\d{4}-)?\d{2}-\d{2}$`, "专门用于提醒的日期，与出生日期无关 · A date for reminders alone, apart from any birth date", "05-20"),
			"contact_preferences": {
				Type: huma.TypeObject, Nullable: true, AdditionalProperties: false, Properties: channelSwitches(),
				Description: "各联系渠道的开关；未列出的不变 · A switch for each channel; what is not named stays",
			},
		},
	}
}

func line(least, most int, doc, example string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Nullable: true, MinLength: &least, MaxLength: &most, Description: doc, Examples: []any{example}}
}

func pattern(form, doc, example string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Nullable: true, Pattern: form, Description: doc, Examples: []any{example}}
}

func channelSwitches() map[string]*huma.Schema {
	switches := map[string]*huma.Schema{}
	for name, title := range map[string]string{
		"email": "电子邮件 · E-mail", "phone": "电话 · Phone", "post": "邮政邮件 · Post", "sms": "短信 · Text message", "wechat": "微信订阅消息 · WeChat subscription message",
	} {
		switches[name] = &huma.Schema{Type: huma.TypeBoolean, Nullable: true, Description: title}
	}
	return switches
}

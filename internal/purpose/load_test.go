package purpose_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"zhiqing/internal/purpose"
	"zhiqing/internal/register/prove"
)

// The smallest policy with each kind of purpose. Each row of the tests below spoils it in one way.
const (
	goodPurposes = `data_items:
  ids: {title: {zh-CN: 标识, en: Ids}, source: wechat}
  face: {title: {zh-CN: 人脸, en: Face}, sensitive: true, source: person}
purposes:
  - code: account.service
    title: {zh-CN: 帐户, en: Account}
    description: {zh-CN: 说明, en: Text}
    legal_basis: contract
    legal_basis_ref: {zh-CN: 个保法, en: PIPL}
    category: dpv:AccountManagement
    necessity: required
    data_items: {required: [ids]}
    recipients: [platform]
    retention: {period: P0D, starts: account_closed, afterwards: delete, text: {zh-CN: 注销后, en: After closing}}
    notice_kind: privacy
    channel: miniprogram
    enabled: true
  - code: face.login
    title: {zh-CN: 刷脸, en: Face}
    description: {zh-CN: 说明, en: Text}
    legal_basis: consent
    legal_basis_ref: {zh-CN: 个保法, en: PIPL}
    consent_kind: separate
    category: dpv:IdentityVerification
    necessity: optional
    sensitive: true
    necessity_and_impact: {zh-CN: 必要, en: Needed}
    data_items: {required: [face], optional: [ids]}
    retention: {period: P0D, starts: consent_ended, afterwards: delete, text: {zh-CN: 撤回后, en: After withdrawal}}
    valid_for: P12M
    notice_kind: privacy
    channel: miniprogram
    refusal_consequence: {zh-CN: 无, en: None}
    enabled: true
  - code: recipient.provide
    title: {zh-CN: 提供, en: Provide}
    description: {zh-CN: 说明, en: Text}
    legal_basis: consent
    legal_basis_ref: {zh-CN: 个保法, en: PIPL}
    consent_kind: separate
    category: dpv:Marketing
    necessity: optional
    min_age: 18
    per_recipient: true
    data_items: {required: [ids]}
    recipients: [ads, more]
    retention: {period: P0D, starts: consent_ended, afterwards: delete, text: {zh-CN: 撤回后, en: After withdrawal}}
    notice_kind: third_party
    channel: miniprogram
    refusal_consequence: {zh-CN: 无, en: None}
    enabled: true
  - code: hr.recruiting
    title: {zh-CN: 招聘, en: Recruiting}
    description: {zh-CN: 说明, en: Text}
    legal_basis: hr
    legal_basis_ref: {zh-CN: 个保法, en: PIPL}
    category: dpv:PersonnelHiring
    necessity: required
    data_items: {required: [ids]}
    retention: {period: P6M, starts: case_closed, afterwards: anonymise, basis: {zh-CN: 劳动法, en: Labour Law}, text: {zh-CN: 六个月, en: Six months}}
    notice_kind: hr
    channel: hr
    enabled: true
`
	goodRecipients = `recipients:
  - {code: platform, name: {zh-CN: 平台, en: Platform}, role: platform, contact: {zh-CN: 甲, en: A}, purpose: {zh-CN: 甲, en: A}, method: {zh-CN: 甲, en: A}, kinds: {zh-CN: 甲, en: A}, region: CN, policy_url: 'https://a.example', contract_ref: C1, enabled: true}
  - {code: ads, name: {zh-CN: 广告, en: Ads}, role: handler, contact: {zh-CN: 甲, en: A}, purpose: {zh-CN: 甲, en: A}, method: {zh-CN: 甲, en: A}, kinds: {zh-CN: 甲, en: A}, region: CN, policy_url: 'https://b.example', contract_ref: C2, enabled: true}
  - {code: more, name: {zh-CN: 更多, en: More}, role: handler, contact: {zh-CN: 甲, en: A}, purpose: {zh-CN: 甲, en: A}, method: {zh-CN: 甲, en: A}, kinds: {zh-CN: 甲, en: A}, region: CN, policy_url: 'https://c.example', contract_ref: C3, sample: true, enabled: false}
`
	abroad = `, contract_until: 2027-12-31, cross_border: {route: standard_contract, filing_ref: F, pia_ref: P, necessity: {zh-CN: 甲, en: A}, rights: {zh-CN: 甲, en: A}}`
)

func load(purposes, recipients string) (*purpose.Catalogue, error) {
	return purpose.Load(folder(purposes, recipients))
}

func folder(purposes, recipients string) fstest.MapFS {
	return fstest.MapFS{
		"purposes.yaml": {Data: []byte(purposes)}, "recipients.yaml": {Data: []byte(recipients)},
		"notices/privacy/1.0.yaml": {}, "notices/third_party/1.0.yaml": {},
	}
}

func mustLoad(t *testing.T, purposes, recipients string) *purpose.Catalogue {
	t.Helper()
	c, err := load(purposes, recipients)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// replace replaces the first old after the first mark, and fails the test when there is none.
func replace(t *testing.T, text, mark, old, new string) string {
	t.Helper()
	before, after, ok := strings.Cut(text, mark)
	if !ok || !strings.Contains(after, old) {
		t.Fatalf("no %q after %q", old, mark)
	}
	return before + mark + strings.Replace(after, old, new, 1)
}

func TestAPurposeThatTheLawDoesNotAllowIsRefusedWithItsLine(t *testing.T) {
	const account, face, provide, hr = "account.service", "face.login", "recipient.provide", "hr.recruiting"
	for _, c := range []struct{ mark, old, new, want string }{
		{account, "contract", "legitimate_interest", "purposes.yaml:8: account.service: legal_basis must be one of [consent contract hr legal_duty"},
		{account, "category: dpv:", "category: ", "purposes.yaml:10: account.service: category must be"},
		{account, "P0D, ", "soon, ", `purposes.yaml:14: account.service: retention "soon" is not a period`},
		{account, "period: P0D, ", "", "account.service: retention needs a period"},
		{account, "starts: account_closed, ", "", "account.service: retention needs starts"},
		{account, "afterwards: delete", "afterwards: forget", "account.service: retention needs afterwards"},
		{account, "en: After closing", "en: ''", "account.service: retention needs its text"},
		{account, "[ids]", "[ids, ids]", "account.service: data_items names ids twice"},
		{account, "[ids]", "[ids, shoe_size]", `account.service: data_items names "shoe_size", which data_items does not describe`},
		{account, "{required: [ids]}", "{}", "account.service: data_items must name at least one"},
		{account, "[platform]", "[nobody]", `purposes.yaml:13: account.service: recipients names "nobody", which recipients.yaml does not have`},
		{account, "[platform]", "[platform, platform]", "account.service: recipients names platform twice"},
		{account, "    enabled: true\n", "", "purposes.yaml:5: account.service: enabled must be true or false"},
		{account, "channel: miniprogram", "channel: web", "account.service: channel must be one of"},
		{account, "notice_kind: privacy", "notice_kind: a poem", "account.service: notice_kind must be of a-z and _"},
		{account, ", en: Account", "", "purposes.yaml:6: account.service: title must be there in zh-CN and en"},
		{account, "necessity: required", "necessity: required\n    consent_kind: general", "account.service: consent_kind must be absent"},
		{account, "necessity: required", "necessity: required\n    valid_for: P1Y", "account.service: valid_for must be absent"},
		{account, "necessity: required", "necessity: required\n    min_age: 16", "account.service: min_age must be 14 or 18"},
		{account, "necessity: required", "necessity: perhaps", "account.service: necessity must be one of"},
		{account, "necessity: required", "necessity: required\n    per_recipient: true", "account.service: per_recipient must be false"},
		{account, "necessity: required", "necessity: required\n    cross_border: true", "account.service: cross_border must be true exactly when"},
		{account, "[ids]", "[face]", "account.service: sensitive must be true"},
		{"code: ", account, "Account", "purposes.yaml:5: Account: code must be dotted"},
		{"code: ", account, face, "purposes.yaml:18: face.login: code is there twice"},
		{"code: ", account, "marketing.email", "marketing.email: legal_basis must be consent"},
		{"code: ", account, "hr.account", "purposes.yaml:16: hr.account: channel must not be miniprogram"},
		{hr, "channel: hr", "channel: miniprogram", "hr.recruiting: channel must not be miniprogram"},
		{face, "consent_kind: separate", "consent_kind: general", "face.login: consent_kind must be separate: its data is sensitive"},
		{face, "    consent_kind: separate\n", "", "face.login: consent_kind must be one of"},
		{face, "valid_for: P12M", "valid_for: P13M", "purposes.yaml:30: face.login: valid_for must be at most P12M"},
		{face, "valid_for: P12M", "valid_for: P0D", "face.login: valid_for must not end at once"},
		{face, "valid_for: P12M", "valid_for: P366D", "face.login: valid_for must be at most P12M"},
		{face, "    valid_for: P12M\n", "", "face.login: valid_for must be at most P12M"},
		{face, "necessity_and_impact", "# ", "face.login: necessity_and_impact must be there"},
		{face, "necessity: optional", "necessity: required", "face.login: necessity must be optional"},
		{face, "refusal_consequence", "# ", "face.login: refusal_consequence must be there"},
		{face, "notice_kind: privacy", "# ", "face.login: notice_kind must be of a-z and _"},
		{provide, "min_age: 18", "guests: true", "recipient.provide: guests must be false"},
		{provide, "per_recipient: true", "per_recipient: false", "recipient.provide: per_recipient must be true: ads decides for itself"},
		{provide, "consent_kind: separate", "consent_kind: explicit", "recipient.provide: consent_kind must be separate: consent per recipient is"},
		{provide, "[ads, more]", "[]", "recipient.provide: recipients must name whom consent is asked for"},
		{"data_items", "source: wechat", "source: thin_air", "purposes.yaml:2: data_items.ids: source must be one of"},
		{"data_items", "  face: ", "  shoes: {title: {zh-CN: 鞋, en: Shoes}, source: person}\n  face: ", "purposes.yaml:3: data_items.shoes: title names data that no purpose uses"},
		{account, "necessity: required", "necessary: required", "purposes.yaml:11: unknown key necessary"},
		{account, "necessity: required", "min_age: old", "purposes.yaml:11: cannot unmarshal"},
		{account, "necessity: required", "necessity: required\n    necessity: optional", "purposes.yaml:12: mapping key"},
		{"", goodPurposes, "", "purposes.yaml:1: holds no purposes"},
		{"", goodPurposes, "purposes: [", "purposes.yaml:1: "},
		{hr, "enabled: true\n", "enabled: true\n---\nmore: true\n", "purposes.yaml:1: expected one YAML document"},
		{hr, "enabled: true\n", "enabled: true\n#" + strings.Repeat("x", 1<<20), "purposes.yaml:1: larger than 1024 KiB"},
	} {
		_, err := load(replace(t, goodPurposes, c.mark, c.old, c.new), goodRecipients)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q → %.60q:\n%v\nwant %q", c.mark, c.old, c.new, err, c.want)
		}
	}
}

func TestMarketingIsClosedToMinorsAndAskedForByItself(t *testing.T) {
	renamed := strings.Replace(goodPurposes, "recipient.provide", "ads.personalised", 1)
	for old, want := range map[string]string{
		"    min_age: 18\n":          "ads.personalised: min_age must be 18",
		"    consent_kind: separate": "ads.personalised: consent_kind must be separate: marketing",
	} {
		new := map[bool]string{true: "    consent_kind: explicit"}[strings.Contains(old, "kind")]
		if _, err := load(replace(t, renamed, "ads.personalised", old, new), goodRecipients); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %q: %v, want %q", old, err, want)
		}
	}
	if _, err := load(renamed, goodRecipients); err != nil {
		t.Error(err)
	}
}

func TestOnlyAMinorsAccountIsAGuardiansToDecide(t *testing.T) {
	minor := strings.ReplaceAll(goodPurposes, "face.login", purpose.MinorAccount)
	decided := replace(t, minor, purpose.MinorAccount, "sensitive: true", "sensitive: true\n    decided_by: guardian")
	if _, err := load(decided, goodRecipients); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, old, new, want string }{
		{minor, "", "", "account.minor: decided_by must be guardian for account.minor"},
		{goodPurposes, "sensitive: true", "sensitive: true\n    decided_by: guardian", "face.login: decided_by must be guardian for account.minor and for nothing else"},
		{decided, "decided_by: guardian", "decided_by: anybody", "account.minor: decided_by must be guardian or absent"},
		{decided, "consent_kind: separate", "consent_kind: explicit", "account.minor: consent_kind must be separate: a guardian agrees"},
		{decided, "necessity: optional", "necessity: optional\n    guests: true", "account.minor: guests and per_recipient must be false"},
		{decided, "necessity: optional", "necessity: optional\n    min_age: 14", "account.minor: min_age and closed_to must be absent"},
		{goodPurposes, "sensitive: true", "sensitive: true\n    closed_to: [toddlers]", "face.login: closed_to must name age bands of [under_14 14_17]"},
		{goodPurposes, "sensitive: true", "sensitive: true\n    closed_to: [adult]", "face.login: closed_to must name age bands of [under_14 14_17]"},
		{goodPurposes, "sensitive: true", "sensitive: true\n    closed_to: [14_17, 14_17]", "face.login: closed_to names 14_17 twice"},
	} {
		mark := map[bool]string{true: "face.login", false: purpose.MinorAccount}[strings.Contains(c.from, "face.login")]
		spoilt := c.from
		if c.old != "" {
			spoilt = replace(t, c.from, mark, c.old, c.new)
		}
		if _, err := load(spoilt, goodRecipients); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v\nwant %q", err, c.want)
		}
	}
	closed := replace(t, goodPurposes, "account.service", "necessity: required", "necessity: required\n    closed_to: [under_14]")
	if _, err := load(closed, goodRecipients); err == nil || !strings.Contains(err.Error(), "account.service: closed_to must be absent") {
		t.Errorf("what rests on no consent is closed to somebody: %v", err)
	}
}

func TestNobodyAbroadReceivesAnythingUnlessEverythingIsThere(t *testing.T) {
	foreign := replace(t, goodRecipients, "code: ads", "region: CN", "region: SG"+abroad)
	crossing := replace(t, goodPurposes, "recipient.provide", "min_age: 18", "min_age: 18\n    cross_border: true")
	c := mustLoad(t, crossing, foreign)
	if p, _ := c.Get("recipient.provide"); !p.CrossBorder || p.ToWhom[0].CrossBorder.Route != "standard_contract" {
		t.Errorf("%+v", p.ToWhom)
	}
	for _, s := range []struct{ purposes, recipients, want string }{
		{crossing, replace(t, goodRecipients, "code: ads", "region: CN", "region: SG"), "recipients.yaml:3: ads: region is not CN"},
		{goodPurposes, foreign, "recipient.provide: cross_border must be true exactly when"},
		{crossing, strings.Replace(foreign, "route: standard_contract", "route: friendship", 1), "ads: cross_border must be one of [security_assessment"},
		{crossing, strings.Replace(foreign, "filing_ref: F, ", "", 1), "ads: cross_border needs filing_ref"},
		{crossing, strings.Replace(foreign, "contract_until: 2027-12-31, ", "", 1), "ads: contract_until must say until when"},
		{crossing, strings.Replace(foreign, "2027-12-31", "2027-13-31", 1), "ads: contract_until must be a day"},
		{crossing, strings.Replace(foreign, "pia_ref: P, ", "", 1), "ads: cross_border needs pia_ref"},
		{crossing, strings.Replace(foreign, ", rights: {zh-CN: 甲, en: A}", "", 1), "ads: cross_border must be there in zh-CN and en"},
		{crossing, strings.Replace(foreign, "necessity: {zh-CN: 甲, en: A}, ", "", 1), "ads: cross_border must be there in zh-CN and en"},
		{goodPurposes, strings.Replace(goodRecipients, "region: CN", "region: CN"+abroad, 1), "platform: cross_border must be absent"},
		{goodPurposes, strings.Replace(goodRecipients, "region: CN", "region: China", 1), "platform: region must be a country code"},
	} {
		if _, err := load(s.purposes, s.recipients); err == nil || !strings.Contains(err.Error(), s.want) {
			t.Errorf("got %v\nwant %q", err, s.want)
		}
	}
}

func TestARecipientTellsAllFiveItems(t *testing.T) {
	for old, want := range map[string]string{
		"name: {zh-CN: 平台, en: Platform}, ": "recipients.yaml:2: platform: name must be there",
		"contact: {zh-CN: 甲, en: A}, ":      "platform: contact must be there",
		"purpose: {zh-CN: 甲, en: A}, ":      "platform: purpose must be there",
		"method: {zh-CN: 甲, en: A}, ":       "platform: method must be there",
		"kinds: {zh-CN: 甲, en: A}, ":        "platform: kinds must be there",
		"role: platform, ":                  "platform: role must be one of",
		", contract_ref: C1":                "platform: contract_ref must name the contract",
		"https://a.example":                 "platform: policy_url must begin with https://",
		"code: platform, ":                  "an entry without a code: code must be",
	} {
		if _, err := load(goodPurposes, replace(t, goodRecipients, "", old, "")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %q: %v, want %q", old, err, want)
		}
	}
	if _, err := load(goodPurposes, strings.Replace(goodRecipients, "code: more", "code: ads", 1)); err == nil || !strings.Contains(err.Error(), "recipients.yaml:4: ads: code is there twice") {
		t.Error(err)
	}
}

func TestEveryProblemOfBothFilesIsToldAtOnceInOrder(t *testing.T) {
	_, err := load(strings.NewReplacer("category: dpv:AccountManagement", "category: x", "valid_for: P12M", "valid_for: P2Y", "notice_kind: hr", "notice: hr").Replace(goodPurposes),
		strings.Replace(goodRecipients, "contract_ref: C2", "contract_ref: ''", 1))
	if err == nil {
		t.Fatal("passed")
	}
	var lines []string
	for line := range strings.Lines(err.Error()) {
		place, _, _ := strings.Cut(line, ": ")
		lines = append(lines, place)
	}
	if got, want := strings.Join(lines, " "), "purposes.yaml:10 purposes.yaml:30 purposes.yaml:52 purposes.yaml:61 recipients.yaml:3"; got != want {
		t.Errorf("problems at %s, want %s\n%v", got, want, err)
	}
	if _, err := purpose.Load(fstest.MapFS{}); err == nil || strings.Count(err.Error(), "file does not exist") != 2 {
		t.Errorf("without files: %v", err)
	}
}

func TestAPurposeWithoutANoticeCannotGoLive(t *testing.T) {
	told := prove.Row(t, "A-L21.2")
	const enabled = "notice_kind: survey\n    channel: miniprogram\n    refusal_consequence: {zh-CN: 无, en: None}\n    enabled: true"
	untold := replace(t, goodPurposes, "face.login", "notice_kind: privacy", "notice_kind: survey")
	_, err := load(untold, goodRecipients)
	told.That(err != nil && strings.Contains(err.Error(), "purposes.yaml:31: face.login: notice_kind names no folder of notices/"), "live without a notice: %v", err)

	_, err = load(strings.Replace(untold, enabled, strings.Replace(enabled, "true", "false", 1), 1), goodRecipients)
	told.NoError(err) // switched off, it may wait for its notice

	files := folder(untold, goodRecipients)
	files["notices/survey/1.0.yaml"] = &fstest.MapFile{}
	_, err = purpose.Load(files)
	told.NoError(err)

	_, err = load(replace(t, goodPurposes, "face.login", "    consent_kind: separate\n", ""), goodRecipients)
	told.That(err != nil, "a purpose that rests on consent goes live without a way to consent")
}

func FuzzLoad(f *testing.F) {
	f.Add(goodPurposes, goodRecipients)
	f.Add("purposes: [null, {code: &a [x]}, *a]", "recipients: [{}, null]")
	f.Add("data_items: {a: null}\npurposes: {}", "- 1")
	f.Fuzz(func(t *testing.T, purposes, recipients string) {
		c, err := load(purposes, recipients)
		if (c == nil) == (err == nil) {
			t.Errorf("%v with error %v", c, err)
		}
	})
}

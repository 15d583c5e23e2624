package ledger

import "zhiqing/internal/fault"

// The words for the codes that a receipt shows.
var (
	stateWords = map[string]fault.Text{
		"requested": {ZH: "已征求", EN: "Asked"}, "deferred": {ZH: "暂未决定", EN: "Put off"},
		"given": {ZH: "已同意", EN: "Given"}, "renewed": {ZH: "已续期同意", EN: "Renewed"},
		"refused": {ZH: "已拒绝", EN: "Refused"}, "withdrawn": {ZH: "已撤回", EN: "Withdrawn"},
		"revoked": {ZH: "已被撤销", EN: "Revoked"}, "expired": {ZH: "已到期", EN: "Expired"},
		"invalidated": {ZH: "已失效", EN: "No longer valid"},
	}
	capacityWords = map[string]fault.Text{
		"self": {ZH: "本人", EN: "The person"}, "guardian": {ZH: "监护人", EN: "The guardian"},
		"operator": {ZH: "运营者", EN: "The operator"}, "system": {ZH: "系统自动", EN: "The system"},
	}
	methodWords = map[string]fault.Text{
		"tap": {ZH: "主动点击", EN: "A tap"}, "toggle": {ZH: "主动打开或关闭开关", EN: "A switch"},
		"checkbox": {ZH: "主动勾选", EN: "A tick box"}, "written": {ZH: "书面", EN: "In writing"},
	}
	kindWords = map[string]fault.Text{
		"general": {ZH: "一般同意", EN: "General consent"}, "explicit": {ZH: "明示同意", EN: "Explicit consent"},
		"separate": {ZH: "单独同意", EN: "Separate consent"}, "written": {ZH: "书面同意", EN: "Written consent"},
	}
	// basisWords are the bases of PIPL art. 13.
	basisWords = map[string]fault.Text{
		"consent":            {ZH: "个人的同意", EN: "Consent"},
		"contract":           {ZH: "订立、履行合同所必需", EN: "Contract"},
		"hr":                 {ZH: "人力资源管理所必需", EN: "Human resources"},
		"legal_duty":         {ZH: "履行法定职责或者法定义务所必需", EN: "Legal duty"},
		"emergency":          {ZH: "应对突发公共卫生事件或者紧急情况", EN: "Emergency"},
		"public_interest":    {ZH: "为公共利益实施新闻报道、舆论监督", EN: "Public interest"},
		"public_information": {ZH: "处理已经合法公开的个人信息", EN: "Public information"},
		"other_law":          {ZH: "法律、行政法规规定的其他情形", EN: "Another law"},
	}
	bandWords = map[string]fault.Text{
		"under_14": {ZH: "不满 14 周岁", EN: "Under 14"}, "14_17": {ZH: "14 至 17 周岁", EN: "14 to 17"}, "adult": {ZH: "成年人", EN: "Adult"},
	}
	noticeWords = map[string]fault.Text{
		"privacy": {ZH: "隐私政策", EN: "Privacy notice"}, "children": {ZH: "儿童个人信息保护规则", EN: "Children's notice"},
		"third_party":  {ZH: "向第三方提供告知", EN: "Third-party notice"},
		"cross_border": {ZH: "个人信息出境告知", EN: "Cross-border notice"}, "marketing": {ZH: "营销信息告知", EN: "Marketing notice"},
	}
	placeWords = map[string]fault.Text{"CN": {ZH: "中国境内", EN: "Mainland China"}}
	lawWords   = map[string]fault.Text{"CN": {ZH: "中华人民共和国法律", EN: "The law of the People's Republic of China"}}
	routeWords = map[string]fault.Text{
		"none": {ZH: "不出境", EN: "Does not leave the country"}, "security_assessment": {ZH: "数据出境安全评估", EN: "Security assessment"},
		"certification": {ZH: "个人信息保护认证", EN: "Certification"}, "standard_contract": {ZH: "个人信息出境标准合同", EN: "Standard contract"},
		"contract_necessity": {ZH: "订立、履行合同所必需", EN: "Needed for the contract"}, "emergency": {ZH: "紧急情况", EN: "Emergency"}, "other": {ZH: "其他法定路径", EN: "Another legal route"},
	}

	relationWords = map[string]fault.Text{
		"parent": {ZH: "父母", EN: "A parent"}, "father": {ZH: "父亲", EN: "The father"}, "mother": {ZH: "母亲", EN: "The mother"},
		"guardian": {ZH: "其他监护人", EN: "Another guardian"}, "grandparent": {ZH: "祖父母、外祖父母", EN: "A grandparent"},
		"sibling": {ZH: "兄、姐", EN: "An elder sibling"}, "other_designated": {ZH: "依法指定的监护人", EN: "A designated guardian"},
	}
	levelWords = map[string]fault.Text{"phone": {ZH: "手机号验证", EN: "a verified phone number"}}
)

// Words names a group of codes that receipts, and whoever shows the same records, have titles for.
type Words string

// The groups.
const (
	StateWords    Words = "state"    // of a consent
	CapacityWords Words = "capacity" // in which somebody decided
	MethodWords   Words = "method"   // by which
	KindWords     Words = "kind"     // of consent
	BasisWords    Words = "basis"    // of processing, PIPL art. 13
	BandWords     Words = "band"     // of ages
	NoticeWords   Words = "notice"   // kinds of notices
	RelationWords Words = "relation" // of guardians
	LevelWords    Words = "level"    // of a guardian's verification
)

// In is the title of a code for people; a code without one is its own title.
func (w Words) In(code, lang string) string {
	if text, known := map[Words]map[string]fault.Text{
		StateWords: stateWords, CapacityWords: capacityWords, MethodWords: methodWords, KindWords: kindWords, BasisWords: basisWords,
		BandWords: bandWords, NoticeWords: noticeWords, RelationWords: relationWords, LevelWords: levelWords,
	}[w][code]; known {
		return text.In(lang)
	}
	return code
}

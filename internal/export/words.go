package export

import "zhiqing/internal/fault"

// The words for the codes that the pages show.
var (
	// basisWords are the bases of PIPL art. 13.
	basisWords = map[string]fault.Text{
		"consent":            {ZH: "个人的同意", EN: "consent"},
		"contract":           {ZH: "订立、履行合同所必需", EN: "contract"},
		"hr":                 {ZH: "人力资源管理所必需", EN: "human resources"},
		"legal_duty":         {ZH: "履行法定职责或者法定义务所必需", EN: "legal duty"},
		"emergency":          {ZH: "应对突发公共卫生事件或者紧急情况", EN: "emergency"},
		"public_interest":    {ZH: "为公共利益实施新闻报道、舆论监督", EN: "public interest"},
		"public_information": {ZH: "处理已经合法公开的个人信息", EN: "public information"},
		"other_law":          {ZH: "法律、行政法规规定的其他情形", EN: "another law"},
	}
	reasonWords = map[string]fault.Text{
		"legal_duty":         {ZH: "法律要求保存，不能提供副本", EN: "The law wants it kept and not copied"},
		"third_party_rights": {ZH: "涉及他人的个人信息或权益", EN: "It concerns other people's data or rights"},
		"evidence":           {ZH: "作为证据保存", EN: "It is kept as evidence"},
	}
)

// word names a code; a code without a name is shown as it is, so that nothing is hidden.
func word(words map[string]fault.Text, code, lang string) string {
	if text, ok := words[code]; ok {
		return text.In(lang)
	}
	return code
}

package casework

import (
	"slices"

	"zhiqing/internal/fault"
	"zhiqing/internal/rights"
)

// Template is words to answer with. An officer may change them before they are sent.
type Template struct {
	Code   string
	Title  fault.Text
	Text   fault.Text // to the person; take the language of the case
	Fulfil bool       // it goes with fulfilling, otherwise with refusing
	Ground string     // the coded ground that it goes with; "" with Fulfil
	types  []rights.Type
}

// Templates lists the answers that fit a type, those that fulfil first.
func Templates(t rights.Type) (list []Template) {
	for _, x := range templates {
		if len(x.types) == 0 && t != rights.Complaint || slices.Contains(x.types, t) {
			list = append(list, x)
		}
	}
	return list
}

// templates are plain and short. Each refusal says what the person can do next (PIPL art. 50).
var templates = []Template{
	yes("corrected", "已更正", "Corrected", "您要求更正的信息已更正，可在“我的信息”中查看。", "What you asked us to correct has been corrected; you can see it under your data.", rights.Correct),
	yes("supplemented", "已补充", "Supplemented", "您要求补充的信息已补充，可在“我的信息”中查看。", "What you asked us to add has been added; you can see it under your data.", rights.Supplement),
	yes("objection_upheld", "同意停止处理", "Objection upheld", "我们已停止您所反对的处理，其他功能不受影响。", "We have stopped the processing that you objected to. Everything else works as before.", rights.Object),
	yes("transferred", "已转移", "Transferred", "您要求转移的信息已交给您指定的接收方。", "The data has been handed to the recipient that you named.", rights.Transfer),
	yes("relative_helped", "已为近亲属办理", "Done for a relative", "我们已按您的要求办理。请节哀，如需其他帮助请随时联系我们。", "We have done what you asked. Our condolences; please write if we can help further.", rights.DeceasedRelative),
	yes("complaint_upheld", "投诉成立", "Complaint upheld", "经另一名工作人员复核，您的投诉成立。我们已纠正，并向您致歉。", "Another officer has reviewed this and finds that you are right. We have put it right and apologise.", rights.Complaint),
	no("accurate", "现有信息准确", "It is accurate", "我们核实后确认现有信息准确，因此没有更改。如您有新的材料，可再次提交。", "We have checked and the data is accurate, so nothing was changed. If you have new material, please ask again.", rights.Correct, rights.Supplement),
	no("necessary", "处理确有必要", "It is necessary", "这项处理是履行合同或法定义务所必需，因此不能停止。您可以对此投诉。", "This processing is needed for the contract or a legal duty, so it goes on. You can complain about this.", rights.Object),
	no("third_party", "涉及他人权益", "Rights of others", "这会损害他人的合法权益，因此不能办理。您可以缩小范围后再次提交。", "This would harm the lawful rights of others. You can ask again for a smaller part.", rights.Correct, rights.Supplement, rights.Transfer, rights.DeceasedRelative),
	no("not_feasible", "技术上不可行", "Not feasible", "目前技术上无法直接转移。您可以申请副本，自行交给对方。", "It cannot be transferred directly at present. You can ask for a copy and hand it over yourself.", rights.Transfer),
	no("not_entitled", "未能确认亲属关系", "Not entitled", "现有材料未能确认您有权代为行使。补充材料后可再次提交。", "What we have does not show that you may act for this person. You can ask again with more.", rights.DeceasedRelative),
	no("not_ours", "我们没有这项信息", "Not ours", "我们没有处理这项信息，因此没有可办理的内容。", "We do not process this data, so there is nothing to do."),
	no("identity", "未能核实身份", "Identity not verified", "我们未能核实您的身份。为保护您的信息，暂不能办理；您可以在小程序内再次提交。", "We could not verify your identity. To protect your data we cannot go on; you can ask again in the mini-program."),
	no("unfounded", "投诉不成立", "Complaint unfounded", "经另一名工作人员复核，原处理符合规定。您也可以向网信部门投诉。", "Another officer has reviewed this and finds the handling correct. You may also turn to the cyberspace authority.", rights.Complaint),
}

func yes(code, zhTitle, enTitle, zh, en string, types ...rights.Type) Template {
	return Template{Code: code, Title: fault.Text{ZH: zhTitle, EN: enTitle}, Text: fault.Text{ZH: zh, EN: en}, Fulfil: true, types: types}
}

// no is a refusal; its code is the ground.
func no(ground, zhTitle, enTitle, zh, en string, types ...rights.Type) Template {
	t := yes(ground, zhTitle, enTitle, zh, en, types...)
	t.Fulfil, t.Ground = false, ground
	return t
}

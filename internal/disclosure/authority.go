package disclosure

import (
	"slices"

	"zhiqing/internal/fault"
)

// Authority is a kind of organ to which the law lets data be handed over, and the law that does.
type Authority struct {
	Code   string
	Title  fault.Text
	Law    fault.Text
	Rescue bool // for emergencies alone
}

// home is the only jurisdiction whose authorities are competent (PIPL art. 41).
const home = "CN"

// authorities is the closed table. Which organ may demand what is for counsel to confirm (▲); a kind that is not here is refused.
var authorities = []Authority{
	{"court", fault.Text{ZH: "人民法院", EN: "People's court"}, fault.Text{ZH: "《民事诉讼法》第七十条；《刑事诉讼法》第五十四条", EN: "Civil Procedure Law art. 70; Criminal Procedure Law art. 54"}, false},
	{"procuratorate", fault.Text{ZH: "人民检察院", EN: "People's procuratorate"}, fault.Text{ZH: "《刑事诉讼法》第五十四条", EN: "Criminal Procedure Law art. 54"}, false},
	{"public_security", fault.Text{ZH: "公安机关", EN: "Public security"}, fault.Text{ZH: "《刑事诉讼法》第五十四条；《数据安全法》第三十五条", EN: "Criminal Procedure Law art. 54; Data Security Law art. 35"}, false},
	{"state_security", fault.Text{ZH: "国家安全机关", EN: "State security"}, fault.Text{ZH: "《数据安全法》第三十五条；《国家安全法》第七十七条", EN: "Data Security Law art. 35; National Security Law art. 77"}, false},
	{"supervision", fault.Text{ZH: "监察机关", EN: "Supervisory commission"}, fault.Text{ZH: "《监察法》第十八条", EN: "Supervision Law art. 18"}, false},
	{"tax", fault.Text{ZH: "税务机关", EN: "Tax authority"}, fault.Text{ZH: "《税收征收管理法》第五十七条", EN: "Tax Collection Law art. 57"}, false},
	{"market_regulation", fault.Text{ZH: "市场监督管理部门", EN: "Market regulation"}, fault.Text{ZH: "《电子商务法》第二十五条", EN: "E-Commerce Law art. 25"}, false},
	{"cyberspace", fault.Text{ZH: "网信部门", EN: "Cyberspace administration"}, fault.Text{ZH: "《个人信息保护法》第六十三条", EN: "PIPL art. 63"}, false},
	{"rescue", fault.Text{ZH: "医疗、消防等救援机构", EN: "Medical, fire and other rescue services"}, fault.Text{ZH: "《个人信息保护法》第十三条第一款第四项", EN: "PIPL art. 13(1)(4)"}, true},
}

// Authorities lists the kinds of organ, for forms.
func Authorities() []Authority { return slices.Clone(authorities) }

func authority(code string) (Authority, bool) {
	i := slices.IndexFunc(authorities, func(a Authority) bool { return a.Code == code })
	if i < 0 {
		return Authority{}, false
	}
	return authorities[i], true
}

// why is the purpose that the person is told of an order.
func (a Authority) why(b Basis) fault.Text {
	if b == Emergency {
		return fault.Text{ZH: "紧急情况下保护自然人的生命健康和财产安全（《个人信息保护法》第十三条第一款第四项）", EN: "Protecting a person's life, health or property in an emergency (PIPL art. 13(1)(4))"}
	}
	return fault.Text{ZH: "依法配合" + a.Title.ZH + "（" + a.Law.ZH + "）", EN: "Required by law (" + a.Law.EN + ")"}
}

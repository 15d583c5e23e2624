package consent

import "zhiqing/internal/purpose"

// The words of a receipt that come from no catalogue.
var (
	withdrawal = purpose.Text{ZH: "在小程序的“隐私中心”关闭此项，立即生效。", EN: "Turn it off in the mini-program's privacy centre; it takes effect at once."}

	guardianWithdrawal = purpose.Text{
		ZH: "监护人：在小程序的“隐私中心”→“我监护的孩子”→“撤回”，立即生效；孩子本人也可以在“隐私中心”拒绝。",
		EN: "The guardian: the mini-program's privacy centre, children in my care, withdraw; it takes effect at once. The child can also say no in the privacy centre.",
	}

	sources = map[purpose.Source]purpose.Text{
		purpose.FromPerson:   {ZH: "由您提供", EN: "given by you"},
		purpose.FromWeChat:   {ZH: "来自微信", EN: "from WeChat"},
		purpose.FromSystem:   {ZH: "使用时产生", EN: "made as you use it"},
		purpose.FromStaff:    {ZH: "由工作人员记录", EN: "noted by staff"},
		purpose.FromGuardian: {ZH: "由监护人提供", EN: "given by a guardian"},
	}

	afterwards = map[string]purpose.Text{
		"delete":    {ZH: "删除", EN: "deleted"},
		"anonymise": {ZH: "匿名化，无法再识别到您", EN: "made anonymous, for good"},
	}

	// rights of PIPL art. 44 to 50 and 网络数据安全管理条例 art. 21.
	rights = []purpose.Text{
		{ZH: "查阅", EN: "access"}, {ZH: "复制", EN: "copy"}, {ZH: "转移", EN: "transfer"}, {ZH: "更正", EN: "correct"}, {ZH: "补充", EN: "supplement"},
		{ZH: "删除", EN: "delete"}, {ZH: "限制处理", EN: "restrict"}, {ZH: "反对", EN: "object"}, {ZH: "要求解释", EN: "explanation"},
		{ZH: "撤回同意", EN: "withdraw"}, {ZH: "投诉", EN: "complain"},
	}
)

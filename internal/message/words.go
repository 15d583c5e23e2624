package message

import "zhiqing/internal/fault"

// Kind says what a message is about.
type Kind string

// The kinds.
const (
	GuardianResult    Kind = "guardian_result"
	GuardianWithdrawn Kind = "guardian_withdrawn"
	Dispute           Kind = "dispute"
	ReconsentDue      Kind = "reconsent_due"
	Transition14      Kind = "transition14"
	Transition18      Kind = "transition18"
	RequestReceived   Kind = "request_received"
	RequestDone       Kind = "request_done"
	RequestRefused    Kind = "request_refused"
	RequestHeld       Kind = "request_held"
	PackageReady      Kind = "package_ready"
	PickupReady       Kind = "pickup_ready"
	ReportReceived    Kind = "report_received"
	ReportCleared     Kind = "report_cleared"
	ReportUpheld      Kind = "report_upheld"
	WeChatErased      Kind = "wechat_erased"
	NoticeChanged     Kind = "notice_changed"
	Disclosed         Kind = "disclosed"
)

// words are what a kind says. Title and Body are for the inbox; Phrase is the state in a WeChat message, at most five Han
// characters, because WeChat allows no more (wechat.md 2.7).
type words struct {
	Title, Body fault.Text
	Phrase      string
}

// said is every word of this package. No text names a person, an age or what data it is: whoever looks over a shoulder, and
// WeChat, learns no more than that there is something to read.
var said = map[Kind]words{
	GuardianResult: {
		fault.Text{ZH: "监护人已作出决定", EN: "Your guardian has decided"},
		fault.Text{ZH: "请在“隐私”中查看结果。", EN: "Please see the result under Privacy."}, "已决定",
	},
	GuardianWithdrawn: {
		fault.Text{ZH: "监护关系有变化", EN: "A guardianship has changed"},
		fault.Text{ZH: "同意已被撤回，相应处理已停止。请在“隐私”中查看。", EN: "A consent has been withdrawn and what rested on it has stopped. Please see Privacy."}, "已撤回",
	},
	Dispute: {
		fault.Text{ZH: "监护人的意见不一致", EN: "Guardians disagree"},
		fault.Text{ZH: "意见不一致期间，资料只保存、不作其他处理。工作人员会在 15 个工作日内核查。", EN: "Until this is settled, data is stored and nothing else. An officer looks into it within 15 working days."}, "待核查",
	},
	ReconsentDue: {
		fault.Text{ZH: "需要重新确认同意", EN: "A consent needs to be given again"},
		fault.Text{ZH: "此前的同意即将到期，或告知内容已更新。请在“隐私”中查看并决定。", EN: "An earlier consent is running out, or its notice has changed. Please see Privacy and decide."}, "待确认",
	},
	Transition14: {
		fault.Text{ZH: "年龄段已变化", EN: "Your age band has changed"},
		fault.Text{ZH: "今后的同意须由您本人和监护人共同作出。请在“隐私”中查看并决定。", EN: "From now on you and your guardian decide together. Please see Privacy and decide."}, "待确认",
	},
	Transition18: {
		fault.Text{ZH: "您已成年", EN: "You are an adult now"},
		fault.Text{ZH: "监护关系已经结束。请在 30 天内由您本人决定是否继续，否则资料会被删除。", EN: "The guardianship has ended. Please decide within 30 days whether to go on; otherwise your data is erased."}, "待确认",
	},
	RequestReceived: {
		fault.Text{ZH: "已收到您的请求", EN: "Your request has been received"},
		fault.Text{ZH: "编号 {number}。办理进度可在“隐私”中查看。", EN: "Its number is {number}. You can follow it under Privacy."}, "已收到",
	},
	RequestDone: {
		fault.Text{ZH: "您的请求已办结", EN: "Your request is done"},
		fault.Text{ZH: "编号 {number}。结果可在“隐私”中查看。", EN: "Its number is {number}. The result is under Privacy."}, "已办结",
	},
	RequestRefused: {
		fault.Text{ZH: "您的请求未能满足", EN: "Your request could not be met"},
		fault.Text{ZH: "编号 {number}。理由和投诉、起诉的途径可在“隐私”中查看。", EN: "Its number is {number}. The reason, and how to complain or go to court, is under Privacy."}, "有答复",
	},
	RequestHeld: {
		fault.Text{ZH: "您的请求须等待法律程序", EN: "Your request waits for legal proceedings"},
		fault.Text{ZH: "编号 {number}。相关信息依法保全，只作存储；保全结束后即行办理。理由可在“隐私”中查看。", EN: "Its number is {number}. What it asks for is under a legal hold: stored and nothing else. We go on when the hold ends. The reason is under Privacy."}, "等待中",
	},
	PackageReady: {
		fault.Text{ZH: "您的数据副本已备好", EN: "Your copy is ready"},
		fault.Text{ZH: "编号 {number}。请在 72 小时内下载，最多 3 次。", EN: "Its number is {number}. Please fetch it within 72 hours, three times at most."}, "可下载",
	},
	PickupReady: {
		fault.Text{ZH: "待转移的数据已备好", EN: "Your data is ready to be transferred"},
		fault.Text{ZH: "编号 {number}。请在 72 小时内把取件码交给接收方，仅可取一次。", EN: "Its number is {number}. Please hand the pickup token to the recipient within 72 hours; it works once."}, "待取件",
	},
	ReportReceived: {
		fault.Text{ZH: "请确认您的年龄", EN: "Please confirm your age"},
		fault.Text{ZH: "我们收到一份反映（编号 {number}），称此帐户可能由未成年人使用。核查期间，仅可选用途暂停，登录、资料查看和各项权利不受影响。填写出生日期即可恢复。", EN: "We received a report ({number}) that a minor may be using this account. While it is checked, only optional purposes pause; logging in, reading your profile and your rights stay. Giving your birth date ends the pause."}, "待确认",
	},
	ReportCleared: {
		fault.Text{ZH: "可选用途已恢复", EN: "Optional purposes are open again"},
		fault.Text{ZH: "关于编号 {number} 的暂停已结束。", EN: "The pause for {number} has ended."}, "已恢复",
	},
	ReportUpheld: {
		fault.Text{ZH: "反映已核实", EN: "A report was found to be right"},
		fault.Text{ZH: "编号 {number}。请在“隐私”中查看后续安排。", EN: "Its number is {number}. Please see Privacy for what follows."}, "已核实",
	},
	WeChatErased: {
		fault.Text{ZH: "已按您在微信中的操作删除信息", EN: "Data was erased as you asked in WeChat"},
		fault.Text{ZH: "您可在“隐私”中查看现有资料。", EN: "What is still kept is under Privacy."}, "已删除",
	},
	Disclosed: {
		fault.Text{ZH: "您的信息有一次对外提供", EN: "Some of your data was handed over"},
		fault.Text{ZH: "向谁提供、依据和内容可在“隐私”中查看。", EN: "Who received it, why and what is under Privacy."}, "可查看",
	},
	NoticeChanged: {
		fault.Text{ZH: "隐私告知已更新", EN: "A privacy notice has changed"},
		fault.Text{ZH: "请在“隐私”中阅读变化内容。需要您重新决定的，我们会再次询问。", EN: "Please read what has changed under Privacy. Where a new decision is needed, you will be asked."}, "已更新",
	},
}

// Known reports whether there is such a kind.
func (k Kind) Known() bool { _, ok := said[k]; return ok }

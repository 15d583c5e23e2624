package console

import (
	"fmt"

	"zhiqing/internal/fault"
)

// code is how a code looks on a page: its title, and how it should feel.
type code struct {
	fault.Text
	Mood string // ok, warn, bad, idle
}

func ok(zh, en string) code   { return code{fault.Text{ZH: zh, EN: en}, "ok"} }
func warn(zh, en string) code { return code{fault.Text{ZH: zh, EN: en}, "warn"} }
func bad(zh, en string) code  { return code{fault.Text{ZH: zh, EN: en}, "bad"} }
func idle(zh, en string) code { return code{fault.Text{ZH: zh, EN: en}, "idle"} }

// codes are the codes that pages show, by group. One that is missing shows itself, without a mood.
var codes = map[string]map[string]code{
	"account": {
		"active": ok("正常", "Active"), "pending_guardian": warn("等待监护人", "Waits for a guardian"), "restricted": warn("仅存储", "Restricted"),
		"closing": bad("正在注销", "Closing"), "erased": bad("已删除", "Erased"),
	},
	"band": {
		"": idle("未询问年龄", "Age not asked"), "under_14": warn("不满 14 周岁", "Under 14"), "14_17": warn("14 至 17 周岁", "14 to 17"), "adult": idle("成年人", "Adult"),
	},
	"consent": {
		"unknown": idle("未决定", "Not decided"), "requested": idle("已征求", "Asked"), "deferred": idle("暂未决定", "Put off"),
		"given": ok("已同意", "Given"), "renewed": ok("已续期", "Renewed"), "refused": bad("已拒绝", "Refused"), "withdrawn": bad("已撤回", "Withdrawn"),
		"revoked": bad("已被撤销", "Revoked"), "expired": warn("已到期", "Expired"), "invalidated": warn("已失效", "No longer valid"),
	},
	"by": {
		"person": idle("本人", "The person"), "staff": idle("工作人员", "Staff"), "recipient": idle("接收方", "The recipient"),
		"self": idle("本人", "The person"), "guardian": idle("监护人", "A guardian"), "system": idle("系统", "The system"), "operator": idle("运营者", "The operator"),
	},
	"link": {
		"reviewing": warn("监护人查看中", "Being reviewed"), "active": ok("有效", "In force"), "refused": bad("已拒绝", "Refused"), "withdrawn": bad("已撤回", "Withdrawn"),
		"expired": idle("已过期", "Lapsed"), "lapsed": idle("监护人帐户已注销", "The guardian's account has ended"), "invalid": bad("监护人不是成年人", "The guardian was no adult"),
		"closed": idle("已满 18 周岁", "Turned 18"),
	},
	"role": {"minor": idle("被监护人", "The minor"), "guardian": idle("监护人", "The guardian")},
	"request": {
		"access": idle("查阅", "Access"), "copy": idle("复制", "Copy"), "transfer": idle("转移", "Transfer"), "correct": idle("更正", "Correct"), "supplement": idle("补充", "Supplement"),
		"delete": idle("删除", "Delete"), "restrict": idle("限制处理", "Restrict"), "object": idle("反对处理", "Object"), "explain": idle("解释说明", "Explain"),
		"withdraw_all": idle("撤回全部同意", "Withdraw all"), "cancel_account": idle("注销帐户", "Close account"), "deceased_relative": idle("已故近亲属", "Deceased relative"),
		"complaint": warn("投诉", "Complaint"),
	},
	"request_state": {
		"received": idle("已收到", "Received"), "identity_required": warn("待核实身份", "Identity needed"), "confirmation_required": warn("待本人确认", "Waits for the person"),
		"in_progress": warn("处理中", "In progress"), "fulfilled": ok("已完成", "Done"), "refused": bad("未予满足", "Refused"), "cancelled": idle("已取消", "Cancelled"),
	},
	"urgency": {"calm": ok("从容", "Calm"), "half": idle("过半", "Half gone"), "urgent": warn("临近", "Soon"), "overdue": bad("逾期", "Overdue")},
	"hand":    {"none": idle("未领取", "Nobody's"), "own": ok("我的", "Mine"), "other": idle("他人", "Another's")},
	"happening": {
		"received": idle("收到", "Received"), "acknowledged": idle("已告知收到", "Acknowledged"), "identity_required": warn("需核实身份", "Identity needed"),
		"identity_verified": ok("身份已核实", "Identity verified"), "identity_failed": bad("身份未能核实", "Identity not verified"), "accepted": idle("已受理", "Accepted"),
		"retry": warn("重试", "Retry"), "fulfilled": ok("已完成", "Done"), "refused": bad("未予满足", "Refused"), "cancelled": idle("已取消", "Cancelled"),
		"withdrawn": idle("本人取消", "Cancelled by the person"), "confirmation_required": warn("待本人确认", "Waits for the person"), "confirmed": ok("本人已确认", "Confirmed"),
		"picked_up": ok("接收方已领取", "Picked up"), "lapsed": warn("逾期未确认", "Lapsed"), "held": warn("因法律保全暂缓", "Waits for a legal hold"), "package_gone": idle("导出文件已删除", "The package is gone"),
		"step:answer": ok("已生成答复", "Answered"), "step:build": ok("已生成导出文件", "Package built"), "step:pause": ok("已暂停处理", "Processing paused"),
		"step:withdraw": ok("已撤回全部同意", "Consents withdrawn"), "step:fields": ok("已删除资料字段", "Fields erased"), "step:exports": ok("已终止导出", "Exports ended"),
		"step:holders": ok("各处已删除", "Erased everywhere"), "step:erase": ok("已销毁密钥", "Key destroyed"), "step:scan": ok("已复查各处存储", "Stores scanned again"),
		"downloaded": idle("已下载", "Downloaded"), "complaint": warn("提出投诉", "Complaint"), "taken": idle("工作人员已领取", "Taken by staff"),
	},
	"report":       {"minor_data": warn("涉及未成年人信息", "A minor's data"), "complaint": warn("投诉", "Complaint")},
	"report_state": {"received": idle("已收到", "Received"), "checking": warn("核查中", "Being checked"), "upheld": ok("属实", "Upheld"), "unfounded": idle("不属实", "Unfounded")},
	"disclosure":   {"requested": warn("待批准与提供", "Waits"), "sent": ok("已提供", "Handed over"), "lapsed": idle("已失效", "Lapsed")},
	"approval":     {"asked": warn("等待中", "Waiting"), "approved": ok("已批准", "Approved"), "denied": bad("未批准", "Denied")},
	"source":       {"person": idle("本人填写", "From the person"), "wechat": idle("微信提供", "From WeChat"), "guardian": idle("监护人填写", "From the guardian"), "staff": idle("工作人员更正", "Corrected by staff")},
	"channel":      {"in_app": idle("小程序", "In the app"), "email": idle("电子邮件", "E-mail"), "post": idle("信函", "Letter"), "phone": idle("电话", "Phone")},
}

// codeOf looks a code up.
func codeOf(group string, value any) code {
	s := fmt.Sprint(value)
	if c, known := codes[group][s]; known {
		return c
	}
	return idle(s, s)
}

package inventory

import "zhiqing/internal/fault"

// shelf is a line of the table: one collection.
type shelf struct {
	collection string
	what       fault.Text
	about      string // users, guests, staff; "" = nobody
	guard      string // how it is protected: see guards
	// fields says of each field which kinds of data lie in it, by their codes in purposes.yaml; "" = none: a number, a time or a
	// mark that only the program reads. It is nil where about is "".
	fields map[string]string
	basis  fault.Text // of what the catalogue does not cover: the operator's own people
}

// guards say how a collection is protected, beside what protects all of it (Inventory.Safeguards).
var guards = map[string]fault.Text{
	"sealed":    {ZH: "内容以本人的密钥加密（AES-256-GCM），检索用盲索引；销毁密钥即不可读", EN: "Contents under the person's own key (AES-256-GCM), searched by blind indexes; destroying the key ends it"},
	"pseudonym": {ZH: "只含假名、代码和时间，不含可直接识别的内容", EN: "Pseudonyms, codes and times alone; nothing that identifies by itself"},
	"hashed":    {ZH: "标识只存带密钥的摘要", EN: "Identifiers as keyed hashes alone"},
	"chained":   {ZH: "只含假名和代码；逐条摘要相连，改动可被发现", EN: "Pseudonyms and codes alone; chained by hashes, so a change is found"},
	"none":      {ZH: "不含个人信息", EN: "No personal data"},
}

// employees is the basis of what is kept about the operator's own people.
var employees = fault.Text{ZH: "员工帐户：《个人信息保护法》第十三条第一款第二项（人力资源管理）", EN: "Staff accounts: PIPL art. 13(1)(2), human resources"}

func text(zh, en string) fault.Text { return fault.Text{ZH: zh, EN: en} }

// shelves is the table. What holds no personal data has its reason in what.
var shelves = []shelf{
	{"subjects", text("帐户与资料", "Accounts and profiles"), "users", "sealed", map[string]string{
		"id": "", "rev": "", "key": "", "age_retry": "", "number": "privacy_number", "state": "account_state", "created": "account_state", "erasure": "account_state",
		"band": "age_band", "changes": "age_band", "declared": "age_band", "openid": "wechat_ids", "unionid": "wechat_ids", "union": "wechat_ids",
		"fields": "nickname avatar gender birth_date phone email postal_address contact_preferences reminder_date",
		"pauses": "request_record", "holds": "account_state", "minority": "guardian_link guardian_phone age_band",
	}, fault.Text{}},
	{"identities", text("微信身份到帐户的对应", "From a WeChat identity to its account"), "users", "hashed", map[string]string{"subject": "wechat_ids"}, fault.Text{}},
	{"privacy_numbers", text("隐私编号到帐户的对应", "From a privacy number to its account"), "users", "pseudonym", map[string]string{"subject": "privacy_number"}, fault.Text{}},
	{"age_markers", text("防止改填年龄的标记", "Marks against age-gate shopping"), "users", "hashed", map[string]string{"until": "age_band", "regrant": "guardian_link"}, fault.Text{}},
	{"sessions", text("登录与访客会话", "Sessions of users and guests"), "users, guests", "hashed", map[string]string{
		"kind": "", "gen": "", "retry": "", "owner": "guest_id account_state", "created": "account_state", "expires": "account_state", "ends": "account_state", "refused": "preferences",
	}, fault.Text{}},
	{"books", text("同意簿", "Books of consent"), "users, guests", "chained", map[string]string{
		"standings": "consent_record", "log": "consent_record", "retries": "", "guest": "guest_id", "ended": "",
	}, fault.Text{}},
	{"book_pages", text("同意簿的旧页", "Older pages of the books"), "users, guests", "chained", map[string]string{"k": "", "n": "", "p": "", "e": "consent_record"}, fault.Text{}},
	{"requests", text("权利请求与投诉", "Rights requests and complaints"), "users", "sealed", map[string]string{
		"number": "request_record", "subject": "request_record", "requester": "request_record", "link": "guardian_link", "session": "", "type": "request_record", "state": "request_record",
		"channel": "request_record", "scope": "request_record", "language": "request_record", "detail": "request_record", "about": "request_record", "complaint": "request_record",
		"received": "request_record", "due": "request_record", "provisional": "", "timeline": "request_record", "steps": "", "next": "", "claimed": "", "untold": "", "failures": "",
		"answer": "request_record", "outcome": "request_record", "package": "request_record", "transfer": "request_record", "proof": "request_record", "alarms": "", "handler": "request_record", "hands": "request_record", "lodged_by": "request_record",
	}, fault.Text{}},
	{"request_slots", text("同一请求只受理一次的标记", "Marks that make two identical requests one"), "users", "hashed", map[string]string{"number": "request_record"}, fault.Text{}},
	{"package_parts", text("待下载的副本", "Copies that wait to be fetched"), "users", "sealed", map[string]string{"subject": "", "sealed": "request_record"}, fault.Text{}},
	{"disclosures", text("对外提供的记录", "What was given to whom"), "users", "pseudonym", map[string]string{
		"subject": "access_record", "state": "", "basis": "access_record", "recipient": "access_record", "fields": "access_record", "purpose": "access_record", "consent": "consent_record",
		"reference": "access_record", "document": "access_record", "secrecy": "access_record", "asked_by": "access_record", "allow_by": "access_record", "digest": "", "asked": "access_record",
		"expires": "", "sent": "access_record", "tell": "", "due": "", "told": "access_record",
	}, fault.Text{}},
	{"messages", text("站内消息", "Messages to people"), "users", "pseudonym", map[string]string{
		"id": "", "subject": "message_log", "kind": "message_log", "refs": "message_log", "at": "message_log", "read": "message_log", "expires": "", "wechat": "message_log",
	}, fault.Text{}},
	{"message_permissions", text("微信订阅消息的授权次数", "Permissions for WeChat messages"), "users", "pseudonym", map[string]string{
		"subject": "preferences", "template": "preferences", "left": "preferences", "at": "", "seen": "",
	}, fault.Text{}},
	{"reports", text("他人反映与无帐户投诉", "Reports and complaints without an account"), "users", "sealed", map[string]string{
		"number": "request_record", "kind": "request_record", "state": "request_record", "subject": "request_record", "key": "", "text": "request_record", "received": "request_record",
		"due": "request_record", "provisional": "", "restricted": "", "answered": "request_record", "band": "age_band", "handler": "request_record", "decided": "request_record", "acts": "", "next": "", "failures": "",
	}, fault.Text{}},
	{"report_marks", text("帐户曾因反映暂停的标记", "Marks of accounts that a report has paused"), "users", "pseudonym", map[string]string{"number": "request_record", "at": "request_record"}, fault.Text{}},
	{"events", text("保存期限的起算事项", "Events that start periods of retention"), "users", "pseudonym", map[string]string{
		"subject": "order settlement", "category": "", "reference": "order settlement", "events": "order settlement", "awaited": "", "due": "", "tries": "",
	}, fault.Text{}},
	{"legal_holds", text("法律保全", "Legal holds"), "users", "pseudonym", map[string]string{
		"subject": "enforcement_record", "category": "enforcement_record", "reason": "enforcement_record", "case": "enforcement_record", "approver": "enforcement_record", "opened": "enforcement_record",
		"review_by": "enforcement_record", "closed": "enforcement_record", "closed_by": "enforcement_record",
	}, fault.Text{}},
	{"lookups", text("工作人员打开的记录（30 分钟）", "Records that staff have open, for 30 minutes"), "users, staff", "pseudonym", map[string]string{
		"subject": "access_record", "officer": "access_record", "reason": "access_record", "reference": "access_record", "minor": "age_band", "at": "access_record", "ends": "",
	}, fault.Text{}},
	{"audit", text("审计日志", "The audit"), "users, staff", "chained", map[string]string{
		"bytes": "access_record", "prev": "", "hash": "", "at": "access_record", "actor": "access_record", "subject": "access_record", "reason": "access_record",
	}, fault.Text{}},

	{"staff", text("员工帐户", "Staff accounts"), "staff", "sealed", map[string]string{
		"name": "", "role": "", "password": "", "key": "", "secret": "", "step": "", "identity": "", "subject": "", "disabled": "", "epoch": "", "trained": "", "created": "",
	}, employees},
	{"staff_sessions", text("员工登录会话", "Their sessions"), "staff", "hashed", map[string]string{"officer": "", "epoch": "", "began": "", "seen": "", "step_up": ""}, employees},
	{"staff_strikes", text("员工登录失败次数", "Their failed sign-ins"), "staff", "hashed", map[string]string{"n": "", "until": "", "forget": ""}, employees},
	{"staff_quotas", text("员工一小时内的查看次数", "What they did within the hour"), "staff", "pseudonym", map[string]string{"at": "", "alarmed": ""}, employees},
	{"staff_journeys", text("正在单位统一登录处的员工", "Who is away at the identity provider"), "staff", "hashed", map[string]string{"began": "", "visit": ""}, employees},
	{"halts", text("被停用的目的和接收方，及召回", "What has been stopped by hand, and recalls"), "staff", "pseudonym", map[string]string{
		"kind": "", "code": "", "reason": "", "reference": "", "by": "", "at": "", "lifted": "", "recall": "",
	}, employees},
	{"approvals", text("双人批准", "Approvals by a second officer"), "users, staff", "pseudonym", map[string]string{
		"permission": "access_record", "record": "access_record", "reason": "access_record", "reference": "access_record", "state": "access_record", "asked_by": "access_record",
		"asked_at": "access_record", "answered_by": "access_record", "answered_at": "access_record", "expires": "",
	}, fault.Text{}},

	{"notices", text("已公布的告知文本", "Published notices"), "", "none", nil, fault.Text{}},
	{"purpose_definitions", text("已公布的目的定义", "Published definitions of purposes"), "", "none", nil, fault.Text{}},
	{"wechat_tokens", text("运营者自己的微信凭证（加密）", "The operator's own WeChat tokens, sealed"), "", "none", nil, fault.Text{}},
	{"wechat_pushes", text("微信要求删除的事项，办结后清空", "What WeChat has ordered, by pseudonym, blanked when it is carried out"), "users", "pseudonym", map[string]string{
		"event": "", "subject": "request_record", "fields": "request_record", "at": "", "next": "", "failures": "",
	}, fault.Text{}},
	{"inspections", text("每夜自查的结果，次夜覆盖", "What the nightly inspection found, overwritten the next night"), "users", "pseudonym", map[string]string{
		"at": "enforcement_record", "answers": "enforcement_record", "next": "",
	}, fault.Text{}},
	{"tally_days", text("每日计数，不涉及任何人", "What happened on a day, counted, about nobody"), "", "none", nil, fault.Text{}},
	{"tally_levels", text("当前计数，不涉及任何人", "How much there is, counted, about nobody"), "", "none", nil, fault.Text{}},
	{"anonymised", text("每月删除数量，不涉及任何人", "How much was let go of in a month, about nobody"), "", "none", nil, fault.Text{}},
	{"audit_checks", text("审计日志最近一次核验的结果", "How the last walk along the audit went"), "", "none", nil, fault.Text{}},
	{"services", text("运营者其他系统的密钥（摘要）", "Keys of the operator's other systems, hashed"), "", "none", nil, fault.Text{}},
	{"rewraps", text("换用新密钥的进度", "How far a rotation of keys has come"), "", "none", nil, fault.Text{}},
	{"leases", text("由哪台服务器执行定期工作", "Which server does a job"), "", "none", nil, fault.Text{}},
	{"key_checks", text("存储与密钥文件的对应", "Which key file a store belongs to"), "", "none", nil, fault.Text{}},
}

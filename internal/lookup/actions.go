package lookup

import "zhiqing/internal/fault"

// actions name for people what staff do, by the action of its row. Whoever adds an action to packages staff or casework adds
// its title here; a test reads their source. What concerns no person's record is in it for the day on which it does.
var actions = map[string]fault.Text{
	"staff.lookup":   {ZH: "查找", EN: "Looked up"},
	"staff.viewed":   {ZH: "查看", EN: "Viewed"},
	"staff.revealed": {ZH: "查看未遮盖的内容", EN: "Saw without the mask"},

	"staff.minor_access_requested":    {ZH: "申请查看未成年人的记录", EN: "Asked to see a minor's record"},
	"staff.minor_access_approved":     {ZH: "批准查看未成年人的记录", EN: "Approved access to a minor's record"},
	"staff.minor_access_denied":       {ZH: "拒绝查看未成年人的记录", EN: "Denied access to a minor's record"},
	"staff.age_correct_requested":     {ZH: "申请更正年龄", EN: "Asked to correct an age"},
	"staff.age_correct_approved":      {ZH: "批准更正年龄", EN: "Approved the correction of an age"},
	"staff.age_correct_denied":        {ZH: "拒绝更正年龄", EN: "Denied the correction of an age"},
	"staff.dispute_resolve_requested": {ZH: "申请处理监护争议", EN: "Asked to resolve a dispute about a guardianship"},
	"staff.dispute_resolve_approved":  {ZH: "批准处理监护争议", EN: "Approved resolving a dispute about a guardianship"},
	"staff.dispute_resolve_denied":    {ZH: "拒绝处理监护争议", EN: "Denied resolving a dispute about a guardianship"},

	"staff.queue_viewed":        {ZH: "查看待办列表", EN: "Viewed the queue"},
	"staff.request_viewed":      {ZH: "查看请求", EN: "Viewed a request"},
	"staff.request_taken":       {ZH: "受理请求", EN: "Took on a request"},
	"request.received":          {ZH: "登记请求", EN: "Entered a request"},
	"request.identity_verified": {ZH: "核实身份", EN: "Verified who asked"},
	"request.identity_failed":   {ZH: "身份核实未通过", EN: "Could not verify who asked"},
	"request.fulfilled":         {ZH: "完成请求", EN: "Fulfilled a request"},
	"request.refused":           {ZH: "拒绝请求", EN: "Refused a request"},
	"staff.report_viewed":       {ZH: "查看反映", EN: "Viewed a report"},
	"staff.report_taken":        {ZH: "受理反映", EN: "Took on a report"},
	"complaint.decided":         {ZH: "处理投诉", EN: "Decided a complaint"},
	"guardian.dispute_resolved": {ZH: "处理监护争议", EN: "Resolved a dispute about a guardianship"},
	"age.corrected":             {ZH: "更正年龄", EN: "Corrected an age"},

	"staff.disclosure_order_requested": {ZH: "申请对外披露", EN: "Asked to hand data over to an authority"},
	"staff.disclosure_order_approved":  {ZH: "批准对外披露", EN: "Approved handing data over"},
	"staff.disclosure_order_denied":    {ZH: "拒绝对外披露", EN: "Denied handing data over"},
	"disclosure.listed":                {ZH: "查看对外披露列表", EN: "Viewed the list of disclosures"},
	"disclosure.viewed":                {ZH: "查看一项对外披露", EN: "Viewed a disclosure"},
	"disclosure.requested":             {ZH: "登记对外披露申请", EN: "Entered an order to hand data over"},
	"disclosure.refused":               {ZH: "拒绝对外提供", EN: "Refused to provide data"},
	"disclosure.sent":                  {ZH: "对外提供", EN: "Handed data over"},
	"disclosure.told":                  {ZH: "告知本人对外提供", EN: "Told the person of a hand-over"},
	"purpose.disabled":                 {ZH: "停用目的", EN: "Stopped a purpose"},
	"purpose.enabled":                  {ZH: "恢复目的", EN: "Let a purpose go on"},
	"recipient.disabled":               {ZH: "停止向接收方提供", EN: "Stopped a recipient"},
	"recipient.enabled":                {ZH: "恢复向接收方提供", EN: "Let a recipient go on"},
	"recipient.recalled":               {ZH: "接收方已确认停止并删除", EN: "A recipient has confirmed that it stopped and deleted"},
	"service.added":                    {ZH: "新建服务密钥", EN: "Added a service key"},
	"service.disabled":                 {ZH: "停用服务密钥", EN: "Disabled a service key"},

	"staff.signed_in":              {ZH: "登录", EN: "Signed in"},
	"staff.signed_out":             {ZH: "退出登录", EN: "Signed out"},
	"staff.sign_in_failed":         {ZH: "登录失败", EN: "Failed to sign in"},
	"staff.stepped_up":             {ZH: "再次验证身份", EN: "Proved their identity again"},
	"staff.step_up_failed":         {ZH: "再次验证身份失败", EN: "Failed to prove their identity again"},
	"staff.password_changed":       {ZH: "修改密码", EN: "Changed their password"},
	"staff.password_change_failed": {ZH: "修改密码失败", EN: "Failed to change their password"},
	"staff.locked_out":             {ZH: "多次失败，暂停登录", EN: "Locked out after several failures"},
	"staff.denied":                 {ZH: "没有权限，已拒绝", EN: "Denied: not permitted"},
	"staff.bulk_blocked":           {ZH: "超过每小时上限，已拒绝", EN: "Denied: more than the hourly limit"},
	"staff.added":                  {ZH: "新增员工帐户", EN: "Added a staff account"},
	"staff.disabled":               {ZH: "停用员工帐户", EN: "Disabled a staff account"},
	"staff.role_changed":           {ZH: "更改员工角色", EN: "Changed an officer's role"},
	"staff.trained":                {ZH: "登记员工培训", EN: "Noted an officer's training"},
	"staff.reset":                  {ZH: "重置员工帐户", EN: "Reset a staff account"},
	"staff.relisted":               {ZH: "改用单位统一登录", EN: "Move an account to the identity provider"},
	"audit.viewed":                 {ZH: "查看审计日志", EN: "Viewed the audit log"},
	"audit.checked":                {ZH: "核验审计链", EN: "Checked the audit chain"},
	"audit.pack_built":             {ZH: "导出审计日志", EN: "Exported the audit log"},
}

// otherReasons are why staff do what is no look-up: disclosures (package disclosure) and stops (package halt).
var otherReasons = map[string]fault.Text{
	"legal_duty":   {ZH: "依法配合有权机关", EN: "Required by law"},
	"emergency":    {ZH: "紧急情况", EN: "Emergency"},
	"provision":    {ZH: "向接收方提供", EN: "Providing to a recipient"},
	"unlawful_use": {ZH: "违法使用", EN: "Unlawful use"},
	"incident":     {ZH: "安全事件", EN: "Security incident"},
	"contract":     {ZH: "合同到期或违约", EN: "Contract expired or broken"},
	"complaint":    {ZH: "投诉属实", EN: "Complaint upheld"},
	"authority":    {ZH: "监管要求", EN: "Demanded by the authority"},
}

// ActionTitle names for people what staff did; ok is false for an action that has no title.
func ActionTitle(action string) (title fault.Text, ok bool) {
	title, ok = actions[action]
	return title, ok
}

// otherAction is what an action is called that has no title.
var otherAction = fault.Text{ZH: "办理", EN: "Handled"}

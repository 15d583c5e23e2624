package inventory

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// In returns the English text for lang "en" and the Chinese one otherwise.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// Print writes the record for people, in Chinese, or in English for lang "en".
func (inv Inventory) Print(w io.Writer, lang string) error {
	out := bufio.NewWriter(w)
	say := func(zh, en string) string { return Text{zh, en}.In(lang) }
	list := func(codes []string) string {
		if len(codes) == 0 {
			return say("无", "none")
		}
		return strings.Join(codes, ", ")
	}
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }

	line("%s", say("个人信息处理活动记录", "Record of processing activities"))
	line("%s: %s · %s · %s", say("处理者", "Controller"), inv.Controller.Name, inv.Controller.Address, inv.Controller.Contact)
	line("%s: %s", say("个人信息保护负责人", "Data protection officer"), inv.Controller.DPO)
	line("%s: %s (%s)", say("存储地点", "Stored in"), inv.Storage.Region, inv.Storage.Engine)

	line("\n%s", say("一、目的", "1. Purposes"))
	for _, p := range inv.Purposes {
		line("%s  %s", p.Code, p.Title.In(lang))
		line("    %s: %s · %s", say("依据", "basis"), p.Basis, p.Law.In(lang))
		var items []string
		for _, i := range p.Items {
			items = append(items, i.Title.In(lang))
		}
		line("    %s: %s", say("信息", "data"), strings.Join(items, say("、", ", ")))
		line("    %s: %s %s → %s · %s", say("保存", "kept"), p.Retention.Length, p.Retention.Starts, p.Retention.Afterwards, p.Retention.Law.In(lang))
		line("    %s: %s", say("接收方", "recipients"), list(p.Recipients))
	}

	line("\n%s", say("二、接收方", "2. Recipients"))
	for _, r := range inv.Recipients {
		line("%s  %s (%s, %s)", r.Code, r.Name.In(lang), r.Role, r.Region)
		line("    %s · %s · %s · %s", r.Contact.In(lang), r.Purpose.In(lang), r.Method.In(lang), r.Kinds.In(lang))
		line("    %s: %s", say("合同", "contract"), r.Contract)
	}

	line("\n%s", say("三、存放位置与字段", "3. Where it lies, field by field"))
	for _, c := range inv.Collections {
		line("%s  %s", c.Name, c.What.In(lang))
		if !c.Personal {
			continue
		}
		line("    %s: %s · %s: %s · %s", say("涉及", "about"), c.About, say("删除与导出", "erased and exported by"), list(c.Holders), c.Protection.In(lang))
		if c.Basis != nil {
			line("    %s", c.Basis.In(lang))
		}
		for _, f := range c.Fields {
			line("    %-12s %s", f.Name, strings.Join(f.Items, ", "))
		}
		line("    %s: %s", say("目的", "purposes"), list(c.Purposes))
	}

	line("\n%s", say("四、谁可以做什么", "4. Who may do what"))
	for _, p := range inv.Roles {
		var marks []string
		if p.StepUp {
			marks = append(marks, say("再次验证", "step-up"))
		}
		if p.FourEyes {
			marks = append(marks, say("双人批准", "four eyes"))
		}
		line("%s  %s: %s%s", p.Code, p.Title.In(lang), list(p.Roles), strings.TrimSuffix(" ("+strings.Join(marks, ", ")+")", " ()"))
	}

	line("\n%s", say("五、安全措施与证明", "5. Safeguards and their proofs"))
	for _, s := range inv.Safeguards {
		line("%s  %s: %s", s.Row, s.What.In(lang), list(s.Tests))
	}
	return out.Flush()
}

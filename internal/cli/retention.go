package cli

import (
	"fmt"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/observe"
	"zhiqing/internal/retention"
)

type retentionCmd struct {
	Event eventCmd `cmd:"" help:"登记另一系统报告的事项（如交易完成），保存期限自此起算。 Note what another system reports, such as a completed transaction: its period begins."`
	Hold  holdCmd  `cmd:"" help:"法律保全：暂缓删除争议所涉的信息。 Legal holds: what a dispute needs is not erased."`
}

// operate opens the program for one thing. The embedded store must not be in use by a server.
func (c *call) operate(do func(*app.App) error) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	return app.Operate(c.ctx, cfg, observe.NewLogger(c.env.Stderr, cfg), do)
}

type eventCmd struct {
	Subject   string    `required:"" placeholder:"sub_…" help:"主体编号。 The subject."`
	Category  string    `required:"" placeholder:"order" help:"purposes.yaml 中的信息种类。 A data item of purposes.yaml."`
	Reference string    `required:"" placeholder:"O-1001" help:"该系统中的编号，不含个人信息。 That system's number; no personal data."`
	Event     string    `required:"" placeholder:"completed" help:"事项代号，如 completed、service_ended。 The event, such as completed or service_ended."`
	At        time.Time `xor:"when" required:"" placeholder:"2026-11-23T10:00:00+08:00" help:"发生的时间。 When it happened."`
	Awaited   bool      `xor:"when" required:"" help:"尚未发生：交易或服务正在进行。 It is still to come: the order or the service is under way."`
}

// Run notes the event.
func (e eventCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		err := a.Retention.Report(c.ctx, retention.Event{Subject: e.Subject, Category: e.Category, Reference: e.Reference, Event: e.Event, At: e.At})
		if err == nil {
			c.printf("已登记 noted %s %s %s\n", e.Category, e.Reference, e.Event)
		}
		return err
	})
}

type holdCmd struct {
	Open  holdOpenCmd  `cmd:"" help:"开始一项保全。 Open a hold."`
	Close holdCloseCmd `cmd:"" help:"结束一项保全；等待的删除随即继续。 Close a hold; what has waited is erased."`
	List  holdListCmd  `cmd:"" help:"列出未结束的保全，先复核者在前。 List open holds, the next review first."`
}

type holdOpenCmd struct {
	Subject  string    `required:"" placeholder:"sub_…" help:"主体编号。 The subject."`
	Category string    `placeholder:"order" help:"范围：信息种类；不写则为全部。 The scope: a data item; none = everything."`
	Reason   string    `required:"" placeholder:"lawsuit" help:"理由代号，如 lawsuit、arbitration、authority。 A reason's code."`
	Case     string    `placeholder:"（2026）沪0115民初1号" help:"案号或程序编号。 The number of the proceeding."`
	Approver string    `required:"" placeholder:"stf_…" help:"批准人。 Who approved it."`
	ReviewBy time.Time `required:"" format:"2006-01-02" placeholder:"2027-05-31" help:"复核日期，一年之内。 The day of its review, within a year."`
}

// Run opens the hold and prints its number.
func (h holdOpenCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		opened, err := a.Retention.Hold(c.ctx, retention.Hold{
			Subject: h.Subject, Category: h.Category, Reason: h.Reason, Case: h.Case, Approver: h.Approver, ReviewBy: h.ReviewBy,
		})
		if opened.ID != "" && err != nil {
			return fmt.Errorf("%s: %w; the next sweep finishes it", opened.ID, err)
		}
		if err == nil {
			c.printf("已保全 held: %s\n", opened.ID)
		}
		return err
	})
}

type holdCloseCmd struct {
	ID string `arg:"" placeholder:"hld_…" help:"保全编号。 The hold."`
	By string `required:"" placeholder:"stf_…" help:"决定人。 Who decided it."`
}

// Run closes the hold and lets go on what has waited for it.
func (h holdCloseCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		if _, err := a.ReleaseHold(c.ctx, h.ID, h.By); err != nil {
			return err
		}
		c.printf("已结束 closed: %s\n", h.ID)
		return nil
	})
}

type holdListCmd struct{}

// listed is how many holds are shown.
const listed = 1000

// Run prints one line for each open hold.
func (holdListCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		holds, err := a.Retention.Open(c.ctx, listed)
		if err != nil {
			return err
		}
		for _, h := range holds {
			mark, scope := "·", h.Category
			if app.Clock().After(h.ReviewBy) {
				mark = "✗ 逾期未复核 review overdue"
			}
			if scope == "" {
				scope = "全部 everything"
			}
			c.printf("%s %s %s %s %s %s 批准 approved %s 复核 review %s\n", mark, h.ID, h.Subject, scope, h.Reason, h.Case, h.Approver, h.ReviewBy.Format(time.DateOnly))
		}
		c.printf("共 %d 项 %d open\n", len(holds), len(holds))
		return nil
	})
}

package cli

import (
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"zhiqing/internal/app"
	"zhiqing/internal/staff"
)

type staffCmd struct {
	Add     staffAddCmd     `cmd:"" help:"新建帐户；密码与验证器只显示这一次。 Open an account; its password and authenticator are shown this once."`
	Disable staffDisableCmd `cmd:"" help:"停用帐户，正在进行的登录随即结束。 Close an account; its sessions end."`
	Reset   staffResetCmd   `cmd:"" help:"重置密码与验证器，并重新启用。 A new password and authenticator; opens the account again."`
	Role    staffRoleCmd    `cmd:"" help:"更改角色。 Change a role."`
	Train   staffTrainCmd   `cmd:"" help:"记录培训有效期；过期后不能接触个人信息。 Note until when training holds; after it personal data is closed."`
	Link    staffLinkCmd    `cmd:"" help:"改用单位统一登录进入；原密码作废。 Let an account sign in at the identity provider instead."`
	List    staffListCmd    `cmd:"" help:"列出帐户。 List the accounts."`
}

type staffAddCmd struct {
	Name         string     `arg:"" placeholder:"NAME" help:"用户名：2 至 64 个小写字母、数字或 . _ @ -。 The name."`
	Role         staff.Role `required:"" placeholder:"ROLE" help:"support、privacy_officer、child_data_officer、auditor、administrator。 The role."`
	OIDC         string     `name:"oidc" placeholder:"EMAIL" help:"统一登录的邮箱或编号（sub）：此人在那里登录，没有本地密码。 Signs in at the identity provider, as this address or subject."`
	TrainedUntil time.Time  `format:"2006-01-02" placeholder:"2027-05-31" help:"培训有效至（含当日），一年之内。 The last day on which training holds."`
}

// Run opens the account.
func (s staffAddCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		password, uri, err := s.open(c, a)
		if err != nil {
			return err
		}
		if !s.TrainedUntil.IsZero() {
			if err := a.Staff.Train(c.ctx, staff.System(), s.Name, endOfDay(s.TrainedUntil)); err != nil {
				return err
			}
		}
		if s.OIDC != "" {
			c.printf("已新建 opened %s：统一登录 signs in at the identity provider\n", s.Name)
			return nil
		}
		return c.tellCredentials(s.Name, password, uri)
	})
}

func (s staffAddCmd) open(c *call, a *app.App) (password, uri string, err error) {
	if s.OIDC != "" {
		return "", "", a.Staff.Enlist(c.ctx, staff.System(), s.Name, s.Role, s.OIDC)
	}
	return a.Staff.Add(c.ctx, staff.System(), s.Name, s.Role)
}

type staffLinkCmd struct {
	Name string `arg:"" placeholder:"NAME" help:"用户名。 The name."`
	OIDC string `arg:"" placeholder:"EMAIL" help:"统一登录的邮箱或编号（sub）。 The address or subject at the identity provider."`
}

// Run ties the account to an identity.
func (s staffLinkCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		err := a.Staff.Relist(c.ctx, staff.System(), s.Name, s.OIDC)
		if err == nil {
			c.printf("已更改 changed %s：统一登录 signs in at the identity provider\n", s.Name)
		}
		return err
	})
}

type staffResetCmd struct {
	Name string `arg:"" placeholder:"NAME" help:"用户名。 The name."`
}

// Run draws new credentials.
func (s staffResetCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		password, uri, err := a.Staff.Reset(c.ctx, staff.System(), s.Name)
		if err != nil {
			return err
		}
		return c.tellCredentials(s.Name, password, uri)
	})
}

// tellCredentials shows what is told once: on standard output, and never in the log.
func (c *call) tellCredentials(name, password, uri string) error {
	picture, err := qrText(uri)
	if err != nil {
		return err
	}
	c.printf("用户名 name      %s\n密码 password    %s\n验证器 authenticator（用应用扫描，或手动输入 scan it with the app, or type it）\n%s\n%s\n", name, password, uri, picture)
	c.printf("请立即交给本人；不会再次显示。 Hand these over now; they are not shown again.\n")
	return nil
}

type staffDisableCmd struct {
	Name string `arg:"" placeholder:"NAME" help:"用户名。 The name."`
}

// Run closes the account.
func (s staffDisableCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		err := a.Staff.Disable(c.ctx, staff.System(), s.Name)
		if err == nil {
			c.printf("已停用 disabled %s\n", s.Name)
		}
		return err
	})
}

type staffRoleCmd struct {
	Name string     `arg:"" placeholder:"NAME" help:"用户名。 The name."`
	Role staff.Role `arg:"" placeholder:"ROLE" help:"新角色。 The new role."`
}

// Run changes the role; sessions of the account end.
func (s staffRoleCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		err := a.Staff.SetRole(c.ctx, staff.System(), s.Name, s.Role)
		if err == nil {
			c.printf("已更改 changed %s：%s\n", s.Name, s.Role)
		}
		return err
	})
}

type staffTrainCmd struct {
	Name  string    `arg:"" placeholder:"NAME" help:"用户名。 The name."`
	Until time.Time `arg:"" format:"2006-01-02" placeholder:"2027-05-31" help:"有效至（含当日）。 The last day on which it holds."`
}

// Run notes the training.
func (s staffTrainCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		err := a.Staff.Train(c.ctx, staff.System(), s.Name, endOfDay(s.Until))
		if err == nil {
			c.printf("已记录 noted %s：%s\n", s.Name, s.Until.Format(time.DateOnly))
		}
		return err
	})
}

type staffListCmd struct{}

// Run prints one line for each account.
func (staffListCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		all, err := a.Staff.List(c.ctx)
		if err != nil {
			return err
		}
		for _, x := range all {
			mark := "·"
			switch {
			case x.Disabled:
				mark = "✗ 已停用 disabled"
			case !app.Clock().Before(x.TrainedUntil):
				mark = "! 培训已过期 training lapsed"
			}
			c.printf("%s %s %s 培训至 trained until %s\n", mark, x.Name, x.Role, x.TrainedUntil.Format(time.DateOnly))
		}
		c.printf("共 %d 个帐户 %d accounts\n", len(all), len(all))
		return nil
	})
}

// endOfDay is the midnight that ends a day in China.
func endOfDay(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, time.FixedZone("CST", 8*60*60))
}

// qrText draws a QR code in a terminal, two rows of modules to a line, light on dark so that cameras read it on a dark screen.
func qrText(text string) (string, error) {
	code, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil {
		return "", err
	}
	const quiet = 2
	size := code.Bounds().Dx()
	dark := func(x, y int) bool {
		if x < 0 || y < 0 || x >= size || y >= size {
			return false
		}
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}
	var out strings.Builder
	for y := -quiet; y < size+quiet; y += 2 {
		for x := -quiet; x < size+quiet; x++ {
			switch top, bottom := dark(x, y), dark(x, y+1); {
			case top && bottom:
				out.WriteByte(' ')
			case top:
				out.WriteRune('▄')
			case bottom:
				out.WriteRune('▀')
			default:
				out.WriteRune('█')
			}
		}
		out.WriteByte('\n')
	}
	return out.String(), nil
}

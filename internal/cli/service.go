package cli

import (
	"time"

	"zhiqing/internal/app"
)

type serviceCmd struct {
	Add     serviceAddCmd     `cmd:"" help:"新建服务密钥，只显示这一次。 A key for another system of the operator, shown this once."`
	Disable serviceDisableCmd `cmd:"" help:"停用密钥，立即生效。 End a key at once."`
	List    serviceListCmd    `cmd:"" help:"列出服务。 List the services."`
}

type serviceAddCmd struct {
	Name string `arg:"" placeholder:"NAME" help:"名称：2 至 32 个小写字母、数字或 _。 The name."`
}

// Run draws the key.
func (s serviceAddCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		key, err := a.Services.Add(c.ctx, s.Name)
		if err == nil {
			c.printf("服务 service   %s\n密钥 key       %s\n请立即存入该系统；不会再次显示。 Put it into that system now; it is not shown again.\n", s.Name, key)
		}
		return err
	})
}

type serviceDisableCmd struct {
	Name string `arg:"" placeholder:"NAME" help:"名称。 The name."`
}

// Run ends the key.
func (s serviceDisableCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		err := a.Services.Disable(c.ctx, s.Name)
		if err == nil {
			c.printf("已停用 disabled %s\n", s.Name)
		}
		return err
	})
}

type serviceListCmd struct{}

// Run prints one line for each service.
func (serviceListCmd) Run(c *call) error {
	return c.operate(func(a *app.App) error {
		all, err := a.Services.List(c.ctx)
		for _, s := range all {
			mark := "·"
			if s.Disabled {
				mark = "✗ 已停用 disabled"
			}
			c.printf("%s %s 自 since %s\n", mark, s.Name, s.AddedAt.Format(time.DateOnly))
		}
		return err
	})
}

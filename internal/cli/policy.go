package cli

import (
	"zhiqing/config/policy"
	"zhiqing/internal/app"
	"zhiqing/internal/register"
)

type policyCmd struct {
	Coverage coverageCmd `cmd:"" help:"隐私政策每一句由哪些测试证明。 Which tests prove each sentence of the policy."`
	Check    checkCmd    `cmd:"" help:"检查目的、接收方与告知文本。 Check purposes, recipients and notices."`
}

type coverageCmd struct {
	Lang string `enum:"zh-CN,en" default:"zh-CN" help:"zh-CN, en"`
}

// Run prints the register.
func (p coverageCmd) Run(c *call) error {
	r, err := register.Load(policy.FS)
	if err != nil {
		return err
	}
	return r.Print(c.env.Stdout, p.Lang)
}

type checkCmd struct{}

// Run reads the configured policy and reports every problem at once.
func (checkCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	purposes, notices, err := app.ReadPolicy(app.PolicyFS(cfg.Policy.Dir), cfg.Operator)
	if err != nil {
		return err
	}
	c.printf("政策无误 policy is sound: %d purposes, %d recipients, %d notice texts\n", len(purposes.All()), len(purposes.Recipients()), len(notices))
	return nil
}

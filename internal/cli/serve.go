package cli

import (
	"os"
	"runtime/debug"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/observe"
)

type serveCmd struct{}

// Run serves until the context ends (Ctrl-C, SIGTERM), then stops gracefully.
func (serveCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	tuneMemory()
	log := observe.NewLogger(c.env.Stderr, cfg)
	a, err := app.Open(c.ctx, app.Options{Config: cfg, Log: log})
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	name, password, made, err := a.Staff.Bootstrap(c.ctx)
	if err != nil {
		return err
	}
	welcome := func(at app.Addresses) {
		c.welcome(cfg, at)
		if made {
			c.printf("  工作台帐户 Console account（只显示这一次 shown this once）\n    用户名 name     %s\n    密码 password   %s\n\n", name, password)
		}
	}
	if err := a.Run(c.ctx, welcome); err != nil {
		return err
	}
	log.Info("stopped")
	return a.Close()
}

// tuneMemory lets garbage grow to a few times the small live heap before it is collected, under a firm limit: collecting
// tens of megabytes over and over would cost a fifth of the time. GOGC and GOMEMLIMIT still have the last word.
func tuneMemory() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(200 << 20)
	}
}

// welcome says where everything is, and what to try first.
func (c *call) welcome(cfg config.Config, at app.Addresses) {
	c.printf("知情 Zhiqing %s · %s · %s\n\n", app.Version(), cfg.Mode, cfg.Store.Engine())
	c.printf("  接口 API        %s\n", at.API)
	c.printf("  文档 Docs       %s/docs\n", at.API)
	c.printf("  工作台 Console  %s/console/\n", at.API)
	if at.Sandbox != "" {
		c.printf("  微信沙箱 Sandbox %s/_sandbox/calls\n", at.Sandbox)
	}
	if at.Metrics != "" {
		c.printf("  指标 Metrics    %s\n", at.Metrics)
	}
	c.printf("\n  试一试 Try:\n    curl -s -X POST %s/v1/sessions/guest\n", at.API)
	if at.Sandbox != "" {
		c.printf("    curl -s -X POST %s/v1/sessions/wechat -H 'Content-Type: application/json' -d '{\"code\":\"mum-1\"}'\n", at.API)
	}
	c.printf("\n")
}

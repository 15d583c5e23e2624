package cli

import (
	"zhiqing/internal/app"
)

type sandboxCmd struct{}

// Run serves the sandbox alone until the context ends.
func (sandboxCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	return app.RunSandbox(c.ctx, cfg, func(url string) {
		c.printf("微信沙箱 WeChat sandbox: %s\n  登录凭证 login code: <person>-<nonce>，例如 mum-1\n  调用次数 calls: curl -s %s/_sandbox/calls\n", url, url)
	})
}

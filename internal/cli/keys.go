package cli

import (
	"zhiqing/internal/app"
	"zhiqing/internal/ledger"
)

type keysCmd struct {
	Init   keysInitCmd   `cmd:"" help:"生成新的密钥文件（不会覆盖已有文件）。 Make a key file; never overwrites one."`
	Rotate keysRotateCmd `cmd:"" help:"启用新的签名密钥，旧公钥继续公布。 New signing keys; the old public keys stay published."`
}

type keysInitCmd struct{}

// Run makes the key file that vault.keyset names.
func (keysInitCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	if _, err := app.CreateKeys(cfg.Vault.Keyset, ledger.OriginOperator, app.Clock()); err != nil {
		return err
	}
	c.printf("已生成 made %s（权限 0600）。请另存一份在安全的地方：没有它，会话失效，身份无法对应。\nKeep a copy in a safe place: without it sessions end and identities no longer match.\n", cfg.Vault.Keyset)
	return nil
}

type keysRotateCmd struct{}

// Run replaces the signing keys in the key file. Servers use them after a restart.
func (keysRotateCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	if err := app.RotateKeys(cfg.Vault.Keyset, app.Clock()); err != nil {
		return err
	}
	c.printf("已轮换 rotated %s；重启服务后启用 in use after a restart\n", cfg.Vault.Keyset)
	return nil
}

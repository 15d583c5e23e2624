package cli

import (
	"errors"
	"io/fs"

	"zhiqing/internal/app"
	"zhiqing/internal/ledger"
)

type keysCmd struct {
	Init   keysInitCmd   `cmd:"" help:"生成新的密钥文件（不会覆盖已有文件）。 Make the key files; never overwrites one."`
	Rotate keysRotateCmd `cmd:"" help:"启用新的签名密钥与主密钥；旧公钥继续公布，旧主密钥留作解读。 New signing keys and a new key-encryption key; old public keys stay published, old keys still read."`
}

type keysInitCmd struct{}

// Run makes the key files that vault.keyset and vault.keys name. One that is there stays; it fails when both are.
func (keysInitCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	_, errSigning := app.CreateKeys(cfg.Vault.Keyset, ledger.OriginOperator, app.Clock())
	_, errSealing := app.CreateVaultKeys(cfg.Vault.Keys, ledger.OriginOperator, app.Clock())
	made := c.tellMade(cfg.Vault.Keyset, errSigning) + c.tellMade(cfg.Vault.Keys, errSealing)
	for _, err := range []error{errSigning, errSealing} {
		if err != nil && (made == 0 || !errors.Is(err, fs.ErrExist)) {
			return errors.Join(errSigning, errSealing)
		}
	}
	c.printf("请另存一份在安全的地方：没有它，会话失效，身份无法对应，个人信息无法解读。\nKeep a copy in a safe place: without it sessions end, identities no longer match, and personal data cannot be read.\n")
	return nil
}

// tellMade says which file was made, and counts it.
func (c *call) tellMade(path string, err error) int {
	if err != nil {
		return 0
	}
	c.printf("已生成 made %s（权限 0600）\n", path)
	return 1
}

type keysRotateCmd struct{}

// Run replaces the keys in the key files. A running server reads the sealing keys again by itself (the job keys) and signs
// by the new signing keys after a restart.
func (keysRotateCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	if err := app.RotateKeys(cfg.Vault, app.Clock()); err != nil {
		return err
	}
	c.printf("已轮换 rotated %s；重启服务后启用 in use after a restart\n", cfg.Vault.Keyset)
	c.printf("已轮换 rotated %s；运行中的服务自行启用 running servers take it up by themselves\n", cfg.Vault.Keys)
	return nil
}

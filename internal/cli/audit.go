package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/audit"
	"zhiqing/internal/ledger"
)

type exportCmd struct {
	Audit exportAuditCmd `cmd:"" help:"一段时间的审计日志，附未成年人数据与签名。 The audit of a period, with the figures on minors, signed."`
}

type exportAuditCmd struct {
	From string `required:"" placeholder:"2026-01-01" help:"第一天（中国时间）。 The first day, in China."`
	To   string `required:"" placeholder:"2026-12-31" help:"最后一天，含当天。 The last day, included."`
	Out  string `required:"" type:"path" placeholder:"FILE" help:"写入的文件，不得已存在。 The file to write; it must not exist."`
}

// china is where the days of a period begin and end.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// period is the time from the beginning of the first day to the end of the last.
func (e exportAuditCmd) period() (from, to time.Time, err error) {
	from, errFrom := time.ParseInLocation(time.DateOnly, e.From, china)
	last, errTo := time.ParseInLocation(time.DateOnly, e.To, china)
	if errFrom != nil || errTo != nil || last.Before(from) {
		return from, to, usage(errors.New("--from 和 --to 应为先后两天，例如 2026-01-01 · --from and --to are two days in their order, such as 2026-01-01"))
	}
	return from.UTC(), last.AddDate(0, 0, 1).UTC(), nil
}

// Run writes the pack beside its place and moves it there once it is whole: half a pack is none.
func (e exportAuditCmd) Run(c *call) error {
	from, to, err := e.period()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(e.Out); !errors.Is(err, os.ErrNotExist) {
		return usage(fmt.Errorf("%s: 已存在 · exists already", e.Out))
	}
	f, err := os.CreateTemp(filepath.Dir(e.Out), ".audit-*")
	if err != nil {
		return usage(err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	var rows int64
	err = c.operate(func(a *app.App) error {
		rows, err = a.PackAudit(c.ctx, f, from, to)
		return err
	})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), e.Out); err != nil { // unlike a rename it replaces nothing
		return err
	}
	c.printf("已导出 exported %d rows: %s\n", rows, e.Out)
	return nil
}

type verifyAuditCmd struct {
	File string `arg:"" type:"path" help:"export audit 或控制台导出的文件。 The pack."`
	JWKS string `name:"jwks" required:"" type:"path" placeholder:"FILE" help:"运营者公布的公钥（/.well-known/jwks.json）。 The operator's published keys."`
}

// Run checks the signature of a pack and each row upon the one before, and says what the pack covers.
func (v verifyAuditCmd) Run(c *call) error {
	document, err := readFile(v.JWKS)
	if err != nil {
		return err
	}
	keys, err := ledger.ParseJWKS(document)
	if err != nil { // says nothing about the pack
		return usage(fmt.Errorf("%s: %w", v.JWKS, err))
	}
	f, err := os.Open(v.File)
	if err != nil {
		return usage(err)
	}
	defer func() { _ = f.Close() }()
	p, err := audit.CheckPack(f, keys)
	switch {
	case errors.Is(err, audit.ErrPack):
		c.printf("无效 INVALID  与签发时不一致 · it is not as it was issued: %v\n", err)
		return errFailed
	case err != nil:
		return err
	}
	c.printf("有效 VALID\n  from       %s\n  to         %s (exclusive)\n  generated  %s\n  rows       %d, the first is %d\n  head       %s\n",
		p.From.Format(time.RFC3339), p.To.Format(time.RFC3339), p.Generated.Format(time.RFC3339), p.Rows, p.First, p.Head)
	return nil
}

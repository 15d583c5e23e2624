package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/export"
	"zhiqing/internal/fault"
	"zhiqing/internal/ledger"
)

type verifyCmd struct {
	Chains  verifyChainsCmd  `cmd:"" default:"withargs" help:"逐条核验全部记录链；可在服务运行时进行。 Walk every chain; also beside a running server."`
	Receipt verifyReceiptCmd `cmd:"" help:"离线核验一份回执。 Verify a receipt with no server."`
	Package verifyPackageCmd `cmd:"" help:"离线核验一个导出压缩包。 Verify an export package with no server."`
	Audit   verifyAuditCmd   `cmd:"" help:"离线核验一份审计日志导出。 Verify a pack of the audit with no server."`
	Proof   verifyProofCmd   `cmd:"" help:"离线核验一份删除证明。 Verify the proof of an erasure with no server."`
}

type verifyChainsCmd struct{}

// Run walks every chain and names the first break of each book.
func (verifyChainsCmd) Run(c *call) error {
	cfg, err := c.settings()
	if err != nil {
		return err
	}
	report, err := app.Verify(c.ctx, cfg)
	if err != nil {
		return err
	}
	for _, b := range report.Breaks {
		c.printf("断裂 BROKEN  %s\n", b)
	}
	if report.More > 0 {
		c.printf("… 另有 and %d more\n", report.More)
	}
	c.printf("已核验 verified: %d books, %d entries, %d audit rows, %d broken\n", report.Books, report.Entries, report.AuditRows, int64(len(report.Breaks))+report.More)
	if !report.Sound() {
		return errFailed
	}
	return nil
}

type verifyReceiptCmd struct {
	File string `arg:"" type:"path" help:"回执：JWS 文本，或接口返回的 JSON。 The receipt: a JWS, or the API's JSON."`
	JWKS string `name:"jwks" required:"" type:"path" placeholder:"FILE" help:"运营者公布的公钥（/.well-known/jwks.json）。 The operator's published keys."`
}

// Run checks signature, hash and facts of one receipt.
func (v verifyReceiptCmd) Run(c *call) error {
	receipt, err := readFile(v.File)
	if err != nil {
		return err
	}
	keys, err := readFile(v.JWKS)
	if err != nil {
		return err
	}
	if _, err := ledger.ParseJWKS(keys); err != nil { // says nothing about the receipt
		return usage(fmt.Errorf("%s: %w", v.JWKS, err))
	}
	r, err := ledger.VerifyFile(receipt, keys)
	var why *fault.Fault
	switch {
	case errors.As(err, &why):
		c.printf("无效 INVALID  %s %s\n", why.Text.ZH, why.Text.EN)
		return errFailed
	case err != nil:
		return err
	}
	e, n := r.Events[0], r.Processing.PrivacyNotice
	c.printf("有效 VALID\n  entry    %s (seq %d)\n  book     %s\n  purpose  %s\n  state    %s\n  time     %s\n  notice   %s %s (%s) sha256 %s\n",
		r.Header.RecordID, r.Integrity.Seq, r.Header.PIIPrincipalID, r.Processing.Purposes[0].PurposeCode, e.State,
		e.Time.Format(time.RFC3339Nano), n.Kind, n.Version, n.Language, n.SHA256)
	return nil
}

type verifyPackageCmd struct {
	File string `arg:"" type:"path" help:"导出的 ZIP 文件。 The package."`
	JWKS string `name:"jwks" required:"" type:"path" placeholder:"FILE" help:"运营者公布的公钥（/.well-known/jwks.json）。 The operator's published keys."`
}

// Run checks signature, checksums, data and receipts of one package and names every problem.
func (v verifyPackageCmd) Run(c *call) error {
	document, err := readFile(v.JWKS)
	if err != nil {
		return err
	}
	keys, err := ledger.ParseJWKS(document)
	if err != nil { // says nothing about the package
		return usage(fmt.Errorf("%s: %w", v.JWKS, err))
	}
	f, err := os.Open(v.File)
	if err != nil {
		return usage(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return usage(err)
	}
	report, err := export.Verify(f, info.Size(), keys)
	var why *fault.Fault
	switch {
	case errors.As(err, &why):
		c.printf("无效 INVALID  %s %s\n", why.Text.ZH, why.Text.EN)
		return errFailed
	case err != nil:
		return err
	}
	return c.tell(report)
}

// tell prints what was found. What a stranger's file says is quoted; once it is sound, its words are the operator's.
func (c *call) tell(r export.Report) error {
	if r.Sound() {
		m := r.Manifest
		c.printf("有效 VALID\n  request    %s\n  subject    %s\n  from       %s\n  generated  %s\n  files      %d\n  receipts   %d\n",
			m.RequestNo, m.SubjectPseudonym, m.Controller.Name, m.GeneratedAt.Format(time.RFC3339), r.Files, r.Receipts)
		return nil
	}
	c.printf("无效 INVALID  压缩包与签发时不一致。 The package is not as it was issued.\n")
	for _, p := range r.Problems {
		c.printf("  %q  %s %s\n", p.Path, p.Text.ZH, p.Text.EN)
		for _, place := range p.Places {
			c.printf("      %s\n", place)
		}
	}
	if r.More > 0 {
		c.printf("  … 另有 and %d more\n", r.More)
	}
	return errFailed
}

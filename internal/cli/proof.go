package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ledger"
)

type verifyProofCmd struct {
	File string `arg:"" type:"path" help:"删除证明：JWS 文本，或接口返回的 JSON。 The proof of an erasure: a JWS, or the API's JSON."`
	JWKS string `name:"jwks" required:"" type:"path" placeholder:"FILE" help:"运营者公布的公钥（/.well-known/jwks.json）。 The operator's published keys."`
}

// Run checks the signature of a proof and says what it proves.
func (v verifyProofCmd) Run(c *call) error {
	data, err := readFile(v.File)
	if err != nil {
		return err
	}
	document, err := readFile(v.JWKS)
	if err != nil {
		return err
	}
	keys, err := ledger.ParseJWKS(document)
	if err != nil { // says nothing about the proof
		return usage(fmt.Errorf("%s: %w", v.JWKS, err))
	}
	var p guardian.Proof
	err = ledger.VerifyEvidence(data, ledger.TypErasure, keys, &p)
	var why *fault.Fault
	switch {
	case errors.As(err, &why):
		c.printf("无效 INVALID  %s %s\n", why.Text.ZH, why.Text.EN)
		return errFailed
	case err != nil:
		return err
	}
	c.printf("有效 VALID  这个帐户的数据已经删除 · the data of this account is erased\n")
	c.printf("  subject    %s\n  reason     %s\n  erased     %s\n  data key   destroyed, sha256 %s\n  fields     %s\n  chain      %d entries stay as evidence, head %s\n  issued     %s\n",
		p.Subject, p.Reason, p.ErasedAt.Format(time.RFC3339), p.KeyDigest, strings.Join(p.Fields, ", "), p.HeadSeq, p.HeadHash, p.IssuedAt.Format(time.RFC3339))
	return nil
}

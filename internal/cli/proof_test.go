package cli

import (
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/guardian"
	"zhiqing/internal/ledger"
)

// proven writes the proof of an erasure, signed as typ, and the published keys of who signed it.
func proven(t *testing.T, dir, typ string) (jws, file, keys string) {
	t.Helper()
	now := time.Unix(1_780_000_000, 0).UTC()
	k := ledger.NewKeyset(rand.Reader, now, ledger.OriginOperator)
	jws, err := k.Sign(ledger.UseReceipt, typ, guardian.Proof{
		Subject: "sub_x", Reason: "cancel_account", ErasedAt: now, KeyDigest: "aa11", Fields: []string{"openid", "nickname"}, HeadSeq: 2, HeadHash: "bb22", IssuedAt: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return jws, write(t, filepath.Join(dir, "proof.json"), `{"number":"RQ-1","jws":"`+jws+`"}`), write(t, filepath.Join(dir, "k.json"), string(k.JWKS()))
}

func TestAProofOfErasureIsVerifiedOffline(t *testing.T) {
	dir := t.TempDir()
	jws, file, keys := proven(t, dir, ledger.TypErasure)
	for _, file := range []string{file, write(t, filepath.Join(dir, "proof.jws"), jws+"\n")} {
		code, out, errs := run(t, dir, "verify", "proof", file, "--jwks", keys)
		if code != exitOK || !strings.HasPrefix(out, "有效 VALID") || errs != "" {
			t.Errorf("%d %s %s", code, out, errs)
		}
		for _, said := range []string{"sub_x", "cancel_account", "aa11", "openid, nickname", "bb22"} {
			if !strings.Contains(out, said) {
				t.Errorf("it does not say %s:\n%s", said, out)
			}
		}
	}
}

func TestAChangedOrForeignProofProvesNothing(t *testing.T) {
	dir := t.TempDir()
	jws, file, keys := proven(t, dir, ledger.TypErasure)
	_, _, others := proven(t, t.TempDir(), ledger.TypErasure)
	otherType, _, sameKeys := proven(t, t.TempDir(), ledger.TypReceipt)
	middle := len(jws) / 2
	changed := jws[:middle] + string(jws[middle]^1) + jws[middle+1:]
	for name, c := range map[string]struct{ file, keys string }{
		"another key":  {file, others},
		"one letter":   {write(t, filepath.Join(dir, "c.jws"), changed), keys},
		"another type": {write(t, filepath.Join(dir, "t.jws"), otherType), sameKeys},
		"empty":        {write(t, filepath.Join(dir, "e.jws"), ""), keys},
		"no proof":     {write(t, filepath.Join(dir, "n.json"), `{"number":"RQ-1"}`), keys},
	} {
		code, out, _ := run(t, dir, "verify", "proof", c.file, "--jwks", c.keys)
		if code != exitFailed || !strings.HasPrefix(out, "无效 INVALID") || strings.Contains(out, "VALID  这个") {
			t.Errorf("%s: %d %s", name, code, out)
		}
	}
}

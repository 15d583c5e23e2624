package ledger

import (
	"bytes"
	"encoding/hex"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// example is a complete receipt of the third entry of a book.
func example(t testing.TB) Receipt {
	t.Helper()
	l := Log{}
	for range 2 {
		l.Append(encoded(t, statement(testBook, l.Next())))
	}
	prev := l.Head.Hash
	s := statement(testBook, 3)
	s.Recipient = "ad_network"
	return complete(t, l.Append(encoded(t, s)), prev)
}

func complete(t testing.TB, e Entry, prev []byte) Receipt {
	t.Helper()
	r, err := NewReceipt(e, prev, testTime.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	r.Processing.Language = "zh-CN"
	r.Processing.PrivacyNotice.URL = "https://example.com/v1/notices/privacy/versions/2026-01"
	p := &r.Processing.Purposes[0]
	p.Purpose, p.PurposeDescription, p.PurposeType = "个性化广告", "根据浏览记录，为您展示可能感兴趣的广告。", "marketing"
	p.LawfulBasis, p.CollectionMethod, p.ProcessingMethod = "consent", "您使用小程序时产生", []string{"收集", "存储", "自动化分析"}
	p.PIIInformation = []PII{{Type: "浏览记录", Attribute: "browsing", Optional: true}, {Type: "行踪轨迹", Attribute: "location", Optional: true, Sensitive: true}}
	p.PIIControllers, p.StorageLocations, p.ProcessingLocations = []string{"operator"}, []string{"CN"}, []string{"CN"}
	p.RetentionPeriod = Retention{Period: "6 个月", Basis: "实现目的所需的最短时间", Afterwards: "删除"}
	p.Jurisdiction, p.AuthorityParty = "CN", "authority"
	p.Recipients = []Recipient{{Code: "ad_network", Name: "示例广告有限公司", Contact: "400-000-0000", Purpose: "展示广告", Method: "接口传输", Kinds: "浏览记录", Region: "CN"}}
	p.WithdrawalMethod, p.PrivacyRights = "小程序 › 我的 › 隐私中心 › 同意管理", []string{"查阅、复制", "更正、补充", "删除", "撤回同意"}
	r.Parties = []Party{
		{ID: testBook, Name: "您", Type: PartyPrincipal},
		{ID: "operator", Name: "示例科技有限公司", Role: "个人信息处理者", Type: "pii_controller", Address: "北京市示例路 1 号", Contact: "小程序内“联系我们”"},
		{ID: "authority", Name: "国家互联网信息办公室", Role: "监管部门", Type: "authority", Address: "北京市", Contact: "12377"},
	}
	r.PRC.ConsentKind = "separate"
	r.PRC.NecessityAndImpact, r.PRC.RefusalConsequence = "并非必需；您会看到更相关的广告。", "不影响使用其他功能。"
	r.PRC.CrossBorder = &CrossBorder{Route: "none", RightsAtRecipient: "不出境"}
	return r
}

func signedExample(t testing.TB, k Keyset) string {
	t.Helper()
	jws, err := k.SignReceipt(example(t))
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	return jws
}

func TestAReceiptVerifiesWithThePublishedKeysAlone(t *testing.T) {
	k := testKeys()
	jws := signedExample(t, k)
	later, err := k.Rotate(seeded(3), testTime, UseReceipt)
	if err != nil {
		t.Fatal(err)
	}
	envelope, _ := stdjson.Marshal(map[string]any{"jws": jws, "readable": "…"})
	for name, file := range map[string]string{"raw": jws, "with line breaks around": "\n" + jws + "\r\n", "in an object": string(envelope)} {
		for _, keys := range []Keyset{k, later} {
			r, err := VerifyFile([]byte(file), keys.JWKS())
			if err != nil {
				t.Fatalf("%s: %v (%v)", name, err, errors.Unwrap(err))
			}
			got, _ := stdjson.Marshal(r)
			want, _ := stdjson.Marshal(example(t))
			if !bytes.Equal(got, want) {
				t.Fatalf("%s:\n got %s\nwant %s", name, got, want)
			}
		}
	}
}

func TestAReceiptIsWrittenAsTheVector(t *testing.T) {
	got, err := stdjson.MarshalIndent(example(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/receipt.json")
	if err != nil || string(got) != strings.TrimSpace(string(want)) {
		t.Fatalf("testdata/receipt.json differs (%v); got\n%s", err, got)
	}
}

// mandatory lists the fields marked M in ISO/IEC TS 27560 by their path in a receipt.
func mandatory(t *testing.T) (paths []string) {
	file, err := os.ReadFile("testdata/mandatory.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			paths = append(paths, line)
		}
	}
	return paths
}

// without deletes the member at a path such as `event.0.event_time` from a decoded document; false if it is not there
// or empty.
func without(doc any, path string) bool {
	first, rest, deeper := strings.Cut(path, ".")
	switch node := doc.(type) {
	case map[string]any:
		if deeper {
			return without(node[first], rest)
		}
		v, ok := node[first]
		delete(node, first)
		return ok && v != "" && v != nil
	case []any:
		var i int
		if _, err := fmt.Sscan(first, &i); err != nil || i >= len(node) {
			return false
		}
		return without(node[i], rest)
	}
	return false
}

func TestEveryMandatoryFieldOf27560IsThereAndIsRequired(t *testing.T) {
	whole, err := stdjson.Marshal(example(t))
	if err != nil {
		t.Fatal(err)
	}
	paths := mandatory(t)
	if len(paths) < 24 {
		t.Fatalf("only %d paths", len(paths))
	}
	for _, path := range paths {
		var doc any
		if err := stdjson.Unmarshal(whole, &doc); err != nil {
			t.Fatal(err)
		}
		if !without(doc, path) {
			t.Errorf("%s is not in a receipt", path)
			continue
		}
		rest, _ := stdjson.Marshal(doc)
		var r Receipt
		if err := stdjson.Unmarshal(rest, &r); err != nil {
			t.Fatal(err)
		}
		if _, err := testKeys().SignReceipt(r); err == nil {
			t.Errorf("a receipt without %s was signed", path)
		}
		k := testKeys()
		jws, err := k.Sign(UseReceipt, TypReceipt, doc)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := VerifyReceipt(jws, k.Verifier()); err == nil {
			t.Errorf("a receipt without %s was accepted", path)
		}
	}
}

// TestAReceiptCannotSayAnythingElseThanItsEntry signs, with the real key, receipts that misstate one fact: the
// signature alone must not carry them.
func TestAReceiptCannotSayAnythingElseThanItsEntry(t *testing.T) {
	k := testKeys()
	for name, lie := range map[string]func(*Receipt){
		"purpose":        func(r *Receipt) { r.Processing.Purposes[0].PurposeCode = "essential" },
		"definition":     func(r *Receipt) { r.Processing.Purposes[0].PurposeDefinition = strings.Repeat("00", 32) },
		"state":          func(r *Receipt) { r.Events[0].State = "withdrawn" },
		"time":           func(r *Receipt) { r.Events[0].Time = testTime.Add(time.Second) },
		"validity":       func(r *Receipt) { r.Events[0].Validity = UntilWithdrawn },
		"actor":          func(r *Receipt) { r.Events[0].EntityID = "sub_x" },
		"capacity":       func(r *Receipt) { r.Events[0].Capacity = "guardian" },
		"method":         func(r *Receipt) { r.Events[0].Method = "none" },
		"type":           func(r *Receipt) { r.Events[0].Type = "implied" },
		"recipient":      func(r *Receipt) { r.Events[0].Recipient = "" },
		"batch":          func(r *Receipt) { r.Events[0].Batch = "bat_2" },
		"notice digest":  func(r *Receipt) { r.Processing.PrivacyNotice.SHA256 = strings.Repeat("00", 32) },
		"notice version": func(r *Receipt) { r.Processing.PrivacyNotice.Version = "2025-01" },
		"notice kind":    func(r *Receipt) { r.Processing.PrivacyNotice.Kind = "children" },
		"book":           func(r *Receipt) { r.Header.PIIPrincipalID = "sub_5rv0g8d5ce9a7m2kq3xzt6w1yn" },
		"record id":      func(r *Receipt) { r.Header.RecordID = "ent_s4rv0g8d5ce9a7m2kq3xzt6w1yn-4" },
		"receipt id":     func(r *Receipt) { r.Header.ReceiptID = "rcp_1" },
		"schema":         func(r *Receipt) { r.Header.SchemaVersion = "2" },
		"number":         func(r *Receipt) { r.Integrity.Seq = 4 },
		"algorithm":      func(r *Receipt) { r.Integrity.Alg = "none" },
		"guardian": func(r *Receipt) {
			r.PRC.Guardian = &Guardian{LinkID: "gdn_1", Relation: "parent", VerifyLevel: "phone"}
		},
		"band": func(r *Receipt) { r.PRC.Band = "under_14" },
	} {
		r := example(t)
		lie(&r)
		if _, err := k.SignReceipt(r); !errors.Is(err, ErrReceiptContradiction) {
			t.Errorf("%s: signed, or refused as %v", name, err)
		}
		jws, err := k.Sign(UseReceipt, TypReceipt, r)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := VerifyReceipt(jws, k.Verifier()); !errors.Is(err, ErrReceiptContradiction) || got.Header.RecordID != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEntryThatDoesNotMatchItsHashIsNoProof(t *testing.T) {
	k := testKeys()
	other := encoded(t, statement(testBook, 3))
	for name, c := range map[string]struct {
		spoil func(*Integrity)
		want  error
	}{
		"another entry":     {func(i *Integrity) { i.Entry = b64url.EncodeToString(other) }, ErrReceiptIntegrity},
		"another hash":      {func(i *Integrity) { i.Hash = strings.Repeat("00", 32) }, ErrReceiptIntegrity},
		"another prev":      {func(i *Integrity) { i.PrevHash = strings.Repeat("00", 32) }, ErrReceiptIntegrity},
		"a short prev":      {func(i *Integrity) { i.PrevHash = "00" }, ErrReceiptForm},
		"entry not base64":  {func(i *Integrity) { i.Entry += "=" }, ErrReceiptForm},
		"not a statement":   {func(i *Integrity) { forgeEntry(i, []byte(`{"book":"x"}`)) }, ErrReceiptForm},
		"nothing":           {func(i *Integrity) { *i = Integrity{} }, ErrReceiptForm},
		"a spaced original": {func(i *Integrity) { forgeEntry(i, append([]byte(" "), other...)) }, ErrReceiptForm},
	} {
		r := example(t)
		c.spoil(&r.Integrity)
		if _, err := k.SignReceipt(r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := Log{}
	e := l.Append(encoded(t, statement(testBook, 1)))
	if _, err := NewReceipt(e, e.Hash, testTime); !errors.Is(err, ErrReceiptIntegrity) {
		t.Errorf("a receipt was begun with a wrong previous hash: %v", err)
	}
}

// forgeEntry puts other bytes in, with the hash that belongs to them.
func forgeEntry(i *Integrity, entry []byte) {
	prev, _ := hex.DecodeString(i.PrevHash)
	i.Entry, i.Hash = b64url.EncodeToString(entry), hex.EncodeToString(Hash(prev, entry))
}

func TestAFlippedBitAnywhereInAReceiptIsRefused(t *testing.T) {
	k := testKeys()
	jws := signedExample(t, k)
	for i := range jws {
		b := []byte(jws)
		b[i] ^= 1 << (i % 7)
		if r, err := VerifyReceipt(string(b), k.Verifier()); !errors.Is(err, ErrReceiptSignature) || r.Header.RecordID != "" {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func TestWhatIsNotAReceiptIsRefusedWithAReason(t *testing.T) {
	k := testKeys()
	jws := signedExample(t, k)
	stranger := NewKeyset(seeded(77), testTime, OriginOperator)
	access, err := k.Sign(UseToken, TypAccess, claimsUntil(testTime.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	doc := map[string]any{}
	whole, _ := stdjson.Marshal(example(t))
	_ = stdjson.Unmarshal(whole, &doc)
	doc["note"] = "unknown members could say anything"
	extra, err := k.Sign(UseReceipt, TypReceipt, doc)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"an access token":        {access, ErrReceiptSignature},
		"another issuer's":       {signedExample(t, stranger), ErrReceiptSignature},
		"an unknown member":      {extra, ErrReceiptForm},
		"half of it":             {jws[:len(jws)/2], ErrReceiptSignature},
		"an object without jws":  {`{"receipt":{}}`, ErrReceiptForm},
		"an object of two jws":   {`{"jws":"` + jws + `","jws":"x"}`, ErrReceiptForm},
		"a jws that is a number": {`{"jws":1}`, ErrReceiptForm},
		"broken JSON":            {`{"jws":`, ErrReceiptForm},
		"nothing":                {" \n", ErrReceiptForm},
		"a large file":           {strings.Repeat("a", maxFile+1), ErrReceiptForm},
		"a picture":              {"\x89PNG\r\n\x1a\n", ErrReceiptSignature},
	} {
		if r, err := VerifyFile([]byte(c.file), k.JWKS()); !errors.Is(err, c.want) || r.Header.RecordID != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := VerifyFile([]byte(jws), []byte("{}")); !errors.Is(err, ErrJWKS) {
		t.Errorf("without keys: %v", err)
	}
}

func FuzzVerifyReceiptIsIdenticalOrRefused(f *testing.F) {
	k := testKeys()
	jws := signedExample(f, k)
	jwks := k.JWKS()
	f.Add([]byte(jws))
	f.Add([]byte(`{"jws":"` + jws + `"}`))
	f.Add([]byte(jws[:100]))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := VerifyFile(file, jwks)
		switch {
		case err != nil && r.Header.RecordID != "":
			t.Fatal("something came back beside an error")
		case err == nil && !bytes.Contains(file, []byte(jws)) && !bytes.Contains(file, []byte(`\`)):
			t.Fatalf("a receipt that nobody signed: %q", file)
		}
	})
}

func BenchmarkSignReceipt(b *testing.B) {
	k, r := testKeys(), example(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.SignReceipt(r); err != nil {
			b.Fatal(err)
		}
	}
}

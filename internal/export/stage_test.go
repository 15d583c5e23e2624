package export

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/ledger"
)

var snapshot = time.Date(2026, 3, 1, 8, 30, 15, 0, time.UTC)

// seeded is not random, so that the same keys sign every time.
func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func keyset(seed byte) ledger.Keyset {
	return ledger.NewKeyset(seeded(seed), snapshot, ledger.OriginDevelopment)
}

const profileSchema = `{
  "type": "object", "additionalProperties": false, "required": ["field", "value"],
  "properties": {
    "field": {"title": "项目", "x-title-en": "Field", "oneOf": [{"const": "nickname", "title": "昵称", "x-title-en": "Nickname"}, {"const": "phone", "title": "手机号", "x-title-en": "Phone"}, {"const": "address", "title": "收货地址", "x-title-en": "Address"}, {"const": "interests", "title": "感兴趣的内容", "x-title-en": "Interests"}]},
    "value": {"title": "内容", "x-title-en": "Value", "type": ["string", "array", "object", "null"]},
    "source": {"title": "来源", "x-title-en": "Source", "oneOf": [{"const": "person", "title": "您填写", "x-title-en": "You"}, {"const": "wechat", "title": "微信", "x-title-en": "WeChat"}]},
    "updated_at": {"title": "更新时间", "x-title-en": "Updated", "$ref": "#/$defs/instant"}
  },
  "$defs": {"instant": {"title": "更新时间", "x-title-en": "Updated", "type": "string", "format": "date-time", "pattern": "Z$"}}
}`

const orderSchema = `{
  "type": "object", "required": ["order_id", "amount"],
  "properties": {
    "order_id": {"title": "订单号", "x-title-en": "Order", "type": "string"}, "item": {"title": "商品", "x-title-en": "Item", "type": "string"},
    "quantity": {"title": "数量", "x-title-en": "Quantity", "type": "integer"}, "amount": {"title": "金额", "x-title-en": "Amount", "type": "string"},
    "currency": {"title": "币种", "x-title-en": "Currency", "type": "string"}, "paid": {"title": "已付款", "x-title-en": "Paid", "type": "boolean"},
    "placed_at": {"title": "下单时间", "x-title-en": "Placed", "type": "string", "format": "date-time"},
    "shipping": {"title": "收货信息", "x-title-en": "Shipping", "type": "object", "properties": {"city": {"title": "城市", "x-title-en": "City"}, "street": {"title": "街道", "x-title-en": "Street"}}},
    "note": {"title": "备注", "x-title-en": "Note", "type": ["string", "null"]}
  }
}`

const disclosureSchema = `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
  "properties": {"recipient": {"title": "接收方", "x-title-en": "Recipient"}, "what": {"title": "内容", "x-title-en": "What", "type": "array"},
  "why": {"title": "目的", "x-title-en": "Why"}, "at": {"title": "时间", "x-title-en": "When", "format": "date-time"}}}`

// example is a rich package of a person.
func example() Package {
	return Package{
		RequestNo: "RQ-7K2M-9XQ4", Subject: "sub_4rv0g8d5ce9a7m2kq3xzt6w1yn",
		Controller:  Controller{Name: "示例科技有限公司", Contact: "privacy@example.com，小程序内“联系我们”"},
		GeneratedAt: snapshot, ExpiresAt: snapshot.Add(72 * time.Hour), NoticeVersion: "2026-01", Language: "zh-CN",
		Titles: map[string]fault.Text{
			"profile": {ZH: "展示个人资料", EN: "Showing your profile"}, "orders": {ZH: "处理订单", EN: "Handling orders"},
			"sharing": {ZH: "配送", EN: "Delivery"}, "payment_risk": {ZH: "支付风险记录", EN: "Payment risk records"},
		},
		Files: []holding.File{
			{Name: "profile", Title: fault.Text{ZH: "个人资料", EN: "Profile"}, Schema: []byte(profileSchema), Purposes: []string{"profile"}, LegalBasis: "consent",
				Records: []any{
					map[string]any{"field": "nickname", "value": "小满", "source": "wechat", "updated_at": "2026-01-05T02:03:04Z"},
					map[string]any{"field": "phone", "value": "13800138000", "source": "wechat", "updated_at": "2026-01-05T02:04:00Z"},
					map[string]any{"field": "address", "value": map[string]any{"city": "杭州市", "street": "示例路 12 号 3 单元 402 室"}, "source": "person", "updated_at": "2026-02-11T11:20:00Z"},
					map[string]any{"field": "interests", "value": []any{"读书", "徒步", "手冲咖啡"}, "source": "person", "updated_at": "2026-02-12T09:00:00Z"},
				}},
			{Name: "orders", Title: fault.Text{ZH: "订单", EN: "Orders"}, Schema: []byte(orderSchema), Purposes: []string{"orders"}, LegalBasis: "contract",
				Columns: []string{"order_id", "item", "quantity", "amount", "currency", "paid", "placed_at", "shipping"},
				Records: []any{
					map[string]any{"order_id": "9223372036854775807", "item": "手冲壶 600 毫升", "quantity": 1, "amount": "129.00", "currency": "CNY", "paid": true,
						"placed_at": "2026-01-20T05:00:00Z", "shipping": map[string]any{"city": "杭州市", "street": "示例路 12 号"}, "note": nil},
					map[string]any{"order_id": "9223372036854775808", "item": "=HYPERLINK(\"https://example.com\",\"优惠\")", "quantity": 2, "amount": "58.50", "currency": "CNY", "paid": false,
						"placed_at": "2026-02-02T13:45:10Z", "note": "请放在门口，\n不要按门铃。"},
				}, Excluded: []holding.Kept{{What: "payment_risk", Reason: "legal_duty", Article: fault.Text{ZH: "《反洗钱法》第四十二条", EN: "Anti-Money Laundering Law art. 42"},
					Until: time.Date(2031, 1, 20, 0, 0, 0, 0, time.UTC)}}},
			{Name: "disclosures", Title: fault.Text{ZH: "向他人提供的记录", EN: "Disclosures"}, Schema: []byte(disclosureSchema), Purposes: []string{"sharing"}, LegalBasis: "contract",
				Records: []any{map[string]any{"recipient": "示例速运有限公司", "what": []any{"姓名", "手机号", "收货地址"}, "why": "配送您的订单", "at": "2026-01-20T06:10:00Z"}}},
			{Name: "support", Title: fault.Text{ZH: "客服沟通", EN: "Support"}, Schema: []byte(`{"type": "object"}`), Purposes: []string{"support"}, LegalBasis: "contract",
				Excluded: []holding.Kept{{What: "support", Reason: "third_party_rights", Article: fault.Text{ZH: "《网络数据安全管理条例》第二十五条第（四）项", EN: "Network Data Regulations art. 25(4)"}}}},
		},
		Receipts: map[string]string{},
	}
}

func build(t testing.TB, p Package, s Signer) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := Build(&b, p, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func check(t testing.TB, data []byte, keys *ledger.Verifier) Report {
	t.Helper()
	r, err := Verify(bytes.NewReader(data), int64(len(data)), keys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// unpack reads a package without the code under test.
func unpack(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// repack makes a ZIP as anybody's tool makes it.
func repack(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// found lists problems as "kind path".
func found(r Report) []string {
	var list []string
	for _, p := range r.Problems {
		list = append(list, strings.TrimSpace(p.Kind+" "+p.Path))
	}
	return list
}

// resigned makes changed contents look as if the operator had issued them: digests, signature and checksums anew.
func resigned(t testing.TB, files map[string][]byte, s Signer) map[string][]byte {
	t.Helper()
	var m Manifest
	if err := json.Unmarshal(files[pathManifest], &m); err != nil {
		t.Fatal(err)
	}
	for i, f := range m.Files {
		m.Files[i].Bytes, m.Files[i].SHA256 = len(files[f.Path]), digest(files[f.Path])
	}
	manifest, err := encode(m)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := example().sign(s, manifest)
	if err != nil {
		t.Fatal(err)
	}
	files[pathManifest], files[pathSignature] = manifest, signature
	sums := map[string]string{}
	for path, data := range files {
		if path != pathChecksums {
			sums[path] = digest(data)
		}
	}
	files[pathChecksums] = checksums(sums)
	return files
}

// receiptID is the entry of the receipt that signedReceipt signs.
const receiptID = "ent_s4rv0g8d5ce9a7m2kq3xzt6w1yn-3"

func signedReceipt(t testing.TB, k ledger.Keyset) string {
	t.Helper()
	text, err := os.ReadFile("../ledger/testdata/receipt.json")
	if err != nil {
		t.Fatal(err)
	}
	var r ledger.Receipt
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	jws, err := k.SignReceipt(r)
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

// full is example with a receipt by k.
func full(t testing.TB, k ledger.Keyset) Package {
	p := example()
	p.Receipts[receiptID] = signedReceipt(t, k)
	return p
}

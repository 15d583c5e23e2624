package push

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
)

// The examples that WeChat publishes: the handshake's in the mini-program documentation, the sealed message in the sample
// code of the message encryption library (WXBizMsgCrypt).
const (
	officialToken   = "AAAAA"
	officialTime    = "1714036504"
	officialNonce   = "1514711492"
	officialSum     = "f464b24fc39322e44b38aa78f5edd27bd1441696"
	sampleKey       = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	sampleAppID     = "wx2c2769f8efd9abc2"
	sampleSecret    = "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
	sampleToken     = "spamtest"
	sampleTime      = "1409735669"
	sampleNonce     = "1320562132"
	sampleSignature = "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
)

func TestWeChatsOwnExamplesHold(t *testing.T) {
	if got := signature(officialToken, officialTime, officialNonce); got != officialSum {
		t.Errorf("signature %s", got)
	}
	if got := signature(sampleToken, sampleTime, sampleNonce, sampleSecret); got != sampleSignature {
		t.Errorf("msg_signature %s", got)
	}
	c, err := newCodec(sampleKey, sampleAppID)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := c.open(sampleSecret)
	if err != nil {
		t.Fatal(err)
	}
	read, err := fields(plain)
	if err != nil || read["content"] != "abcdteT" || read["createtime"] != "1409735668" {
		t.Errorf("%v %v", read, err)
	}
}

// seal is WeChat's side, written apart from open.
func seal(t testing.TB, key, appID string, message []byte, pad func(n int) []byte) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(key + "=")
	if err != nil {
		t.Fatal(err)
	}
	b := append([]byte("0123456789abcdef"), binary.BigEndian.AppendUint32(nil, uint32(len(message)))...)
	b = append(append(b, message...), appID...)
	b = append(b, pad(32-len(b)%32)...)
	block, err := aes.NewCipher(raw)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, raw[:16]).CryptBlocks(b, b)
	return base64.StdEncoding.EncodeToString(b)
}

func pkcs7(n int) []byte { return bytes.Repeat([]byte{byte(n)}, n) }

func TestWhatWasNotSealedForUsDoesNotOpen(t *testing.T) {
	c, err := newCodec(sampleKey, sampleAppID)
	if err != nil {
		t.Fatal(err)
	}
	good := seal(t, sampleKey, sampleAppID, []byte(`{"a":"b"}`), pkcs7)
	if _, err := c.open(good); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{
		"empty": "", "no base64": "知情", "half a block": "QUJD", "another app": seal(t, sampleKey, "wx1", []byte("{}"), pkcs7),
		"another key": seal(t, strings.ToLower(sampleKey), sampleAppID, []byte("{}"), pkcs7),
		"a bad pad":   seal(t, sampleKey, sampleAppID, []byte("{}"), func(n int) []byte { p := pkcs7(n); p[0] ^= 1; return p }),
		"a zero pad":  seal(t, sampleKey, sampleAppID, []byte("{}"), func(n int) []byte { return make([]byte, n) }),
		"cut off":     good[:len(good)-24],
	} {
		if _, err := c.open(secret); err == nil {
			t.Errorf("%s opens", name)
		}
	}
	if _, err := newCodec("short", sampleAppID); err == nil {
		t.Error("a short key is a key")
	}
}

func TestXMLAndJSONAreReadLeniently(t *testing.T) {
	want := map[string]string{"event": "user_authorization_revoke", "openid": "o1", "createtime": "1626857200", "revokeinfo": "8"}
	for _, body := range []string{
		`<xml><CreateTime>1626857200</CreateTime><Event><![CDATA[user_authorization_revoke]]></Event><OpenID> o1 </OpenID><RevokeInfo><![CDATA[8]]></RevokeInfo></xml>`,
		`{"Event":"user_authorization_revoke"," OpenID":"o1","CreateTime":1626857200," RevokeInfo":8}`,
		` {"event":"user_authorization_revoke","OpenID":"o1 ","CreateTime":"1626857200","RevokeInfo":"8","List":{"x":[1]},"n":null}`,
	} {
		got, err := fields([]byte(body))
		for name, v := range want {
			if err != nil || got[name] != v {
				t.Errorf("%s: %q, %v", name, got[name], err)
			}
		}
	}
	for _, body := range []string{"", "event=1", "[1]", "{", "<xml><a>", "<xml></a></xml>", `{"a":}`} {
		if got, err := fields([]byte(body)); err == nil && body != "" {
			t.Errorf("%q is read as %v", body, got)
		}
	}
}

func FuzzNoBodyBreaksTheReader(f *testing.F) {
	for _, seed := range []string{`<xml><a>1</a></xml>`, `{"a":1}`, sampleSecret, "</a>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"} {
		f.Add([]byte(seed))
	}
	c, err := newCodec(sampleKey, sampleAppID)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := fields(body); err != nil && got != nil {
			t.Error("an error and an answer")
		}
		if got, err := c.open(string(body)); err != nil && got != nil {
			t.Error("an error and an answer")
		}
	})
}

package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const aesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

func serve(t *testing.T, o Options) string {
	t.Helper()
	o.AppID, o.AppSecret, o.Now = "wx1", "s", time.Now
	server := httptest.NewServer(New(o))
	t.Cleanup(server.Close)
	return server.URL
}

func ask(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var v any
	_ = json.NewDecoder(resp.Body).Decode(&v)
	return fmt.Sprint(resp.StatusCode, v)
}

func TestTheSignatureIsWeChats(t *testing.T) {
	// the test vector of WeChat's own documentation of message push
	if got := sign("AAAAA", "1714036504", "1514711492"); got != "f464b24fc39322e44b38aa78f5edd27bd1441696" {
		t.Errorf("got %s", got)
	}
}

func TestOnlyCallsOfWeChatsPathsAreCounted(t *testing.T) {
	url := serve(t, Options{})
	if got := ask(t, "GET", url+"/_sandbox/calls", ""); got != "200map[]" && got != "200 map[]" {
		t.Errorf("at first: %s", got)
	}
	ask(t, "GET", url+"/sns/jscode2session?appid=wx1&secret=s&js_code=mum-1&grant_type=authorization_code", "")
	ask(t, "GET", url+"/_sandbox/persons/mum", "")
	ask(t, "GET", url+"/nowhere", "")
	if got := ask(t, "GET", url+"/_sandbox/calls", ""); !strings.HasSuffix(got, "map[/sns/jscode2session:1]") {
		t.Errorf("then: %s", got)
	}
}

func TestCallersProveWhoTheyAreAsAtWeChat(t *testing.T) {
	url := serve(t, Options{})
	for query, code := range map[string]string{
		"":                                 "41002",
		"appid=wx1":                        "41004",
		"appid=wx2&secret=s":               "40013",
		"appid=wx1&secret=x":               "40125",
		"appid=wx1&secret=s":               "41008",
		"appid=wx1&secret=s&js_code=mum-1": "40002",
		"appid=wx1&secret=s&js_code=M-1&grant_type=authorization_code": "40029",
	} {
		if got := ask(t, "GET", url+pathLogin+"?"+query, ""); !strings.Contains(got, "errcode:"+code) {
			t.Errorf("%s: %s, want %s", query, got, code)
		}
	}
	for token, code := range map[string]string{"": "41001", "wrong": "40001"} {
		if got := ask(t, "POST", url+pathPhone+"?access_token="+token, "{}"); !strings.Contains(got, "errcode:"+code) {
			t.Errorf("token %q: %s, want %s", token, got, code)
		}
	}
}

func TestTheSlowPersonIsAnsweredAfterAWhile(t *testing.T) {
	url := serve(t, Options{Slow: 30 * time.Millisecond})
	begin := time.Now()
	got := ask(t, "GET", url+pathLogin+"?appid=wx1&secret=s&js_code=slow-1&grant_type=authorization_code", "")
	if !strings.Contains(got, "openid:o") || time.Since(begin) < 30*time.Millisecond {
		t.Errorf("%s after %v", got, time.Since(begin))
	}
}

func TestAPushIsSignedEncryptedAndComplete(t *testing.T) {
	var query map[string]string
	var event map[string]any
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Encrypt string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		q := r.URL.Query()
		query = map[string]string{
			"signature": sign("tok", q.Get("timestamp"), q.Get("nonce")), "msg_signature": sign("tok", q.Get("timestamp"), q.Get("nonce"), in.Encrypt),
			"encrypt_type": "aes",
		}
		for name, want := range query {
			if q.Get(name) != want {
				t.Errorf("%s is wrong", name)
			}
		}
		event = unseal(t, in.Encrypt)
		_, _ = w.Write([]byte("success"))
	}))
	t.Cleanup(backend.Close)
	url := serve(t, Options{PushToken: "tok", PushAESKey: aesKey})
	got := ask(t, "POST", url+"/_sandbox/push", `{"url":"`+backend.URL+`","event":"user_authorization_revoke","person":"mum","revoke_info":"8"}`)
	if got != "200 map[body:success status:200]" && got != "200map[body:success status:200]" {
		t.Fatalf("got %s", got)
	}
	s := New(Options{AppID: "wx1", Now: time.Now})
	if event["OpenID"] != s.openid("mum") || event["Event"] != "user_authorization_revoke" || event["RevokeInfo"] != "8" || event["AppID"] != "wx1" {
		t.Errorf("event %v", event)
	}
}

// unseal reads an event as the backend does.
func unseal(t *testing.T, text string) (event map[string]any) {
	t.Helper()
	key, _ := base64.StdEncoding.DecodeString(aesKey + "=")
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) == 0 || len(b)%sealBlock != 0 {
		t.Fatalf("%d bytes are no sealed event: %v", len(b), err)
	}
	block, _ := aes.NewCipher(key)
	cipher.NewCBCDecrypter(block, key[:aes.BlockSize]).CryptBlocks(b, b)
	b = b[:len(b)-int(b[len(b)-1])]
	n := binary.BigEndian.Uint32(b[16:])
	if string(b[20+n:]) != "wx1" {
		t.Errorf("the appid at the end is %q", b[20+n:])
	}
	if err := json.Unmarshal(b[20:20+n], &event); err != nil {
		t.Fatal(err)
	}
	return event
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	m := newMemory(3)
	for i := range 10 {
		if !m.add(fmt.Sprint(i)) {
			t.Errorf("%d was taken for known", i)
		}
	}
	if m.add("9") || m.add("7") || len(m.known) != 3 {
		t.Errorf("it knows %d", len(m.known))
	}
	s := New(Options{AppID: "wx1", Now: time.Now})
	for range maxMessages + 5 {
		s.keep(Message{})
	}
	if len(s.messages) != maxMessages {
		t.Errorf("%d messages", len(s.messages))
	}
}

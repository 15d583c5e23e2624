package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// pushTimeout is WeChat's patience with a backend: https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html
const pushTimeout = 5 * time.Second

// A pushing says what to push. What is empty comes from the options; a person's openid is derived unless one is given.
type pushing struct {
	URL            string         `json:"url"`
	Token          string         `json:"token"`
	EncodingAESKey string         `json:"encoding_aes_key"` // 43 characters, as in WeChat's console
	Event          string         `json:"event"`            // user_authorization_revoke, user_authorization_cancellation, user_info_modified
	Person         string         `json:"person"`
	OpenID         string         `json:"openid"`
	RevokeInfo     string         `json:"revoke_info"` // "8" = phone number; see WeChat's table
	CreateTime     int64          `json:"create_time"` // 0 = now; the same again repeats an event, as WeChat does
	Fields         map[string]any `json:"fields"`      // more fields of the event
}

// pushEvent sends one event to the backend, encrypted and signed, and answers what the backend said.
func (s *Server) pushEvent(w http.ResponseWriter, r *http.Request) {
	var p pushing
	if !s.read(w, r, &p) {
		return
	}
	p = s.complete(p)
	request, err := s.pushRequest(r.Context(), p)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	resp, err := s.push.Do(request)
	if err != nil {
		http.Error(w, "the backend does not answer", http.StatusBadGateway)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxBody)) // what came is shown
	answer(w, map[string]any{"status": resp.StatusCode, "body": string(body)})
}

func (s *Server) complete(p pushing) pushing {
	p.URL = cmp.Or(p.URL, s.pushTo())
	p.Token = cmp.Or(p.Token, s.options.PushToken)
	p.EncodingAESKey = cmp.Or(p.EncodingAESKey, s.options.PushAESKey)
	p.CreateTime = cmp.Or(p.CreateTime, s.options.Now().Unix())
	if p.OpenID == "" && p.Person != "" {
		p.OpenID = s.openid(p.Person)
	}
	return p
}

// PushTo says where events are pushed from now on, for a backend that learns its address only when it listens.
func (s *Server) PushTo(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushURL = url
}

func (s *Server) pushTo() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pushURL
}

func (s *Server) event(p pushing) map[string]any {
	e := map[string]any{
		"ToUserName": "gh_sandbox", "FromUserName": s.openid("wechat_team"), "CreateTime": p.CreateTime,
		"MsgType": "event", "Event": p.Event, "OpenID": p.OpenID, "AppID": s.options.AppID, "RevokeInfo": p.RevokeInfo,
	}
	for name, value := range p.Fields {
		e[name] = value
	}
	return e
}

func (s *Server) pushRequest(ctx context.Context, p pushing) (*http.Request, error) {
	target, err := url.Parse(p.URL)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || p.Token == "" || p.Event == "" {
		return nil, fmt.Errorf("url, token and event are needed, here or in the sandbox's options")
	}
	plain, err := json.Marshal(s.event(p))
	if err != nil {
		return nil, err
	}
	secret, err := seal(plain, p.EncodingAESKey, s.options.AppID, s.random("push", 16))
	if err != nil {
		return nil, err
	}
	target.RawQuery = s.signed(p, secret).Encode()
	return post(ctx, target.String(), map[string]string{"ToUserName": "gh_sandbox", "Encrypt": secret})
}

// signed makes the query that WeChat adds: one signature over the query, one over the query and the body.
func (s *Server) signed(p pushing, secret string) url.Values {
	stamp, nonce := strconv.FormatInt(s.options.Now().Unix(), 10), s.random("nonce", 10)
	return url.Values{
		"signature": {sign(p.Token, stamp, nonce)}, "timestamp": {stamp}, "nonce": {nonce}, "openid": {p.OpenID},
		"encrypt_type": {"aes"}, "msg_signature": {sign(p.Token, stamp, nonce, secret)},
	}
}

package sandbox

import (
	"net/http"
	"time"
)

// WeChat's times: a token lives two hours, and in its last five minutes the next one is handed out while it still works.
const (
	tokenLife = 2 * time.Hour
	overlap   = 5 * time.Minute
	maxTokens = 16 // remembered, to tell an expired one from one that never was
)

// tokens are the access tokens handed out, newest last.
type tokens []token

type token struct {
	text    string
	expires time.Time
}

// stableToken plays stable_token: the same token for everybody until it nears its end. force_refresh is not played,
// because nothing here may use it.
func (s *Server) stableToken(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Grant  string `json:"grant_type"`
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
	}
	if !s.read(w, r, &in) {
		return
	}
	code := s.checkAccount(in.AppID, in.Secret)
	if code == 0 && in.Grant != "client_credential" {
		code = codeGrantType
	}
	if code != 0 {
		s.refuse(w, code)
		return
	}
	t := s.current()
	answer(w, map[string]any{"access_token": t.text, "expires_in": int64(t.expires.Sub(s.options.Now()) / time.Second)})
}

func (s *Server) current() token {
	fresh := token{text: "sandbox_" + s.random("access_token", 64), expires: s.options.Now().Add(tokenLife)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.tokens); n > 0 && s.options.Now().Add(overlap).Before(s.tokens[n-1].expires) {
		return s.tokens[n-1]
	}
	s.tokens = append(s.tokens, fresh)
	if len(s.tokens) > maxTokens {
		s.tokens = s.tokens[len(s.tokens)-maxTokens:]
	}
	return fresh
}

// withToken lets only callers in who hold a token in force.
func (s *Server) withToken(play http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if code := s.checkToken(r.URL.Query().Get("access_token")); code != 0 {
			s.refuse(w, code)
			return
		}
		play(w, r)
	}
}

func (s *Server) checkToken(text string) errcode {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		switch {
		case t.text != text:
		case s.options.Now().Before(t.expires):
			return 0
		default:
			return codeTokenExpired
		}
	}
	if text == "" {
		return codeTokenMissing
	}
	return codeTokenInvalid
}

func (s *Server) expireTokens(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.tokens {
		s.tokens[i].expires = s.options.Now().Add(-time.Second)
	}
	answer(w, map[string]int{"expired": len(s.tokens)})
}

package sandbox

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"time"
)

// maxUsed is how many used codes are remembered; older ones would work again.
const maxUsed = 1 << 16

var (
	loginPattern = regexp.MustCompile(`^([a-z0-9_]{1,64})-[0-9A-Za-z_-]{1,63}$`)
	phonePattern = regexp.MustCompile(`^phone-([0-9]{11})-[0-9A-Za-z_-]{1,64}$`)
)

// The reserved persons that WeChat refuses, always and without using their code up.
var refused = map[string]errcode{"busy": codeBusy, "blocked": codeBlocked, "limited": codeLimited}

// login plays code2session.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if code := s.checkAccount(q.Get("appid"), q.Get("secret")); code != 0 {
		s.refuse(w, code)
		return
	}
	person, code := s.person(q.Get("js_code"), q.Get("grant_type"))
	if code == 0 && person == "slow" && !s.pause(r, s.options.Slow) {
		return // the client did not wait
	}
	if code == 0 && !s.use(q.Get("js_code")) {
		code = codeUsed
	}
	if code != 0 {
		s.refuse(w, code)
		return
	}
	answer(w, map[string]string{
		"openid": s.openid(person), "unionid": s.unionid(person),
		"session_key": base64.StdEncoding.EncodeToString(mac("session_key", q.Get("js_code"))[:16]),
	})
}

// person reads a login code. A phone code is no login code, as at WeChat.
func (s *Server) person(code, grant string) (string, errcode) {
	parts := loginPattern.FindStringSubmatch(code)
	switch {
	case code == "":
		return "", codeCodeMissing
	case grant != "authorization_code":
		return "", codeGrantType
	case parts == nil || phonePattern.MatchString(code):
		return "", codeInvalid
	}
	return parts[1], refused[parts[1]]
}

func (s *Server) checkAccount(appid, secret string) errcode {
	switch {
	case appid == "":
		return codeAppIDMissing
	case secret == "":
		return codeSecretMissing
	case appid != s.options.AppID:
		return codeAppID
	case secret != s.options.AppSecret:
		return codeSecret
	}
	return 0
}

// use takes a code and reports false if it has been taken before.
func (s *Server) use(code string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used.add(code)
}

// pause waits for d and reports false if the client left before.
func (s *Server) pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// memory remembers the last n texts that it was given.
type memory struct {
	known map[string]bool
	order []string // a ring once it is full
	at    int
}

func newMemory(n int) *memory { return &memory{known: map[string]bool{}, order: make([]string, n)} }

// add reports false if it still knows text.
func (m *memory) add(text string) bool {
	if m.known[text] {
		return false
	}
	delete(m.known, m.order[m.at])
	m.order[m.at], m.known[text] = text, true
	m.at = (m.at + 1) % len(m.order)
	return true
}

package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
)

var (
	personPattern = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)
	openidPattern = regexp.MustCompile(`^o[0-9A-Za-z_-]{27}$`)
)

// openid is a person's name at one mini-program: 28 characters that begin with o, like WeChat's.
func (s *Server) openid(person string) string { return derive("openid/"+s.options.AppID, person) }

// unionid is a person's name at the operator: the same for mum and mum_2, as if one human had two accounts.
func (s *Server) unionid(person string) string {
	human, _, _ := strings.Cut(person, "_")
	return derive("unionid", human)
}

func derive(what, of string) string {
	return "o" + base64.RawURLEncoding.EncodeToString(mac(what, of))[:27]
}

func mac(key, of string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	_, _ = h.Write([]byte(of)) // never fails
	return h.Sum(nil)
}

func (s *Server) showPerson(w http.ResponseWriter, r *http.Request) {
	person := r.PathValue("person")
	if !personPattern.MatchString(person) {
		http.Error(w, "a person is of [a-z0-9_]+, at most 64 characters", http.StatusBadRequest)
		return
	}
	answer(w, map[string]string{"openid": s.openid(person), "unionid": s.unionid(person)})
}

// random looks random and never repeats: a MAC of the server's secret over a serial number. n ≤ 64 hexadecimal digits.
func (s *Server) random(what string, n int) string {
	return hex.EncodeToString(mac(s.options.AppSecret+"/"+what, s.rid()))[:n]
}

package sandbox

import (
	"fmt"
	"net/http"
)

// errcode is WeChat's number of a failure. https://developers.weixin.qq.com/miniprogram/dev/framework/usability/PublicErrno.html
type errcode int64

const (
	codeBusy          errcode = -1
	codeTokenInvalid  errcode = 40001
	codeGrantType     errcode = 40002
	codeOpenID        errcode = 40003
	codeAppID         errcode = 40013
	codeInvalid       errcode = 40029
	codeTemplate      errcode = 40037
	codeSecret        errcode = 40125
	codeScene         errcode = 40169
	codeUsed          errcode = 40163
	codeBlocked       errcode = 40226
	codeTokenMissing  errcode = 41001
	codeAppIDMissing  errcode = 41002
	codeSecretMissing errcode = 41004
	codeCodeMissing   errcode = 41008
	codePage          errcode = 41030
	codeTokenExpired  errcode = 42001
	codeLimited       errcode = 45011
	codeBadJSON       errcode = 47001
	codeBadData       errcode = 47003
)

var errmsgs = map[errcode]string{
	codeBusy:          "system error",
	codeTokenInvalid:  "invalid credential, access_token is invalid or not latest",
	codeGrantType:     "invalid grant_type",
	codeOpenID:        "invalid openid",
	codeAppID:         "invalid appid",
	codeInvalid:       "invalid code",
	codeTemplate:      "invalid template_id",
	codeSecret:        "invalid appsecret",
	codeScene:         "invalid length for scene, or the data is not json string",
	codeUsed:          "code been used",
	codeBlocked:       "code blocked",
	codeTokenMissing:  "access_token missing",
	codeAppIDMissing:  "appid missing",
	codeSecretMissing: "appsecret missing",
	codeCodeMissing:   "missing code",
	codePage:          "invalid page",
	codeTokenExpired:  "access_token expired",
	codeLimited:       "api minute-quota reach limit, must slower, retry next minute",
	codeBadJSON:       "data format error",
	codeBadData:       "argument invalid",
}

// refuse answers like WeChat: status 200, an errcode, and a text that ends in a request id.
func (s *Server) refuse(w http.ResponseWriter, code errcode) {
	text, ok := errmsgs[code]
	if !ok {
		text = "failed"
	}
	answer(w, map[string]any{"errcode": code, "errmsg": fmt.Sprintf("%s, rid: %s", text, s.rid())})
}

// rid looks like WeChat's: hexadecimal time, then two parts that differ each time.
func (s *Server) rid() string {
	n := s.next()
	return fmt.Sprintf("%08x-%08x-%08x", uint32(s.options.Now().Unix()), uint32(n), uint32(n*2654435761))
}

package sandbox

import "net/http"

// phone plays getuserphonenumber. The sandbox cannot know who pressed the button, so any well-formed openid is the right
// one; a login code is no phone code, as at WeChat.
func (s *Server) phone(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Code   string `json:"code"`
		OpenID string `json:"openid"`
	}
	if !s.read(w, r, &in) {
		return
	}
	parts := phonePattern.FindStringSubmatch(in.Code)
	switch {
	case parts == nil:
		s.refuse(w, codeInvalid)
	case in.OpenID != "" && !openidPattern.MatchString(in.OpenID):
		s.refuse(w, codeOpenID)
	case !s.use(in.Code):
		s.refuse(w, codeUsed)
	default:
		answer(w, map[string]any{"errcode": 0, "errmsg": "ok", "phone_info": map[string]any{
			"phoneNumber": parts[1], "purePhoneNumber": parts[1], "countryCode": "86",
			"watermark": map[string]any{"timestamp": s.options.Now().Unix(), "appid": s.options.AppID},
		}})
	}
}

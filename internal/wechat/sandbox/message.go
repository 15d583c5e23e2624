package sandbox

import (
	"net/http"
	"slices"
)

const maxMessages = 1000

// Message is one subscribe message, as /_sandbox/messages lists it.
type Message struct {
	To       string            `json:"touser"`
	Template string            `json:"template_id"`
	Page     string            `json:"page"`
	Values   map[string]string `json:"values"`
}

// message plays subscribe/send: everybody has subscribed to everything (plan a fault for 43101).
func (s *Server) message(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Message
		Data map[string]struct {
			Value string `json:"value"`
		} `json:"data"`
	}
	if !s.read(w, r, &in) {
		return
	}
	switch {
	case !openidPattern.MatchString(in.To):
		s.refuse(w, codeOpenID)
	case in.Template == "":
		s.refuse(w, codeTemplate)
	case len(in.Data) == 0:
		s.refuse(w, codeBadData)
	default:
		m := in.Message
		m.Values = make(map[string]string, len(in.Data))
		for name, d := range in.Data {
			m.Values[name] = d.Value
		}
		s.keep(m)
		answer(w, map[string]any{"errcode": 0, "errmsg": "ok", "msgid": s.next()})
	}
}

func (s *Server) keep(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.messages) >= maxMessages {
		s.messages = slices.Delete(s.messages, 0, 1)
	}
	s.messages = append(s.messages, m)
}

func (s *Server) listMessages(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer(w, append([]Message{}, s.messages...))
}

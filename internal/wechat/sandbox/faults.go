package sandbox

import (
	"io"
	"net/http"
	"time"
)

// maxHang bounds a call that hangs; no client of ours waits so long.
const maxHang = time.Minute

// A fault is what the next calls of a path get instead of an answer. The first of Errcode, Status, HTML and Hang that is
// set counts; Times 0 means once, and a second plan for a path replaces the first.
type fault struct {
	Path    string  `json:"path"`    // "/sns/jscode2session"
	Times   int     `json:"n"`       // how many calls fail
	Errcode errcode `json:"errcode"` // a refusal, as WeChat's
	Status  int     `json:"status"`  // an HTTP status, 300 to 599
	HTML    bool    `json:"html"`    // a page in place of JSON, under status 200
	Hang    bool    `json:"hang"`    // no answer until the client leaves, at most a minute
}

func (f fault) less() fault { f.Times--; return f }

func (f fault) play(s *Server, w http.ResponseWriter, r *http.Request) {
	switch {
	case f.Errcode != 0:
		s.refuse(w, f.Errcode)
	case f.Status != 0:
		http.Error(w, "planned", f.Status)
	case f.HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<html><body>planned</body></html>"))
	default:
		_, _ = io.Copy(io.Discard, r.Body) // net/http sees a client leave only once the body has been read
		s.pause(r, maxHang)
	}
}

// planFault takes a fault. Only paths of the API can fail, so what is kept is bounded.
func (s *Server) planFault(w http.ResponseWriter, r *http.Request) {
	var f fault
	if !s.read(w, r, &f) {
		return
	}
	if !apiPaths[f.Path] || f.Times < 0 || f.Status != 0 && (f.Status < 300 || f.Status > 599) || f == (fault{Path: f.Path, Times: f.Times}) {
		http.Error(w, `want {"path":"/sns/jscode2session","n":1, and "errcode", "status" (300-599), "html":true or "hang":true}`, http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[f.Path] = f
	answer(w, f)
}

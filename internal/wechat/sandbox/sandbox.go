// Package sandbox plays WeChat: an http.Handler that imitates the endpoints that package live uses, so that the same
// gateway code runs in development and in production and only its base URL differs.
//
// It owns the pretence: persons, codes, access tokens, errcodes, delays, pushes. It refuses to know the backend (it speaks
// only HTTP), to keep anything for ever (every memory here is bounded, and ends with the process) and to be safe on a public
// address: whoever can reach it can be anybody. internal/config keeps it out of production.
//
// The contract, which tests outside rely on. A login code is `<person>-<nonce>`, person of [a-z0-9_]+, each code once, then
// 40163. Persons that differ only after `_` (mum, mum_2) share a unionid. Reserved persons: busy → -1, blocked → 40226,
// limited → 45011, slow → answers after 10 s; any other form → 40029. A phone code is `phone-<11 digits>-<nonce>`.
//
//	GET  /_sandbox/calls             {"/sns/jscode2session": 3}: WeChat's API paths only, {} at first
//	GET  /_sandbox/messages          the subscribe messages sent, oldest first
//	GET  /_sandbox/persons/{person}  {"openid","unionid"}
//	POST /_sandbox/push              sends a signed, encrypted event to the backend (push.go)
//	POST /_sandbox/faults            lets the next n calls of a path fail (faults.go)
//	POST /_sandbox/expire-tokens     ends every access token; the next use answers 42001
//
// Start at New; each endpoint has its file.
package sandbox

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

const (
	defaultSlow = 10 * time.Second
	maxBody     = 64 << 10 // bytes of a request
)

// Options say which mini-program the sandbox plays WeChat for.
type Options struct {
	AppID, AppSecret string
	Now              func() time.Time // ages tokens, stamps watermarks and pushes
	Slow             time.Duration    // how long `slow` takes; 0 = 10 s

	// Where and how events are pushed, unless the request says it. All may be empty.
	PushURL, PushToken, PushAESKey string
}

// Server is the sandbox. It is safe for concurrent use and starts no goroutine.
type Server struct {
	options Options
	mux     *http.ServeMux
	push    *http.Client

	mu       sync.Mutex // guards what follows
	calls    map[string]int
	faults   map[string]fault
	used     *memory
	tokens   tokens
	messages []Message
	serial   uint64
	pushURL  string
}

// New makes a sandbox that nobody has called yet.
func New(o Options) *Server {
	if o.Slow <= 0 {
		o.Slow = defaultSlow
	}
	if o.Now == nil {
		panic("sandbox: a clock is needed")
	}
	s := &Server{
		options: o, mux: http.NewServeMux(), push: &http.Client{Timeout: pushTimeout},
		calls: map[string]int{}, faults: map[string]fault{}, used: newMemory(maxUsed), pushURL: o.PushURL,
	}
	s.routes()
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.mux.ServeHTTP(w, r)
}

// The paths of WeChat's API that are played.
const (
	pathLogin   = "/sns/jscode2session"
	pathToken   = "/cgi-bin/stable_token"
	pathPhone   = "/wxa/business/getuserphonenumber"
	pathQRCode  = "/wxa/getwxacodeunlimit"
	pathMessage = "/cgi-bin/message/subscribe/send"
)

var apiPaths = map[string]bool{pathLogin: true, pathToken: true, pathPhone: true, pathQRCode: true, pathMessage: true}

func (s *Server) routes() {
	s.api(http.MethodGet, pathLogin, s.login)
	s.api(http.MethodPost, pathToken, s.stableToken)
	s.api(http.MethodPost, pathPhone, s.withToken(s.phone))
	s.api(http.MethodPost, pathQRCode, s.withToken(s.qrcode))
	s.api(http.MethodPost, pathMessage, s.withToken(s.message))
	s.mux.HandleFunc("GET /_sandbox/calls", s.listCalls)
	s.mux.HandleFunc("GET /_sandbox/messages", s.listMessages)
	s.mux.HandleFunc("GET /_sandbox/persons/{person}", s.showPerson)
	s.mux.HandleFunc("POST /_sandbox/push", s.pushEvent)
	s.mux.HandleFunc("POST /_sandbox/faults", s.planFault)
	s.mux.HandleFunc("POST /_sandbox/expire-tokens", s.expireTokens)
}

// api registers one path of WeChat's: it counts, then fails if a fault is planned, then plays.
func (s *Server) api(method, path string, play http.HandlerFunc) {
	s.mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		f, planned := s.count(path)
		if planned {
			f.play(s, w, r)
			return
		}
		play(w, r)
	})
}

func (s *Server) count(path string) (fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[path]++
	f, planned := s.faults[path]
	switch {
	case !planned:
	case f.Times <= 1:
		delete(s.faults, path)
	default:
		s.faults[path] = f.less()
	}
	return f, planned
}

func (s *Server) listCalls(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer(w, s.calls)
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

// read decodes a request's JSON, or answers 47001 as WeChat does.
func (s *Server) read(w http.ResponseWriter, r *http.Request, v any) bool {
	if json.NewDecoder(r.Body).Decode(v) != nil {
		s.refuse(w, codeBadJSON)
		return false
	}
	return true
}

// next numbers whatever needs to differ from the one before.
func (s *Server) next() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return s.serial
}

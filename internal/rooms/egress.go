package rooms

import (
	"go/ast"
	"slices"
	"strings"
)

// egress are the rooms that may call somebody outside, each with whom and what. Everything else answers and never asks, so
// personal data has no way out of the process but an answer, and those to recipients come from package disclosure alone
// (policy L29). MongoDB's driver dials for itself, behind its own fence.
var egress = exceptions{
	"internal/wechat/live":         "WeChat, the platform: the person's own codes, and messages that they subscribed to",
	"internal/wechat/sandbox":      "plays WeChat, whose pushes come to this program",
	"internal/staff/oidc":          "the operator's identity provider: staff, and no subject",
	"internal/bench":               "calls the program that it measures",
	"internal/wechat/wechattest":   "a test",
	"internal/staff/oidc/oidctest": "a test",
	"internal/app/apptest":         "a test",
}

// calling is what opens a connection to somebody.
var calling = []string{
	"http.Client", "http.DefaultClient", "http.Transport", "http.DefaultTransport", "http.Get", "http.Head", "http.Post", "http.PostForm", "http.NewRequest",
	"http.NewRequestWithContext", "net.Dial", "net.DialTimeout", "net.Dialer", "tls.Dial", "tls.Dialer", "smtp.Dial", "smtp.SendMail", "fasthttp.Client", "fasthttp.HostClient",
	"fasthttp.Do", "fasthttp.Get", "fasthttp.Post", "fasthttp.Dial", "exec.Command", "exec.CommandContext",
}

// outbound finds calls to the outside where nobody may make one. Tests may.
func outbound(files []file) []Breach {
	var out []Breach
	for _, f := range files {
		if f.test || f.excepted(egress) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && f.oneOf(s, calling) {
				out = append(out, breach(f.at(s.Pos()), "uses %s.%s: nothing leaves but by an answer; internal/rooms/egress.go names who may call out", s.X, s.Sel.Name))
			}
			return true
		})
	}
	return out
}

// oneOf reports whether a selector is one of names, whatever its import is called here.
func (f file) oneOf(s *ast.SelectorExpr, names []string) bool {
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return false
	}
	from := f.original(x.Name)
	return slices.Contains(names, from[strings.LastIndex(from, "/")+1:]+"."+s.Sel.Name)
}

package wechattest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/wechat"
)

// What must never be in an error. The hostile server hands out the token and quotes everything it is sent.
const (
	poisonToken  = "poison-token-0123456789"
	poisonCode   = "poison-code-0123456789"
	poisonOpenID = wechat.Secret("oPOISON_OPENID_0123456789abc")
)

// poisonCodes are no codes: each would become part of a URL or break one.
var poisonCodes = []string{
	"", "a\nb", "a\r\nHost: x", "good&appid=wxattacker", "x#fragment", "a b", "a%0ab", "码", "../a", strings.Repeat("a", 129),
}

func secrecy(t *testing.T, open Open) {
	for name, answer := range map[string]http.HandlerFunc{
		"a status that is not 200": func(w http.ResponseWriter, r *http.Request) { http.Error(w, echo(r), http.StatusInternalServerError) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?"+r.URL.RawQuery, http.StatusFound)
		},
		"a page":                   func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "<html>"+echo(r)) },
		"broken JSON":              func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, `{"openid":`+echo(r)) },
		"an errmsg that quotes":    quote,
		"nothing in it":            func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") },
		"a time-out":               hang,
		"a connection that breaks": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"an endless answer":        endless,
	} {
		t.Run(name, func(t *testing.T) {
			betrayNothing(t, hostile(t, open, answer))
		})
	}
	t.Run("a refused connection", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		_ = l.Close()
		betrayNothing(t, open(t, poisoned("http://"+address)))
	})
	t.Run("codes that are none", func(t *testing.T) {
		s := play(t, open)
		for _, code := range poisonCodes {
			_, err := s.gateway.Identify(s.ctx, code)
			silent(t, err, append(forbidden(), code)...)
		}
	})
}

// hostile is a server that gives out a good token and answers everything else badly.
func hostile(t *testing.T, open Open, answer http.HandlerFunc) wechat.Gateway {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pathToken {
			_, _ = io.WriteString(w, `{"access_token":"`+poisonToken+`","expires_in":7200}`)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return open(t, poisoned(server.URL))
}

func poisoned(url string) Setting {
	return Setting{AppID: appID, AppSecret: secret, BaseURL: url, Timeout: 300 * time.Millisecond, Tokens: &Tokens{}, Now: time.Now}
}

func echo(r *http.Request) string {
	b, _ := io.ReadAll(r.Body)
	return r.URL.String() + string(b)
}

func quote(w http.ResponseWriter, r *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{"errcode": 47003, "errmsg": echo(r) + " rid: 6515357b-0a1b2c3d-1234abcd"})
}

// hang reads the body first: net/http sees a client leave only after that.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func endless(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	for r.Context().Err() == nil {
		if _, err := w.Write([]byte(strings.Repeat("<"+poisonCode, 1000))); err != nil {
			return
		}
	}
}

// betrayNothing makes every call of the port fail and reads what the errors say.
func betrayNothing(t *testing.T, g wechat.Gateway) {
	_, login := g.Identify(t.Context(), poisonCode)
	_, phone := g.Phone(t.Context(), poisonCode, poisonOpenID)
	_, code := g.QRCode(t.Context(), "scene", "pages/a")
	send := g.Send(t.Context(), wechat.Message{To: poisonOpenID, Template: "t", Values: map[string]string{"a": poisonCode}})
	silent(t, login, forbidden()...)
	silent(t, phone, forbidden()...)
	silent(t, code, forbidden()...)
	if send != nil { // {} says that the message has gone
		silent(t, send, forbidden()...)
	}
}

func forbidden() []string {
	return []string{secret, poisonToken, poisonCode, poisonOpenID.Reveal(), "http://", "access_token", "js_code"}
}

// silent fails if err is no failure of the port, or if anything in its chain says one of words, however it is printed.
func silent(t *testing.T, err error, words ...string) {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || !strings.HasPrefix(f.Code, "wechat.") {
		t.Fatalf("%T is no failure of the port", err)
	}
	said := everything(err)
	for _, word := range words {
		if word != "" && strings.Contains(said, word) {
			t.Errorf("an error says %q", word)
		}
	}
}

func everything(err error) string {
	var out strings.Builder
	var walk func(error)
	walk = func(err error) {
		if err == nil {
			return
		}
		fmt.Fprintf(&out, "%v\n%+v\n%#v\n%s\n", err, err, err, slog.AnyValue(err))
		switch w := err.(type) {
		case interface{ Unwrap() error }:
			walk(w.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range w.Unwrap() {
				walk(e)
			}
		}
	}
	walk(err)
	return out.String()
}

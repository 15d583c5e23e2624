package web

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// A server that refuses a body closes the connection while the client is still sending. The client's system then
// answers with a reset, and the client reads a network error instead of the problem document. So after a refusal the
// closing side stops writing, reads on for a moment, and only then lets go.
const (
	lingerBytes = 4 << 20
	lingerTime  = time.Second
)

// lingering is a listener whose connections can be told to close that way.
type lingering struct{ net.Listener }

// Accept wraps the next connection.
func (l lingering) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lingerConn{Conn: c}, nil
}

type lingerConn struct {
	net.Conn
	refused atomic.Bool
}

// lingerOn makes c wait for the client when it is closed.
func lingerOn(c net.Conn) {
	if l, ok := c.(*lingerConn); ok {
		l.refused.Store(true)
	}
}

// Close closes, after a bounded wait where a request was refused.
func (c *lingerConn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.refused.Swap(false) && half.CloseWrite() == nil {
		_ = c.Conn.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
	}
	return c.Conn.Close()
}

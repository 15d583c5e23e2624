package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// A refresh token is `zrt_` + base64url(family ‖ generation ‖ MAC): 16 + 8 + 32 bytes. The MAC key never leaves the
// server, so nothing that is stored can be turned into a token.
const refreshPrefix = "zrt_"

const familyLen = 16

type family [familyLen]byte

// sessionID is the document id: a hash, so that reading the store does not give the family away.
func (f family) sessionID() string {
	h := sha256.Sum256(append([]byte("zhiqing/session/v1\x00"), f[:]...))
	return hex.EncodeToString(h[:16])
}

func (d *Desk) mac(label string, parts ...[]byte) []byte {
	m := hmac.New(sha256.New, d.o.Key)
	m.Write([]byte(label + "\x00"))
	for _, p := range parts {
		m.Write(p)
	}
	return m.Sum(nil)
}

// loginFamily ties a WeChat login's session to its one-time code.
func (d *Desk) loginFamily(code string) family {
	return family(d.mac("login-family", []byte(code))[:familyLen])
}

func (d *Desk) refreshToken(f family, generation int64) string {
	b := binary.BigEndian.AppendUint64(append([]byte(nil), f[:]...), uint64(generation))
	return refreshPrefix + base64.RawURLEncoding.EncodeToString(append(b, d.mac("refresh", b)...))
}

func (d *Desk) parseRefreshToken(token string) (f family, generation int64, ok bool) {
	text, ok := strings.CutPrefix(token, refreshPrefix)
	if !ok {
		return f, 0, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != familyLen+8+sha256.Size {
		return f, 0, false
	}
	body, sum := b[:familyLen+8], b[familyLen+8:]
	if !hmac.Equal(sum, d.mac("refresh", body)) {
		return f, 0, false
	}
	return family(body[:familyLen]), int64(binary.BigEndian.Uint64(body[familyLen:])), true
}

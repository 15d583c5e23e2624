package miniprogramapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"zhiqing/internal/fault"
)

// errCursor refuses a cursor that this list did not give out: another list's, another person's, or a made-up one.
var errCursor = fault.Define(fault.Invalid, "request.cursor", "翻页标记不属于这个列表，请从头读取。", "This cursor does not belong to this list; please start from the beginning.")

const cursorSum = 16

// sealCursor makes an opaque cursor: a position with a MAC over it and the name of the list.
func (a *API) sealCursor(list string, position int64) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(position))
	return base64.RawURLEncoding.EncodeToString(append(b, a.cursorMAC(list, b)...))
}

// openCursor returns the position in a cursor; 0 for none.
func (a *API) openCursor(list, cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) != 8+cursorSum || !hmac.Equal(b[8:], a.cursorMAC(list, b[:8])) {
		return 0, errCursor.At("query.cursor", "请使用上一页给出的 next_cursor", "use the next_cursor of the previous page")
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

func (a *API) cursorMAC(list string, position []byte) []byte {
	m := hmac.New(sha256.New, a.CursorKey)
	m.Write([]byte(list))
	m.Write([]byte{0})
	m.Write(position)
	return m.Sum(nil)[:cursorSum]
}

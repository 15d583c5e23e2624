package push

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" // #nosec G505 -- WeChat's signature is defined so
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// WeChat pads to 32 bytes, not to AES's 16; before the message stand 16 random bytes and its length.
const (
	padBlock = 32
	before   = 16 + 4
)

var (
	errKey    = errors.New("push: the EncodingAESKey is no key")
	errSealed = errors.New("push: what was sent does not open")
)

// codec opens what WeChat seals: AES-256-CBC over random(16) | length(4) | message | appid, the first half of the key as the
// initial vector.
type codec struct {
	block cipher.Block
	iv    []byte
	appID string
}

func newCodec(encodingAESKey, appID string) (codec, error) {
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		return codec{}, errKey
	}
	block, err := aes.NewCipher(key)
	return codec{block, key[:aes.BlockSize], appID}, err
}

// open decrypts a message that is meant for this mini-program. Call it only after the signature over it has been checked:
// then nobody can try out ciphertexts and learn from the answers.
func (c codec) open(secret string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(secret)
	if err != nil || len(b) == 0 || len(b)%aes.BlockSize != 0 {
		return nil, errSealed
	}
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(b, b)
	b, ok := unpad(b)
	if !ok || len(b) < before {
		return nil, errSealed
	}
	size := uint64(binary.BigEndian.Uint32(b[16:before]))
	if size > uint64(len(b)-before) {
		return nil, errSealed
	}
	message, appID := b[before:before+size], b[before+size:]
	if subtle.ConstantTimeCompare(appID, []byte(c.appID)) != 1 {
		return nil, errSealed
	}
	return message, nil
}

// unpad takes the padding off: n bytes of the value n, 1 to 32.
func unpad(b []byte) ([]byte, bool) {
	n := int(b[len(b)-1])
	if n < 1 || n > padBlock || n > len(b) {
		return nil, false
	}
	body, pad := b[:len(b)-n], b[len(b)-n:]
	return body, bytes.Count(pad, pad[:1]) == n
}

// signature is WeChat's: SHA-1 in hexadecimal over the sorted parts, one of which is the token.
func signature(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) // #nosec G401
	return hex.EncodeToString(sum[:])
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

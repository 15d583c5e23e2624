package sandbox

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" // #nosec G505 -- WeChat's signature is defined so
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// sealBlock is the padding's block: WeChat pads to 32 bytes, not to AES's 16.
const sealBlock = 32

var errAESKey = errors.New("encoding_aes_key: 43 characters of base64 are needed, here or in the sandbox's options")

// seal encrypts an event as WeChat does: AES-256-CBC over random(16) | length(4) | message | appid, the first half of the
// key as the initial vector. https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Message_encryption_and_decryption.html
func seal(message []byte, encodingAESKey, appid, random string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		return "", errAESKey
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	plain := binary.BigEndian.AppendUint32([]byte(random), uint32(len(message)))
	plain = append(append(plain, message...), appid...)
	pad := sealBlock - len(plain)%sealBlock
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}

// sign is WeChat's signature: SHA-1 in hexadecimal over the sorted parts.
func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) // #nosec G401
	return hex.EncodeToString(sum[:])
}

func post(ctx context.Context, url string, body any) (*http.Request, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(b))
	if err != nil {
		return nil, errors.New("the push URL is not valid")
	}
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

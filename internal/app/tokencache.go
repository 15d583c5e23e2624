package app

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/wechat"
)

// accessToken is WeChat's token for this mini-program, shared by all servers on one store and sealed at rest.
type accessToken struct {
	Sealed  []byte    `bson:"sealed"` // AES-256-GCM with a random nonce; the appid is the associated data
	Expires time.Time `bson:"expires"`
}

// tokenCache implements live.TokenCache over the store.
type tokenCache struct {
	appid  string
	tokens *store.Collection[accessToken]
	aead   cipher.AEAD
}

func openTokenCache(ctx context.Context, e store.Engine, appid string, key []byte) (*tokenCache, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	c, err := store.Open[accessToken](ctx, e, "wechat_tokens")
	return &tokenCache{appid: appid, tokens: c, aead: aead}, err
}

// Get returns the shared token, or "" when there is none that can be read.
func (c *tokenCache) Get(ctx context.Context) (wechat.Secret, time.Time, error) {
	t, err := c.tokens.Get(ctx, c.appid)
	if errors.Is(err, store.ErrMissing) {
		return "", time.Time{}, nil
	}
	if err != nil {
		return "", time.Time{}, err
	}
	plain, err := c.aead.Open(nil, nil, t.Sealed, []byte(c.appid))
	if err != nil { // sealed by other keys: as good as none
		return "", time.Time{}, nil
	}
	return wechat.Secret(plain), t.Expires, nil
}

// Put shares a new token.
func (c *tokenCache) Put(ctx context.Context, token wechat.Secret, expires time.Time) error {
	_, err := c.tokens.Upsert(ctx, c.appid, func(t *accessToken, _ bool) error {
		t.Sealed = c.aead.Seal(nil, nil, []byte(token.Reveal()), []byte(c.appid))
		t.Expires = expires
		return nil
	})
	return err
}

// Evict forgets a token that WeChat has refused, unless another server has replaced it already.
func (c *tokenCache) Evict(ctx context.Context, token wechat.Secret) error {
	_, err := c.tokens.Delete(ctx, c.appid, func(t *accessToken) bool {
		plain, err := c.aead.Open(nil, nil, t.Sealed, []byte(c.appid))
		return err != nil || wechat.Secret(plain) == token
	})
	return err
}

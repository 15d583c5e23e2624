package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"zhiqing/internal/consent"
	"zhiqing/internal/subject"
	miniprogramapi "zhiqing/miniprogram-api"
)

// leaflets are the links that stop advertising. A token is the account's pseudonym and the channel, with a code of ours over
// both: nothing is stored, so none is lost, and none ends.
type leaflets struct {
	*App
	key []byte
}

var leafletText = base64.RawURLEncoding.Strict()

func (l leaflets) seal(what string) []byte {
	m := hmac.New(sha256.New, l.key)
	m.Write([]byte("zhiqing/unsubscribe/v1\x00" + what))
	return m.Sum(nil)
}

// Link makes the token of an account and a channel.
func (l leaflets) Link(id, channel string) string {
	what := id + "/" + channel
	return leafletText.EncodeToString([]byte(what)) + "." + leafletText.EncodeToString(l.seal(what))
}

func (l leaflets) open(token string) (id, channel string, ok bool) {
	text, code, _ := strings.Cut(token, ".")
	what, errText := leafletText.DecodeString(text)
	mac, errCode := leafletText.DecodeString(code)
	if len(token) > 256 || errText != nil || errCode != nil || !hmac.Equal(mac, l.seal(string(what))) {
		return "", "", false
	}
	return strings.Cut(string(what), "/")
}

// Channel is the channel of a token.
func (l leaflets) Channel(token string) (string, bool) {
	_, channel, ok := l.open(token)
	return channel, ok
}

// Stop withdraws the consent to advertising over the token's channel, if there is one in force.
func (l leaflets) Stop(ctx context.Context, token, language string) error {
	id, channel, ok := l.open(token)
	if !ok {
		return miniprogramapi.ErrLink
	}
	s, err := l.Subjects.Find(ctx, id)
	if errors.Is(err, subject.ErrUnknown) || err == nil && (s.State == subject.Closing || s.State == subject.Erased) {
		return nil
	}
	if err != nil {
		return err
	}
	who, purpose := l.people().actor(s), "marketing."+channel
	live, err := l.Consents.Live(ctx, who)
	if err != nil || !live(purpose) {
		return err
	}
	_, _, err = l.Consents.Decide(ctx, who, consent.Batch{Decisions: []consent.Decision{{Purpose: purpose, Verb: consent.Withdraw}}, Method: "tap", Language: language})
	return err
}

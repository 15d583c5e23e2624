package ledger

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"zhiqing/internal/fault"
)

func claimsUntil(exp time.Time) map[string]any {
	return map[string]any{"sub": testBook, "kind": "user", "exp": exp.Unix()}
}

type tokenClaims struct {
	Sub  string `json:"sub"`
	Kind string `json:"kind"`
}

func TestATokenVerifiesUntilItExpires(t *testing.T) {
	k := testKeys()
	exp := testTime.Add(15 * time.Minute).Truncate(time.Second)
	signed, err := k.Sign(UseToken, TypAccess, claimsUntil(exp))
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParseJWKS(k.JWKS())
	if err != nil {
		t.Fatal(err)
	}
	var c tokenClaims
	if err := public.Verify(UseToken, TypAccess, signed, exp.Add(-time.Second), &c); err != nil || c.Sub != testBook || c.Kind != "user" {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := k.Verify(UseToken, TypAccess, signed, exp, &c); !errors.Is(err, ErrTokenExpired) || fault.KindOf(err) != fault.Unauthenticated {
		t.Fatal(err)
	}
}

func TestATokenWithoutExpiryOrFromTheFutureIsRefused(t *testing.T) {
	k := testKeys()
	later := testTime.Add(time.Hour).Unix()
	for name, claims := range map[string]any{
		"no exp":        map[string]any{"sub": testBook},
		"exp as text":   map[string]any{"exp": "2099-01-01"},
		"not yet valid": map[string]any{"exp": later + 10, "nbf": later},
		"not an object": []int{1},
		"null":          nil,
	} {
		signed, err := k.Sign(UseToken, TypAccess, claims)
		if err != nil {
			t.Fatal(err)
		}
		var c map[string]any
		if err := k.Verify(UseToken, TypAccess, signed, testTime, &c); !errors.Is(err, ErrToken) || c != nil {
			t.Errorf("%s: %v, %v", name, err, c)
		}
	}
}

// forge signs any header with a real key of the keyset, as an attacker who found a signing oracle could.
func forge(t *testing.T, k Keyset, header string, claims string) string {
	t.Helper()
	key, _ := k.active(UseToken)
	text := b64url.EncodeToString([]byte(header)) + "." + b64url.EncodeToString([]byte(claims))
	return text + "." + b64url.EncodeToString(ed25519.Sign(key.private, []byte(text)))
}

func TestForgedTokensAreRefused(t *testing.T) {
	k := testKeys()
	token, _ := k.active(UseToken)
	receipt, _ := k.active(UseReceipt)
	stranger := NewKeyset(seeded(66), testTime, OriginOperator)
	claims := `{"sub":"sub_x","exp":4000000000}`
	header := func(extra string) string {
		return `{"alg":"EdDSA","kid":"` + token.kid + `","typ":"at+jwt"` + extra + `}`
	}
	genuine := forge(t, k, header(""), claims)
	var c map[string]any
	if err := k.Verify(UseToken, TypAccess, genuine, testTime, &c); err != nil {
		t.Fatalf("the pattern of the forgeries is not itself valid: %v", err)
	}
	library := func(method jwt.SigningMethod, key any, kid string) string {
		tok := jwt.NewWithClaims(method, jwt.MapClaims{"sub": "sub_x", "exp": 4000000000})
		tok.Header["kid"], tok.Header["typ"] = kid, TypAccess
		signed, err := tok.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	theirs, err := stranger.Sign(UseToken, TypAccess, claimsUntil(testTime.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(genuine, ".")
	last := len(genuine) - 1
	for name, c := range map[string]struct {
		token string
		cause error
	}{
		"alg none":                     {library(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, token.kid), errSignature},
		"HS256 with the public key":    {library(jwt.SigningMethodHS256, []byte(token.public), token.kid), errSignature},
		"HS256 with the JWKS":          {library(jwt.SigningMethodHS256, k.JWKS(), token.kid), errSignature},
		"another's key":                {theirs, errKid},
		"our kid, another's key":       {library(jwt.SigningMethodEdDSA, stranger.open().keys[0].private, token.kid), errSignature},
		"the key of receipts":          {library(jwt.SigningMethodEdDSA, receipt.private, receipt.kid), errKid},
		"no kid":                       {forge(t, k, `{"alg":"EdDSA","typ":"at+jwt"}`, claims), errHeader},
		"a kid that is a number":       {forge(t, k, `{"alg":"EdDSA","kid":1,"typ":"at+jwt"}`, claims), errHeader},
		"typ JWT":                      {forge(t, k, strings.Replace(header(""), "at+jwt", "JWT", 1), claims), errHeader},
		"typ of a receipt":             {forge(t, k, strings.Replace(header(""), "at+jwt", TypReceipt, 1), claims), errHeader},
		"no typ":                       {forge(t, k, strings.Replace(header(""), `,"typ":"at+jwt"`, "", 1), claims), errHeader},
		"crit":                         {forge(t, k, header(`,"crit":["exp"]`), claims), errHeader},
		"its own jwk":                  {forge(t, k, header(`,"jwk":{"kty":"OKP"}`), claims), errHeader},
		"x5u":                          {forge(t, k, header(`,"x5u":"https://example.com/"`), claims), errHeader},
		"jku":                          {forge(t, k, header(`,"jku":"https://example.com/"`), claims), errHeader},
		"an unencoded payload (b64)":   {forge(t, k, header(`,"b64":false`), claims), errHeader},
		"compressed (zip)":             {forge(t, k, header(`,"zip":"DEF"`), claims), errHeader},
		"a claim twice":                {forge(t, k, header(""), `{"sub":"sub_x","sub":"sub_y","exp":4000000000}`), errClaims},
		"too large":                    {forge(t, k, header(""), `{"sub":"`+strings.Repeat("x", 5000)+`"}`), errSize},
		"empty":                        {"", errSize},
		"two parts":                    {parts[0] + "." + parts[1], errSignature},
		"four parts":                   {genuine + ".x", errSignature},
		"no signature":                 {parts[0] + "." + parts[1] + ".", errSignature},
		"other claims":                 {parts[0] + "." + b64url.EncodeToString([]byte(`{"sub":"sub_y","exp":4000000000}`)) + "." + parts[2], errSignature},
		"a line break in the middle":   {genuine[:20] + "\n" + genuine[20:], errAlphabet},
		"a trailing line break":        {genuine + "\n", errAlphabet},
		"padding":                      {genuine + "=", errAlphabet},
		"other bits after the last":    {genuine[:last] + string(sibling(genuine[last])), errSignature},
		"a header that is not JSON":    {b64url.EncodeToString([]byte("x")) + "." + parts[1] + "." + parts[2], errSignature},
		"bytes that are not a token":   {"\x00\xff", errAlphabet},
		"a header that is a JSON list": {b64url.EncodeToString([]byte("[]")) + "." + parts[1] + "." + parts[2], errSignature},
	} {
		var out map[string]any
		err := k.Verify(UseToken, TypAccess, c.token, testTime, &out)
		if !errors.Is(err, ErrToken) || !errors.Is(err, c.cause) {
			t.Errorf("%s: %v (%v)", name, err, errors.Unwrap(err))
		}
		if out != nil && c.cause != errClaims {
			t.Errorf("%s: claims came back beside an error", name)
		}
	}
}

// sibling is another symbol of base64url that decodes to the same leading bits, which a careless decoder would accept.
func sibling(c byte) byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)^1]
}

func TestOneKindCanNeverPassAsTheOther(t *testing.T) {
	k := testKeys()
	for _, made := range []struct{ use, typ string }{{UseToken, TypAccess}, {UseReceipt, TypReceipt}, {UseToken, TypReceipt}, {UseReceipt, TypAccess}} {
		signed, err := k.Sign(made.use, made.typ, claimsUntil(testTime.Add(time.Hour)))
		if err != nil {
			t.Fatal(err)
		}
		for _, asked := range []struct{ use, typ string }{{UseToken, TypAccess}, {UseReceipt, TypReceipt}, {UseToken, TypReceipt}, {UseReceipt, TypAccess}} {
			var c map[string]any
			if err := k.Verify(asked.use, asked.typ, signed, testTime, &c); (err == nil) != (made == asked) {
				t.Errorf("made as %v, asked as %v: %v", made, asked, err)
			}
		}
	}
	if _, err := k.Sign("other", "x", nil); err == nil {
		t.Error("signed for an unknown use")
	}
}

func TestAFlippedBitAnywhereInATokenIsRefused(t *testing.T) {
	k := testKeys()
	signed, err := k.Sign(UseToken, TypAccess, claimsUntil(testTime.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range signed {
		for bit := range 8 {
			b := []byte(signed)
			b[i] ^= 1 << bit
			var c map[string]any
			if k.Verify(UseToken, TypAccess, string(b), testTime, &c) == nil {
				t.Fatalf("byte %d bit %d", i, bit)
			}
		}
	}
}

func TestATokenErrorRepeatsNothingOfTheToken(t *testing.T) {
	k := testKeys()
	for _, token := range []string{"SECRET", "SECRET.SECRET.SECRET", b64url.EncodeToString([]byte(`{"alg":"SECRET"}`)) + ".e30.SECRET"} {
		err := k.Verify(UseToken, TypAccess, token, testTime, &struct{}{})
		for e := err; e != nil; e = errors.Unwrap(e) {
			if bytes.Contains([]byte(e.Error()), []byte("SECRET")) {
				t.Errorf("%v", e)
			}
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	k := testKeys()
	signed, err := k.Sign(UseToken, TypAccess, claimsUntil(testTime.Add(time.Hour)))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var c tokenClaims
		if err := k.Verify(UseToken, TypAccess, signed, testTime, &c); err != nil {
			b.Fatal(err)
		}
	}
}

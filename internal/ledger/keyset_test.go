package ledger

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// seeded is a source of random that a test can repeat.
func seeded(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }

func testKeys() Keyset { return NewKeyset(seeded(1), testTime, OriginDevelopment) }

func TestAKeysetComesBackAsItWasWritten(t *testing.T) {
	k := testKeys()
	k, err := k.Rotate(seeded(2), testTime.Add(time.Hour), UseReceipt)
	if err != nil {
		t.Fatal(err)
	}
	file := k.Encode()
	again, err := ParseKeyset(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Encode(), file) || again.Origin() != OriginDevelopment || !bytes.Equal(again.Derive("x"), k.Derive("x")) {
		t.Fatal("the keyset changed on its way")
	}
	if !bytes.Equal(again.JWKS(), k.JWKS()) {
		t.Fatal("the public keys changed on their way")
	}
}

// TestThumbprintIsRFC8037A3 is the example of RFC 8037, appendix A.3.
func TestThumbprintIsRFC8037A3(t *testing.T) {
	x, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	if got := thumbprint(x); got != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
		t.Fatal(got)
	}
}

func TestASecretNeverPrints(t *testing.T) {
	k := testKeys()
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	type holder struct {
		Public  Keyset
		private Keyset
	}
	h := holder{k, k}
	logger.Info("x", "keys", k, "holder", h)
	inJSON, err := stdjson.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	printed := log.String() + string(inJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c"} {
		printed += fmt.Sprintf(verb, k) + fmt.Sprintf(verb, &k) + fmt.Sprintf(verb, h) + fmt.Sprintf(verb, []any{k})
	}
	secretValues := [][]byte{k.open().root}
	for _, key := range k.open().keys {
		secretValues = append(secretValues, key.private.Seed())
	}
	for _, secret := range secretValues {
		for _, form := range []string{string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret),
			base64.RawURLEncoding.EncodeToString(secret), strings.Trim(fmt.Sprint(secret), "[]")} {
			if strings.Contains(printed, form) || strings.Contains(printed, strings.ToUpper(form)) {
				t.Fatal("a secret was printed")
			}
		}
		if !bytes.Contains(k.Encode(), []byte(base64.StdEncoding.EncodeToString(secret))) {
			t.Fatal("the test looks for something that is not a secret of the keyset")
		}
	}
}

func TestOldPublicKeysStayAndOldPrivateKeysGo(t *testing.T) {
	k := testKeys()
	old, err := k.Sign(UseToken, TypAccess, claimsUntil(testTime.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	before := k.Encode()
	next, err := k.Rotate(seeded(2), testTime, UseToken) // in the same instant: the newer one must still win
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, k.Encode()) {
		t.Error("rotating changed the old keyset")
	}
	var c map[string]any
	if err := next.Verify(UseToken, TypAccess, old, testTime, &c); err != nil {
		t.Errorf("what the old key signed: %v", err)
	}
	fresh, err := next.Sign(UseToken, TypAccess, claimsUntil(testTime.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	if k.Verify(UseToken, TypAccess, fresh, testTime, &c) == nil {
		t.Error("the new token verifies with the old keys: nothing was rotated")
	}
	if n := strings.Count(string(next.Encode()), `"private"`); n != 2 {
		t.Errorf("%d private keys", n)
	}
	if n := strings.Count(string(next.JWKS()), `"kid"`); n != 3 {
		t.Errorf("%d public keys", n)
	}
	if _, err := k.Rotate(seeded(3), testTime, "everything"); !errors.Is(err, ErrKeyset) {
		t.Error(err)
	}
}

func TestDerivedSecretsDifferByLabelAndRootOnly(t *testing.T) {
	k, other := testKeys(), NewKeyset(seeded(9), testTime, OriginOperator)
	a := k.Derive("identity")
	if len(a) != 32 || !bytes.Equal(a, testKeys().Derive("identity")) {
		t.Error("the same label gives other bytes")
	}
	for _, b := range [][]byte{k.Derive("refresh"), k.Derive(""), other.Derive("identity"), k.open().root} {
		if bytes.Equal(a, b) {
			t.Error("two secrets are the same")
		}
	}
	rotated, err := k.Rotate(seeded(4), testTime, UseToken, UseReceipt)
	if err != nil || !bytes.Equal(a, rotated.Derive("identity")) {
		t.Error("rotating signing keys changed a derived secret")
	}
}

func TestABadKeysetFileIsRefusedWithoutRepeatingIt(t *testing.T) {
	good := string(testKeys().Encode())
	k := testKeys()
	seed := b64.EncodeToString(k.open().keys[0].private.Seed())
	kid := k.open().keys[0].kid
	for name, bad := range map[string]string{
		"not JSON":              good[:len(good)/2],
		"an unknown member":     strings.Replace(good, `"version"`, `"extra":"SECRET","version"`, 1),
		"a member twice":        strings.Replace(good, `"version": 1`, `"version": 1, "version": 1`, 1),
		"version 2":             strings.Replace(good, `"version": 1`, `"version": 2`, 1),
		"an unknown origin":     strings.Replace(good, OriginDevelopment, "SECRET", 1),
		"a root in hex":         strings.Replace(good, b64.EncodeToString(k.open().root), hex.EncodeToString(k.open().root), 1),
		"a short root":          strings.Replace(good, b64.EncodeToString(k.open().root), "U0VDUkVU", 1),
		"a number as key":       strings.Replace(good, `"`+seed+`"`, "123456789", 1),
		"a key of another kid":  strings.Replace(good, seed, b64.EncodeToString(bytes.Repeat([]byte{7}, 32)), 1),
		"a wrong kid":           strings.Replace(good, kid, "SECRET", 1),
		"an unknown use":        strings.Replace(good, `"token"`, `"SECRET"`, 1),
		"no key for receipts":   strings.Replace(good, `"receipt"`, `"token"`, 1),
		"no time":               strings.Replace(good, `"created_at": "2026-03-01T08:30:15.25Z"`, `"created_at":"0001-01-01T00:00:00Z"`, 1),
		"neither half":          strings.Replace(good, `"private": "`+seed+`"`, `"private": ""`, 1),
		"both halves":           strings.Replace(good, `"private": "`+seed+`"`, `"private": "`+seed+`", "public": "`+seed+`"`, 1),
		"trailing data":         good + "SECRET",
		"nothing":               "",
		"a list":                "[]",
		"base64 with a newline": strings.Replace(good, seed, seed[:4]+`\n`+seed[4:], 1),
	} {
		if bad == good {
			t.Fatalf("%s: the case changes nothing", name)
		}
		_, err := ParseKeyset([]byte(bad))
		if !errors.Is(err, ErrKeyset) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, leak := range []string{"SECRET", "U0VDUkVU", "123456789", seed[:12], hex.EncodeToString(k.open().root)[:12]} {
			if strings.Contains(err.Error(), leak) {
				t.Errorf("%s: the error repeats the file: %v", name, err)
			}
		}
	}
}

func TestAKeysetOfAnyHistoryComesBackAndVerifies(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := testKeys()
		var tokens []string
		for i := range rapid.IntRange(0, 5).Draw(rt, "rotations") {
			signed, err := k.Sign(UseToken, TypAccess, claimsUntil(testTime.Add(time.Hour)))
			if err != nil {
				rt.Fatal(err)
			}
			tokens = append(tokens, signed)
			use := rapid.SampledFrom(uses).Draw(rt, "use")
			if k, err = k.Rotate(seeded(byte(10+i)), testTime.Add(time.Duration(i)*time.Minute), use); err != nil {
				rt.Fatal(err)
			}
			if k, err = ParseKeyset(k.Encode()); err != nil {
				rt.Fatal(err)
			}
		}
		public, err := ParseJWKS(k.JWKS())
		if err != nil {
			rt.Fatal(err)
		}
		for _, signed := range tokens {
			var c map[string]any
			if err := public.Verify(UseToken, TypAccess, signed, testTime, &c); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

func TestAForeignOrForgedKeySetIsRefused(t *testing.T) {
	good := string(testKeys().JWKS())
	kid := testKeys().open().keys[0].kid
	for name, bad := range map[string]string{
		"a kid that is not the thumbprint": strings.Replace(good, kid, "other", 1),
		"a key twice":                      strings.Replace(good, `{"keys":[`, good[:strings.Index(good, "},")+1]+",", 1),
		"only keys of others":              `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","use":"sig"}]}`,
		"no keys":                          `{"keys":[]}`, "nothing": "", "a number": "1", "too large": good + strings.Repeat(" ", maxJWKS),
	} {
		if _, err := ParseJWKS([]byte(bad)); !errors.Is(err, ErrJWKS) {
			t.Errorf("%s: %v", name, err)
		}
	}
	mixed := strings.Replace(good, `{"keys":[`, `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","use":"sig"},`, 1)
	if v, err := ParseJWKS([]byte(mixed)); err != nil || len(v.keys) != 2 {
		t.Errorf("keys of another type must be passed over (RFC 7517 section 5): %v", err)
	}
	for _, private := range []string{`"d"`, `"k"`, `"private"`} {
		if strings.Contains(good, private) {
			t.Errorf("the public document has a member %s", private)
		}
	}
}

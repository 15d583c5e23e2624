package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
)

// secretBytes are the index key and every KEK.
func secretBytes(t *testing.T, k Keys) [][]byte {
	t.Helper()
	all := [][]byte{k.open().index}
	for i := range k.open().keks.Len() {
		e, err := k.open().keks.Entry(i)
		if err != nil {
			t.Fatal(err)
		}
		key := e.Key().(*aesgcm.Key).KeyBytes()
		all = append(all, key.Data(insecuresecretdataaccess.Token{}))
	}
	return all
}

func TestKeysComeBackAsTheyWereWritten(t *testing.T) {
	k := testKeys().Rotate(seeded(2), testTime.Add(time.Hour))
	again, err := ParseKeys(k.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Encode(), k.Encode()) || again.Origin() != k.Origin() || again.Canary() != k.Canary() ||
		again.Primary() != k.Primary() || again.KEKs() != 2 {
		t.Error("the keys changed on their way")
	}
	before, _ := open(t, k)
	wrapped := newKey(t, before, "sub_a")
	after, _ := open(t, again)
	if _, _, err := after.Rewrap("sub_a", wrapped); err != nil {
		t.Error(err)
	}
}

func TestTheSameRandomGivesTheSameKeys(t *testing.T) {
	if !bytes.Equal(testKeys().Encode(), testKeys().Encode()) {
		t.Error("something else than the given random went into the keys")
	}
	if bytes.Equal(testKeys().Encode(), NewKeys(seeded(2), testTime, OriginDevelopment).Encode()) {
		t.Error("the given random is not used")
	}
}

func TestRotateAddsAPrimaryAndRetireLeavesItAlone(t *testing.T) {
	k := testKeys()
	before := k.Encode()
	next := k.Rotate(seeded(2), testTime)
	if !bytes.Equal(k.Encode(), before) || k.KEKs() != 1 {
		t.Error("rotating changed the old keys")
	}
	if next.KEKs() != 2 || next.Primary() == k.Primary() || !next.Has(k.Primary()) || k.Has(next.Primary()) {
		t.Errorf("%d KEKs, primary %s after %s", next.KEKs(), next.Primary(), k.Primary())
	}
	last := next.Retire()
	if last.KEKs() != 1 || last.Primary() != next.Primary() || last.Has(k.Primary()) || next.KEKs() != 2 {
		t.Errorf("%d KEKs, primary %s", last.KEKs(), last.Primary())
	}
	old := secretBytes(t, k)[1]
	if bytes.Contains(last.Encode(), []byte(base64.StdEncoding.EncodeToString(old))) {
		t.Error("the retired KEK is still in the file")
	}
	// The same random would give a KEK of the same id: another one is drawn.
	if twice := next.Rotate(seeded(2), testTime); twice.KEKs() != 3 {
		t.Errorf("%d KEKs", twice.KEKs())
	}
}

func TestABlindIndexIsOfItsUseItsValueAndItsKeyFile(t *testing.T) {
	k := testKeys()
	v, _ := open(t, k)
	rotated, _ := open(t, k.Rotate(seeded(2), testTime).Retire())
	other, _ := open(t, NewKeys(seeded(9), testTime, OriginOperator))
	index := v.Index("phone", "13800138000")
	if !regexp.MustCompile(`^[a-z2-7]{52}$`).MatchString(index) {
		t.Errorf("not of the expected form: %q", index)
	}
	if rotated.Index("phone", "13800138000") != index {
		t.Error("a rotation changed the index: nothing would be found any more")
	}
	for name, different := range map[string]string{
		"use": v.Index("email", "13800138000"), "value": v.Index("phone", "13800138001"), "border": v.Index("phone1", "3800138000"),
		"key file": other.Index("phone", "13800138000"), "empty": v.Index("", ""),
	} {
		if different == index {
			t.Errorf("another %s gives the same index", name)
		}
	}
	if k.Canary() == other.ring.Load().keys.Canary() || k.Canary() != k.Rotate(seeded(2), testTime).Canary() {
		t.Error("the canary is not the key file's")
	}
}

// forms are the ways in which a secret could be printed.
func forms(secret []byte) []string {
	return []string{
		string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)), base64.StdEncoding.EncodeToString(secret),
		base64.RawURLEncoding.EncodeToString(secret), strings.Trim(fmt.Sprint(secret), "[]"), fmt.Sprintf("%#v", secret)[7:60],
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	k := testKeys().Rotate(seeded(2), testTime)
	v, _ := open(t, k)
	seal(t, v, "sub_a", newKey(t, v, "sub_a"), phone, "x")
	type holder struct {
		Public  Keys
		private Keys
		Vault   *Vault
		vault   *Vault
		options Options
	}
	h := holder{k, k, v, v, Options{Keys: k}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "keys", k, "holder", h, "vault", v)
	inJSON, err := stdjson.Marshal(struct {
		Keys  Keys
		Vault *Vault
	}{k, v})
	if err != nil {
		t.Fatal(err)
	}
	printed := log.String() + string(inJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c"} {
		for _, value := range []any{k, &k, h, &h, []any{k, v}, v, *v.ring.Load()} {
			printed += fmt.Sprintf(verb, value)
		}
	}
	for _, secret := range secretBytes(t, k) {
		for _, form := range forms(secret) {
			if strings.Contains(printed, form) {
				t.Error("a secret was printed")
			}
		}
	}
	if !bytes.Contains(k.Encode(), []byte(base64.StdEncoding.EncodeToString(secretBytes(t, k)[0]))) {
		t.Error("the test looks for something that is not a secret of the file")
	}
}

func TestABadKeyFileIsRefusedWithoutRepeatingIt(t *testing.T) {
	good := string(testKeys().Encode())
	index := base64.StdEncoding.EncodeToString(testKeys().open().index)
	member := func(name string) string {
		found := regexp.MustCompile(`"` + name + `": *("[^"]*"|[0-9]+)`).FindString(good)
		if found == "" {
			t.Fatalf("the file has no %s:\n%s", name, good)
		}
		return found
	}
	keyObject := regexp.MustCompile(`(?s)"key": \[(.*?)\n\t\t\]`).FindStringSubmatch(good)
	if keyObject == nil {
		t.Fatal("the file has no key")
	}
	for name, bad := range map[string]string{
		"empty":               "",
		"not JSON":            good[:len(good)/2],
		"an unknown member":   strings.Replace(good, `"version"`, `"extra":"SECRET","version"`, 1),
		"a member twice":      strings.Replace(good, `"version": 1`, `"version": 1, "version": 1`, 1),
		"version 2":           strings.Replace(good, `"version": 1`, `"version": 2`, 1),
		"an unknown origin":   strings.Replace(good, OriginDevelopment, "SECRET", 1),
		"no time":             strings.Replace(good, member("rotated_at"), `"rotated_at": "0001-01-01T00:00:00Z"`, 1),
		"a bad time":          strings.Replace(good, member("rotated_at"), `"rotated_at": "SECRET"`, 1),
		"an index in hex":     strings.Replace(good, index, hex.EncodeToString(testKeys().open().index), 1),
		"a short index":       strings.Replace(good, index, "U0VDUkVU", 1),
		"an index with space": strings.Replace(good, index, index[:10]+`\n`+index[10:], 1),
		"no KEK":              regexp.MustCompile(`(?s)"kek": \{.*\},`).ReplaceAllString(good, `"kek": {},`),
		"a KEK of text":       regexp.MustCompile(`(?s)"kek": \{.*\},`).ReplaceAllString(good, `"kek": "SECRET",`),
		"no primary":          strings.Replace(good, member("primaryKeyId"), `"primaryKeyId": 1`, 1),
		"a disabled KEK":      strings.Replace(good, "ENABLED", "DISABLED", 1),
		"a raw KEK":           strings.Replace(good, `"TINK"`, `"RAW"`, 1),
		"an unknown type":     strings.Replace(good, "AesGcmKey", "SECRETKey", 1),
		"another type":        strings.Replace(good, "AesGcmKey", "AesGcmSivKey", 1),
		"a cut KEK":           strings.Replace(good, member("value"), `"value": "U0VDUkVU"`, 1),
		"a bad KEK":           strings.Replace(good, member("value"), `"value": "SECRET!"`, 1),
		"the same KEK twice":  strings.Replace(good, keyObject[1], keyObject[1]+","+keyObject[1], 1),
	} {
		if bad == good {
			t.Fatalf("%s: the test changes nothing", name)
		}
		_, err := ParseKeys([]byte(bad))
		switch {
		case !errors.Is(err, ErrKeys):
			t.Errorf("%s: %v", name, err)
		case strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "U0VD") || strings.Contains(err.Error(), index[:8]) || len(err.Error()) > 200:
			t.Errorf("%s: the error repeats the file: %v", name, err)
		}
	}
}

func FuzzAKeyFileIsReadWholeOrRefused(f *testing.F) {
	f.Add(testKeys().Encode())
	f.Add(testKeys().Rotate(seeded(2), testTime).Encode())
	f.Fuzz(func(t *testing.T, file []byte) {
		k, err := ParseKeys(file)
		if err != nil {
			if !errors.Is(err, ErrKeys) || k.open != nil {
				t.Fatal(err)
			}
			return
		}
		again, err := ParseKeys(k.Encode())
		if err != nil || !bytes.Equal(again.Encode(), k.Encode()) {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := newRing(k); err != nil {
			t.Fatal(err)
		}
	})
}

package vault

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var testTime = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// seeded is a source of random that a test can repeat.
func seeded(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }

func testKeys() Keys { return NewKeys(seeded(1), testTime, OriginDevelopment) }

// clock is a clock that a test moves.
type clock struct {
	sync.Mutex
	t time.Time
}

func (c *clock) now() time.Time { c.Lock(); defer c.Unlock(); return c.t }

func (c *clock) advance(d time.Duration) { c.Lock(); defer c.Unlock(); c.t = c.t.Add(d) }

func open(t testing.TB, k Keys) (*Vault, *clock) {
	t.Helper()
	c := &clock{t: testTime}
	v, err := Open(Options{Keys: k, Random: seeded(7), Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return v, c
}

func newKey(t testing.TB, v *Vault, owner string) []byte {
	t.Helper()
	wrapped, err := v.NewKey(owner)
	if err != nil {
		t.Fatal(err)
	}
	return wrapped
}

func seal(t testing.TB, v *Vault, owner string, wrapped []byte, p Place, plain string) []byte {
	t.Helper()
	sealed, err := v.Seal(owner, wrapped, p, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

var phone = Place{"subjects", "sub_a", "phone"}

func TestWhatIsSealedOpensAtItsPlaceAndNowhereElse(t *testing.T) {
	v, _ := open(t, testKeys())
	a, b := newKey(t, v, "sub_a"), newKey(t, v, "sub_b")
	sealed := seal(t, v, "sub_a", a, phone, "13800138000")
	if plain, err := v.Open("sub_a", a, phone, sealed); err != nil || string(plain) != "13800138000" {
		t.Fatalf("at its place: %q %v", plain, err)
	}
	for name, try := range map[string]struct {
		owner   string
		wrapped []byte
		place   Place
	}{
		"another subject's document": {"sub_a", a, Place{"subjects", "sub_b", "phone"}},
		"another subject's key":      {"sub_b", b, phone},
		"another owner's name":       {"sub_b", a, phone},
		"another field":              {"sub_a", a, Place{"subjects", "sub_a", "email"}},
		"another collection":         {"sub_a", a, Place{"backups", "sub_a", "phone"}},
		"a border moved":             {"sub_a", a, Place{"subject", "ssub_a", "phone"}},
		"a border moved right":       {"sub_a", a, Place{"subjects", "sub_ap", "hone"}},
		"no place":                   {"sub_a", a, Place{}},
	} {
		if plain, err := v.Open(try.owner, try.wrapped, try.place, sealed); !errors.Is(err, ErrSealed) || plain != nil {
			t.Errorf("%s: %q %v", name, plain, err)
		}
	}
}

// Two lists of parts never give the same associated data, whatever bytes are in them.
func TestPlacesAreUnambiguous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringOfN(rapid.SampledFrom([]rune{'a', 'b', 0, 1, 2, '/'}), 0, 4, -1)
		draw := func(n string) [4]string {
			return [4]string{part.Draw(t, n), part.Draw(t, n), part.Draw(t, n), part.Draw(t, n)}
		}
		one, two := draw("one"), draw("two")
		same := bytes.Equal(Place{one[1], one[2], one[3]}.bind(one[0]), Place{two[1], two[2], two[3]}.bind(two[0]))
		if same != (one == two) {
			t.Fatalf("%q and %q", one, two)
		}
	})
}

func TestOneFlippedBitIsRefused(t *testing.T) {
	v, _ := open(t, testKeys())
	wrapped := newKey(t, v, "sub_a")
	sealed := seal(t, v, "sub_a", wrapped, phone, "13800138000")
	for i := range len(sealed) * 8 {
		if plain, err := v.Open("sub_a", wrapped, phone, flip(sealed, i)); !errors.Is(err, ErrSealed) || plain != nil {
			t.Errorf("ciphertext, bit %d: %q %v", i, plain, err)
		}
	}
	for i := range len(wrapped) * 8 {
		plain, err := v.Open("sub_a", flip(wrapped, i), phone, sealed)
		if !errors.Is(err, ErrSealed) && !errors.Is(err, ErrNoKey) || plain != nil {
			t.Errorf("wrapped key, bit %d: %q %v", i, plain, err)
		}
	}
	for n := range len(sealed) {
		if _, err := v.Open("sub_a", wrapped, phone, sealed[:n]); !errors.Is(err, ErrSealed) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	for n := 1; n < len(wrapped); n++ {
		if _, err := v.Open("sub_a", wrapped[:n], phone, sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("key cut to %d bytes: %v", n, err)
		}
	}
}

func flip(b []byte, bit int) []byte {
	b = bytes.Clone(b)
	b[bit/8] ^= 1 << (bit % 8)
	return b
}

// Some bytes of the ciphertext or of the wrapped key are replaced by others, more or fewer.
func FuzzOnlyWhatWasSealedOpens(f *testing.F) {
	v, _ := open(f, testKeys())
	wrapped := newKey(f, v, "sub_a")
	sealed := seal(f, v, "sub_a", wrapped, phone, "x")
	f.Add(false, byte(0), byte(0), []byte{})
	f.Add(true, byte(0), byte(5), []byte{1, 0, 0, 0, 0})
	f.Add(false, byte(0), byte(1), []byte{fieldFormat, fieldFormat})
	f.Fuzz(func(t *testing.T, ofKey bool, at, gone byte, with []byte) {
		key, data := wrapped, sealed
		if ofKey {
			key = replaced(wrapped, int(at), int(gone), with)
		} else {
			data = replaced(sealed, int(at), int(gone), with)
		}
		plain, err := v.Open("sub_a", key, phone, data)
		if made := bytes.Equal(key, wrapped) && bytes.Equal(data, sealed); made != (err == nil) || made != (plain != nil) {
			t.Fatalf("made here %v, but %v", made, err)
		}
	})
}

func replaced(b []byte, at, gone int, with []byte) []byte {
	at = min(at, len(b))
	return slices.Concat(b[:at], with, b[min(at+gone, len(b)):])
}

func TestSealingTwiceGivesDifferentBytes(t *testing.T) {
	v, _ := open(t, testKeys())
	wrapped := newKey(t, v, "sub_a")
	if bytes.Equal(seal(t, v, "sub_a", wrapped, phone, "x"), seal(t, v, "sub_a", wrapped, phone, "x")) {
		t.Error("equal values can be told")
	}
	if bytes.Equal(wrapped, newKey(t, v, "sub_a")) {
		t.Error("two keys are one")
	}
	if plain, err := v.Open("sub_a", wrapped, phone, seal(t, v, "sub_a", wrapped, phone, "")); err != nil || len(plain) != 0 {
		t.Errorf("an empty value: %q %v", plain, err)
	}
}

func TestRewrapKeepsWhatIsSealedAndRetireEndsTheOldKey(t *testing.T) {
	k := testKeys()
	before, _ := open(t, k)
	old := newKey(t, before, "sub_a")
	sealed := seal(t, before, "sub_a", old, phone, "x")
	if next, changed, err := before.Rewrap("sub_a", old); err != nil || changed || !bytes.Equal(next, old) {
		t.Fatalf("before the rotation: changed %v, %v", changed, err)
	}
	k = k.Rotate(seeded(2), testTime)
	during, _ := open(t, k)
	next, changed, err := during.Rewrap("sub_a", old)
	if err != nil || !changed || bytes.Equal(next, old) {
		t.Fatalf("changed %v, %v", changed, err)
	}
	if _, changed, err := during.Rewrap("sub_a", next); err != nil || changed {
		t.Errorf("a second time: changed %v, %v", changed, err)
	}
	for _, wrapped := range [][]byte{old, next} {
		if plain, err := during.Open("sub_a", wrapped, phone, sealed); err != nil || string(plain) != "x" {
			t.Errorf("while both KEKs are there: %q %v", plain, err)
		}
	}
	if _, _, err := during.Rewrap("sub_b", old); !errors.Is(err, ErrSealed) {
		t.Errorf("as another owner: %v", err)
	}
	after, _ := open(t, k.Retire())
	if plain, err := after.Open("sub_a", next, phone, sealed); err != nil || string(plain) != "x" {
		t.Errorf("the new wrapping: %q %v", plain, err)
	}
	if _, err := after.Open("sub_a", old, phone, sealed); !errors.Is(err, ErrNoKey) {
		t.Errorf("the old wrapping: %v", err)
	}
	if _, _, err := after.Rewrap("sub_a", old); !errors.Is(err, ErrNoKey) {
		t.Errorf("rewrapping with a retired KEK: %v", err)
	}
}

// An erased document has no wrapped key: then nothing decrypts, though this process opened it a moment ago.
func TestAShreddedKeyOpensNothingThoughItWasCached(t *testing.T) {
	v, _ := open(t, testKeys())
	wrapped := newKey(t, v, "sub_a")
	sealed := seal(t, v, "sub_a", wrapped, phone, "x")
	for _, none := range [][]byte{nil, {}} {
		if _, err := v.Open("sub_a", none, phone, sealed); !errors.Is(err, ErrNoKey) {
			t.Errorf("open: %v", err)
		}
		if _, err := v.Seal("sub_a", none, phone, nil); !errors.Is(err, ErrNoKey) {
			t.Errorf("seal: %v", err)
		}
		if _, _, err := v.Rewrap("sub_a", none); !errors.Is(err, ErrNoKey) {
			t.Errorf("rewrap: %v", err)
		}
	}
}

// cached is how many unwrapped keys of the owner are in memory.
func (v *Vault) cached(owner string) (n int) {
	for name := range v.kept.keys.Keys() {
		if name.owner == owner {
			n++
		}
	}
	return n
}

func TestForgetDropsEveryKeyOfTheOwnerAndNobodyElses(t *testing.T) {
	v, _ := open(t, testKeys())
	for range 2 {
		seal(t, v, "sub_a", newKey(t, v, "sub_a"), phone, "x")
		seal(t, v, "sub_b", newKey(t, v, "sub_b"), phone, "x")
	}
	if v.cached("sub_a") != 2 || v.cached("sub_b") != 2 {
		t.Fatalf("%d and %d are cached", v.cached("sub_a"), v.cached("sub_b"))
	}
	v.Forget("sub_a")
	if v.cached("sub_a") != 0 || v.cached("sub_b") != 2 {
		t.Errorf("%d and %d are left", v.cached("sub_a"), v.cached("sub_b"))
	}
}

// A reader that began before the erasure must not bring the key back into memory after it.
func TestAKeyUnwrappedWhileItsOwnerIsForgottenIsNotKept(t *testing.T) {
	v, c := open(t, testKeys())
	wrapped := newKey(t, v, "sub_a")
	key, err := v.dataKey("sub_a", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	began := v.kept.forgets.Load()
	v.Forget("sub_a")
	v.kept.put(keyName{owner: "sub_a"}, keptKey{key, c.now().Add(time.Minute)}, began)
	if n := v.cached("sub_a"); n != 0 {
		t.Errorf("%d keys are back", n)
	}
}

func TestAKeyLeavesTheCacheWhenItsLifeIsOver(t *testing.T) {
	v, c := open(t, testKeys())
	wrapped := newKey(t, v, "sub_a")
	seal(t, v, "sub_a", wrapped, phone, "x")
	name := func() (found keyName) {
		for name := range v.kept.keys.Keys() {
			found = name
		}
		return found
	}()
	c.advance(defaultLife - time.Nanosecond)
	if _, ok := v.kept.get(name, c.now()); !ok {
		t.Fatal("gone before its time")
	}
	c.advance(time.Nanosecond)
	if _, ok := v.kept.get(name, c.now()); ok || v.cached("sub_a") != 0 {
		t.Error("used beyond its life")
	}
	seal(t, v, "sub_a", wrapped, phone, "x") // unwrapped anew
}

func TestARotatedFileIsTakenIntoUseWithoutARestart(t *testing.T) {
	k := testKeys()
	v, _ := open(t, k)
	ahead, _ := open(t, k.Rotate(seeded(2), testTime)) // another process, started after the rotation
	wrapped := newKey(t, ahead, "sub_a")
	if _, err := v.Seal("sub_a", wrapped, phone, nil); !errors.Is(err, ErrNoKey) {
		t.Fatalf("with the old file: %v", err)
	}
	if err := v.Use(NewKeys(seeded(9), testTime, OriginDevelopment)); !errors.Is(err, ErrKeys) {
		t.Errorf("another key file: %v", err)
	}
	if err := v.Use(k.Rotate(seeded(2), testTime)); err != nil {
		t.Fatal(err)
	}
	seal(t, v, "sub_a", wrapped, phone, "x")
}

func TestAVaultNeedsItsParts(t *testing.T) {
	whole := Options{Keys: testKeys(), Random: seeded(1), Now: time.Now}
	for name, spoil := range map[string]func(*Options){
		"keys": func(o *Options) { o.Keys = Keys{} }, "random": func(o *Options) { o.Random = nil },
		"a clock": func(o *Options) { o.Now = nil }, "a life": func(o *Options) { o.Life = -1 },
	} {
		o := whole
		spoil(&o)
		if _, err := Open(o); err == nil {
			t.Errorf("opens without %s", name)
		}
	}
	v, err := Open(Options{Keys: testKeys(), Random: strings.NewReader("short"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if wrapped, err := v.NewKey("sub_a"); err == nil || wrapped != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a key from too little random: %v", err)
	}
}

func TestManyUseOneVault(t *testing.T) {
	v, _ := open(t, testKeys())
	wrapped := newKey(t, v, "sub_a")
	sealed := seal(t, v, "sub_a", wrapped, phone, "x")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 200 {
				if i == 0 && j%10 == 0 {
					v.Forget("sub_a")
				}
				if plain, err := v.Open("sub_a", wrapped, phone, sealed); err != nil || string(plain) != "x" {
					t.Errorf("%q %v", plain, err)
					return
				}
			}
		})
	}
	all.Wait()
	v.Forget("sub_a")
	if n := v.cached("sub_a"); n != 0 {
		t.Errorf("%d keys survive", n)
	}
}

func TestAKeyDigestIsTheSHA256OfTheWrappedKey(t *testing.T) {
	if d := KeyDigest([]byte("abc")); d != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" { // FIPS 180-2, B.1
		t.Error(d)
	}
}

func BenchmarkOpen(b *testing.B) {
	v, _ := open(b, testKeys())
	wrapped := newKey(b, v, "sub_a")
	sealed := seal(b, v, "sub_a", wrapped, phone, "13800138000")
	for name, before := range map[string]func(){"cached": func() {}, "unwrapped": func() { v.Forget("sub_a") }} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				before()
				if _, err := v.Open("sub_a", wrapped, phone, sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkIndex(b *testing.B) {
	v, _ := open(b, testKeys())
	for b.Loop() {
		_ = v.Index("phone", "13800138000")
	}
}

package export

import (
	"bytes"
	"strings"
	"testing"
)

// A sound report means: these are the files that were issued, byte for byte.
func FuzzAChangedPackageIsNeverBelieved(f *testing.F) {
	k := keyset(1)
	whole := build(f, full(f, k), k)
	want := unpack(f, whole)
	f.Add(uint(0), byte(1), uint(0))
	f.Add(uint(len(whole)/2), byte(0x80), uint(0))
	f.Add(uint(len(whole)-3), byte(7), uint(1))
	f.Fuzz(func(t *testing.T, at uint, bit byte, cut uint) {
		data := bytes.Clone(whole[:uint(len(whole))-cut%uint(len(whole))])
		data[at%uint(len(data))] ^= bit
		r, err := Verify(bytes.NewReader(data), int64(len(data)), k.Verifier())
		if err != nil || !r.Sound() {
			return
		}
		got, err := open(bytes.NewReader(data), int64(len(data)))
		if err != nil || len(got.files) != len(want) {
			t.Fatal("sound, with other files")
		}
		for path, b := range want {
			if !bytes.Equal(got.files[path], b) {
				t.Fatalf("sound, with another %s", path)
			}
		}
	})
}

func FuzzNoFilePanicsOrPasses(f *testing.F) {
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Add(zipOf(f, entry{name: pathManifest, data: []byte("{}")}))
	f.Add(zipOf(f, entry{name: pathChecksums, data: []byte(digest(nil) + "  a\n")}, entry{name: "a"}))
	f.Add(zipOf(f, entry{name: pathManifest, data: []byte(`{"formatVersion":"1.0","files":[{"path":"a"}]}`)}, entry{name: pathSignature, data: []byte("a.b.c\n")}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := Verify(bytes.NewReader(data), int64(len(data)), keyset(1).Verifier()); err == nil && r.Sound() {
			t.Fatal("a file that nobody signed is sound")
		}
	})
}

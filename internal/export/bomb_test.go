package export

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"zhiqing/internal/holding"
)

// entry is a file of a ZIP whose directory may lie.
type entry struct {
	name, comment string
	data          []byte
	claimed       uint64 // unpacked size; 0 = the truth
}

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, _ := flate.NewWriter(nil, flate.BestCompression)
	for _, e := range entries {
		var packed bytes.Buffer
		f.Reset(&packed)
		_, _ = f.Write(e.data)
		_ = f.Close()
		size := uint64(len(e.data))
		if e.claimed != 0 {
			size = e.claimed
		}
		w, err := z.CreateRaw(&zip.FileHeader{Name: e.name, Comment: e.comment, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(e.data), CompressedSize64: uint64(packed.Len()), UncompressedSize64: size})
		if err == nil {
			_, err = w.Write(packed.Bytes())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func many(n int, make func(i int) entry) (list []entry) {
	for i := range n {
		list = append(list, make(i))
	}
	return list
}

func TestABombIsNotUnpacked(t *testing.T) {
	noise := make([]byte, 300<<10) // packs to about as much
	_, _ = seeded(9).Read(noise)
	for name, entries := range map[string][]entry{
		"a file that unpacks to a thousandfold": {{name: "a", data: make([]byte, 8<<20)}},
		"a file above the limit":                {{name: "a", data: noise, claimed: maxFileSize + 1}},
		"many files that add up":                many(5, func(i int) entry { return entry{name: fmt.Sprint(i), data: noise, claimed: 30 << 20} }),
		"too many files":                        many(maxFiles+1, func(i int) entry { return entry{name: fmt.Sprint(i)} }),
		"a directory that is all comment":       many(100, func(i int) entry { return entry{name: fmt.Sprint(i), comment: strings.Repeat("x", 60_000)} }),
	} {
		data := zipOf(t, entries...)
		if _, err := Verify(bytes.NewReader(data), int64(len(data)), keyset(1).Verifier()); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Verify(bytes.NewReader(nil), 1<<40, keyset(1).Verifier()); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// Only as much is unpacked as was promised, and what is more is no file.
func TestAFileThatIsLargerThanItSaysIsDamaged(t *testing.T) {
	data := zipOf(t, entry{name: "README.html", data: make([]byte, 1<<20), claimed: 10})
	if got := found(check(t, data, keyset(1).Verifier())); !slices.Contains(got, "damaged README.html") {
		t.Error(got)
	}
	c, err := open(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(c.files["README.html"]) > 11 {
		t.Error(err, len(c.files["README.html"]))
	}
}

func TestWhatIsNoZIPOfOursIsUnreadable(t *testing.T) {
	whole := build(t, example(), keyset(1))
	end := len(whole) - endSize
	hidden := slices.Concat(whole[:end], []byte("PK\x06\x07"), make([]byte, 16), whole[end:]) // the way to a 64-bit directory
	binary.LittleEndian.PutUint32(hidden[len(hidden)-10:], binary.LittleEndian.Uint32(hidden[len(hidden)-10:])+locatorSize)
	for name, data := range map[string][]byte{
		"nothing": {}, "text": []byte(strings.Repeat("no package ", 99)), "half": whole[:len(whole)/2], "an end alone": whole[end:][:endSize-1],
		"something before it": slices.Concat([]byte("#!/bin/sh\n"), whole), "something after it": append(slices.Clone(whole), 'x'), "a 64-bit directory": hidden,
	} {
		if _, err := Verify(bytes.NewReader(data), int64(len(data)), keyset(1).Verifier()); !errors.Is(err, ErrNoPackage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What Build writes must never look like a bomb, however dull the data.
func TestDullDataIsNoBomb(t *testing.T) {
	p := example()
	p.Files = []holding.File{{Name: "dull", Schema: []byte(`{}`), Records: []any{strings.Repeat("a", 2<<20)}}}
	if r := check(t, build(t, p, keyset(1)), keyset(1).Verifier()); !r.Sound() {
		t.Error(found(r))
	}
}

func TestAPackageAboveTheLimitIsNotBuilt(t *testing.T) {
	one := part{data: make([]byte, maxFileSize)}
	for name, files := range map[string][]part{
		"a file": {{data: make([]byte, maxFileSize+1)}}, "all files": slices.Repeat([]part{one}, maxTotal/maxFileSize+1), "their number": make([]part, maxFiles+1),
	} {
		if err := affordable(files); !errors.Is(err, ErrPackage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package export

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"time"
)

// The bounds of a package, for Build and Verify alike.
const (
	maxFiles    = 20_000
	maxFileSize = 32 << 20  // bytes of one file, unpacked
	maxTotal    = 128 << 20 // bytes of all files, unpacked
	maxRatio    = 200       // unpacked : packed, where it could hurt
	ratioFree   = 1 << 20   // bytes up to which the ratio does not matter
)

// tooDense reports whether so few bytes may not unpack to so many.
func tooDense(packed, unpacked uint64) bool {
	return unpacked > ratioFree && unpacked/maxRatio > packed
}

// pack writes files in their order with one time and nothing else in their headers, so that the bytes depend on the
// content alone.
func pack(w io.Writer, files []part, at time.Time) error {
	if err := affordable(files); err != nil {
		return err
	}
	flater, err := flate.NewWriter(io.Discard, flate.DefaultCompression)
	if err != nil {
		return err
	}
	p := packer{zip: zip.NewWriter(w), flater: flater}
	p.date, p.clock = dosTime(at)
	for _, f := range files {
		if err := p.add(f); err != nil {
			return err
		}
	}
	return p.zip.Close()
}

// affordable refuses what Verify would not unpack, before anything is written.
func affordable(files []part) error {
	if len(files) > maxFiles {
		return fmt.Errorf("%w: more than %d files", ErrPackage, maxFiles)
	}
	total := 0
	for _, f := range files {
		if total += len(f.data); len(f.data) > maxFileSize || total > maxTotal {
			return fmt.Errorf("%w: %s makes it too large", ErrPackage, f.Path)
		}
	}
	return nil
}

// packer writes files with one time. Its compressor, a megabyte, serves all of them.
type packer struct {
	zip         *zip.Writer
	flater      *flate.Writer
	date, clock uint16
}

func (p packer) add(f part) error {
	method, packed, err := p.squeeze(f.data)
	if err != nil {
		return err
	}
	h := &zip.FileHeader{
		Name: f.Path, Method: method, CRC32: crc32.ChecksumIEEE(f.data), ReaderVersion: 20,
		CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(len(f.data)),
		//lint:ignore SA1019 Modified would add a field with another time
		ModifiedDate: p.date, ModifiedTime: p.clock,
	}
	h.SetMode(0o600) // it is personal data
	w, err := p.zip.CreateRaw(h)
	if err == nil {
		_, err = w.Write(packed)
	}
	return err
}

// squeeze compresses at a fixed level, or not at all where that does not help or would look like a bomb.
func (p packer) squeeze(data []byte) (method uint16, packed []byte, err error) {
	var b bytes.Buffer
	p.flater.Reset(&b)
	if _, err = p.flater.Write(data); err == nil {
		err = p.flater.Close()
	}
	if err != nil || b.Len() >= len(data) || tooDense(uint64(b.Len()), uint64(len(data))) {
		return zip.Store, data, err
	}
	return zip.Deflate, b.Bytes(), nil
}

// dosTime is Beijing's clock as a ZIP says it, to two seconds; the format has no zone.
func dosTime(t time.Time) (date, clock uint16) {
	t = t.In(beijing)
	return uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9), uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11)
}

// counter is a writer that counts and hashes.
type counter struct {
	n    int64
	hash hash.Hash
}

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return c.hash.Write(b)
}

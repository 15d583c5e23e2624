package export

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"zhiqing/internal/fault"
)

// Why a file is not looked at any further. Each is safe to show.
var (
	ErrNoPackage = fault.Define(fault.Invalid, "package.unreadable", "这不是一个导出压缩包，或者文件已损坏。", "This is not an export package, or the file is damaged.")
	ErrTooLarge  = fault.Define(fault.TooLarge, "package.too_large", "压缩包过大，或解压后异常地大，已停止核验。", "The package is too large, or unpacks to too much; the check has stopped.")
)

// The bounds of a ZIP's directory, which archive/zip reads as a whole before anyone can count.
const (
	maxPacked    = maxTotal + 16<<20 // bytes of the ZIP
	maxDirectory = 4 << 20           // bytes
	endSize      = 22                // bytes of the end record
	locatorSize  = 20                // bytes of what points to a 64-bit end record
)

// contents are the files of a package by path, with what cannot be read named in damaged and what is there twice in twice.
type contents struct {
	files          map[string][]byte
	damaged, twice []string
}

// open unpacks a ZIP into memory within the bounds of zip.go. It answers ErrNoPackage or ErrTooLarge.
func open(r io.ReaderAt, size int64) (contents, error) {
	if size > maxPacked {
		return contents{}, ErrTooLarge
	}
	if err := checkEnd(r, size); err != nil {
		return contents{}, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return contents{}, ErrNoPackage.Because(err)
	}
	if len(z.File) > maxFiles || !fits(z.File) {
		return contents{}, ErrTooLarge
	}
	c := contents{files: make(map[string][]byte, len(z.File))}
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "/") { // who packs the files again adds folders, which say nothing
			c.add(f)
		}
	}
	return c, nil
}

// checkEnd reads the ZIP's last record: the directory must stand right before it and be small. Comments and 64-bit
// records, which Build never writes, could hide a larger one.
func checkEnd(r io.ReaderAt, size int64) error {
	if size < endSize {
		return ErrNoPackage
	}
	tail := make([]byte, min(size, endSize+locatorSize))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return ErrNoPackage.Because(err)
	}
	end, before := tail[len(tail)-endSize:], string(tail[:len(tail)-endSize])
	length, offset := binary.LittleEndian.Uint32(end[12:]), binary.LittleEndian.Uint32(end[16:])
	switch {
	case string(end[:4]) != "PK\x05\x06" || strings.HasPrefix(before, "PK\x06\x07"):
		return ErrNoPackage
	case length > maxDirectory:
		return ErrTooLarge
	case int64(length)+int64(offset) != size-endSize:
		return ErrNoPackage
	}
	return nil
}

// fits adds up what the directory promises; read holds every file to its promise.
func fits(files []*zip.File) bool {
	var total uint64
	for _, f := range files {
		if f.UncompressedSize64 > maxFileSize || tooDense(f.CompressedSize64, f.UncompressedSize64) {
			return false
		}
		if total += f.UncompressedSize64; total > maxTotal {
			return false
		}
	}
	return true
}

func (c *contents) add(f *zip.File) {
	if _, known := c.files[f.Name]; known {
		c.twice = append(c.twice, f.Name)
		return
	}
	data, err := read(f)
	if err != nil {
		c.damaged = append(c.damaged, f.Name)
	}
	c.files[f.Name] = data
}

// read unpacks one file, and no byte more than it promised.
func read(f *zip.File) ([]byte, error) {
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, fmt.Errorf("export: packed by method %d", f.Method)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, int64(f.UncompressedSize64)+1))
	if err == nil && uint64(len(data)) > f.UncompressedSize64 {
		err = zip.ErrFormat
	}
	return data, errors.Join(err, r.Close())
}

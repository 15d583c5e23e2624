package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"

	"github.com/gofiber/fiber/v2"
)

// htmx.min.js is htmx 2.0.6 (0BSD) as published; it is updated by replacing the file.
//
//go:embed assets
var assetFiles embed.FS

// asset is a file that pages load. Its address holds its digest, so browsers may keep it for ever.
type asset struct {
	path, kind string
	body       []byte
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func loadAssets() (map[string]asset, error) {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	files := map[string]asset{}
	for _, entry := range entries {
		body, err := assetFiles.ReadFile("assets/" + entry.Name())
		if err != nil {
			return nil, err
		}
		kind, known := kinds[path.Ext(entry.Name())]
		if !known {
			return nil, fmt.Errorf("console: %s: no media type for it", entry.Name())
		}
		sum := sha256.Sum256(body)
		files[entry.Name()] = asset{"/console/assets/" + hex.EncodeToString(sum[:8]) + "/" + entry.Name(), kind, body}
	}
	return files, nil
}

// serveAssets adds the files, each at the one address that its bytes have.
func (k *Console) serveAssets() {
	for _, file := range k.files {
		k.o.Edge.Fiber().Get(file.path, func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderContentType, file.kind)
			c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
			return c.Send(file.body)
		})
	}
}

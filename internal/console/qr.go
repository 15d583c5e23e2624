package console

import (
	"bytes"
	"fmt"
	"html"
	"html/template"

	"github.com/boombuler/barcode/qr"
)

// qrSVG draws text as a QR code, named by label, with the quiet zone that ISO/IEC 18004 §6.3.8 asks for. It is drawn dark on light in both
// colour schemes, because cameras expect that.
func qrSVG(text, label string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("console: a QR code of %d bytes: %w", len(text), err)
	}
	const quiet = 4
	size := code.Bounds().Dx()
	var path bytes.Buffer
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return template.HTML(fmt.Sprintf( // numbers, and an escaped label
		`<svg class="qr" viewBox="0 0 %[1]d %[1]d" role="img" aria-label="%[3]s" shape-rendering="crispEdges"><rect width="%[1]d" height="%[1]d" fill="#fff"/><path d="%[2]s" fill="#000"/></svg>`,
		size+2*quiet, path.String(), html.EscapeString(label))), nil
}

package sandbox

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"rsc.io/qr"
)

const (
	defaultWidth       = 430
	minWidth, maxWidth = 280, 1280
	margin             = 4 // modules of white around the code (ISO/IEC 18004)
)

var scenePattern = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$`)

// qrcode plays getwxacodeunlimit with an ordinary QR code of `<page>?scene=<scene>`: WeChat's round ones cannot be drawn
// by others, but this one can be scanned as well.
func (s *Server) qrcode(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Scene, Page string
		Width       int
	}{Width: defaultWidth}
	if !s.read(w, r, &in) {
		return
	}
	switch {
	case !scenePattern.MatchString(in.Scene):
		s.refuse(w, codeScene)
	case strings.HasPrefix(in.Page, "/") || strings.Contains(in.Page, "?"):
		s.refuse(w, codePage)
	default:
		s.draw(w, in.Page+"?scene="+url.QueryEscape(in.Scene), min(max(in.Width, minWidth), maxWidth))
	}
}

func (s *Server) draw(w http.ResponseWriter, text string, width int) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		s.refuse(w, codePage)
		return
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(code, width), &jpeg.Options{Quality: 90}); err != nil {
		s.refuse(w, codeBusy)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(b.Bytes()) // the client has gone
}

func picture(code *qr.Code, width int) image.Image {
	img := image.NewGray(image.Rect(0, 0, width, width))
	modules := code.Size + 2*margin
	for y := range width {
		for x := range width {
			if !code.Black(x*modules/width-margin, y*modules/width-margin) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

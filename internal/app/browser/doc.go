// Package browser tries the console as staff do: in a real browser, against the real program.
//
// It owns the tests that need Chromium (build tag browser; scripts/test installs what is missing and sets it): signing in
// with a second factor, looking people up, deciding, a run without JavaScript, axe-core on every page, and pictures of every
// page in artifacts/screenshots, light and dark, wide and narrow. What needs no browser is tested in internal/app.
package browser

package emvco

import "balai/internal/spine/qrcode"

// Picture draws a payload, if Parse takes it: a code that nobody can pay with is
// not shown. Its SVG and PNG are the files that a page shows.
func Picture(payload string) (qrcode.Picture, error) {
	if _, err := Parse(payload); err != nil {
		return qrcode.Picture{}, err
	}
	return qrcode.Draw(payload)
}

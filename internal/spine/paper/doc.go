// Package paper draws on A4. A certificate: the hall's mark, a band of songket,
// a double-ruled frame, each line in both languages, and a QR code that leads
// to the page where anybody can check it. A letter: black on white, its address
// where the window of the envelope is. It does no I/O, and the same sheet gives
// the same bytes.
package paper

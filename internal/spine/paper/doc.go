// Package paper draws a certificate on A4: the hall's mark, a band of songket,
// a double-ruled frame, each line in both languages, and a QR code that leads
// to the page where anybody can check it. It does no I/O, and the same sheet
// gives the same bytes.
package paper

package mt940

import "strings"

// nearLetters are letters that SWIFT's character set has only without their marks.
var nearLetters = strings.NewReplacer(
	"á", "a", "à", "a", "â", "a", "ä", "a", "ã", "a", "å", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e",
	"í", "i", "ì", "i", "î", "i", "ï", "i", "ñ", "n", "ó", "o", "ò", "o", "ô", "o", "ö", "o", "õ", "o", "ú", "u", "ù", "u", "û", "u", "ü", "u",
	"Á", "A", "À", "A", "Â", "A", "Ä", "A", "Ã", "A", "Å", "A", "Ç", "C", "É", "E", "È", "E", "Ê", "E", "Ë", "E",
	"Í", "I", "Ñ", "N", "Ó", "O", "Ô", "O", "Ö", "O", "Õ", "O", "Ú", "U", "Ü", "U", "ß", "ss",
	"’", "'", "‘", "'", "“", "'", "”", "'", "–", "-", "—", "-", "&", "+", "@", "(at)", "_", "-", "\t", " ",
)

// latin is a text in SWIFT's character set x, lines parted by "\n". Letters lose
// their marks; what has nothing near it becomes a full stop.
func latin(text string) string {
	text = nearLetters.Replace(strings.ReplaceAll(text, "\r\n", "\n"))
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("/-?:().,'+ \n", r):
			return r
		}
		return '.'
	}, text)
}

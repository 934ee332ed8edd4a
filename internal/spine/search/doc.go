// Package search finds documents by what people write, in Malay and in
// English at once: an inverted index in memory, BM25 over weighted fields, our
// own Malay stemmer, corrections for words that nothing holds, and synonyms
// that are reviewable text. It knows no part; whoever has something to be
// found hands it over as a Doc. Start at New and Index.Find.
package search

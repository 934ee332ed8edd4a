// Package archive is the file that a hall is kept in: everything that another
// machine needs to go on with the same hall, in one file that tells when it is
// not whole.
//
// The file is a tar in gzip, in age's encryption where that was asked for. Its
// entries, in this order:
//
//	manifest.json      what it is: see Manifest
//	table/NAME/000001  a page of a table: one row a line (db.AppendRow), in the
//	                   order of the table's key
//	blob/SHA256        each blob that the database names
//	key/NAME           the hall's keys, as they lie in its data folder
//	demo.json          where it is a demo country
//	sums.json          of every entry its size and hash, of every table its rows
//	                   and the hash over them: see Sums
//
// Every table is read in one snapshot, so that a hall can be open meanwhile.
// The entries of the journal are among them, and their tree is computed again
// by whoever reads the file.
package archive

package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"balai/internal/domain/certificate/seal"
	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/journal"
)

// runReceipt is `balai receipt verify FILE|CODE [--key F] [--proof F]`: 0 sound,
// 1 not sound, 2 cannot tell. It needs no hall and no network.
func runReceipt(_ context.Context, args, _ []string, std Std) error {
	args, err := only(args, "verify")
	if err != nil {
		return err
	}
	keyFile, rest := takeFlag(args, "key")
	proofFile, rest := takeFlag(rest, "proof")
	if err := words(rest, 1, 1, "the receipt's file, or the text of its code"); err != nil {
		return err
	}
	unknown := func(why error) error {
		fmt.Fprintf(std.Err, "cannot tell: %v\n", why)
		return exit(2)
	}
	wrong := func(why string) error {
		fmt.Fprintln(std.Out, why)
		return exit(1)
	}
	keys, err := receiptKeyFile(keyFile)
	if err != nil {
		return unknown(err)
	}
	own, vkey, err := payment.ParseReceiptKeys(keys)
	if err != nil {
		return unknown(err)
	}
	token, file, err := receiptOf(rest[0])
	if err != nil {
		return unknown(err)
	}
	c, err := payment.ReadToken(token, own...)
	switch {
	case errors.Is(err, payment.ErrForged):
		return wrong("not sound: the hall did not sign this receipt's code")
	case err != nil:
		return wrong("not sound: this is no receipt's code")
	}
	if file != nil {
		if text := sealed(file, keys, token); text != "" {
			return wrong(text)
		}
	}
	head := journal.Head{}
	if proofFile != "" {
		proof, err := os.ReadFile(proofFile)
		if err != nil {
			return unknown(err)
		}
		if vkey == "" {
			return unknown(errors.New("the file of keys lacks the journal's"))
		}
		if head, err = journal.VerifyProof(proof, c.Entry, vkey); err != nil {
			return wrong("not sound: the proof is not of this receipt: " + err.Error())
		}
	}
	tellClaim(std, c, file != nil)
	if proofFile != "" {
		fmt.Fprintf(std.Out, "journal    its entry is in the public journal of %s, which has %d entries\n", head.Origin, head.Size)
	}
	return nil
}

// receiptKeyFile reads the trusted keys; without a file, those of a demo in the
// folder below.
func receiptKeyFile(path string) ([]byte, error) {
	if path == "" {
		path = demoData + "/demo.json"
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no file of keys in %s: keep the hall's /receipt/keys.json and name it with --key", path)
	}
	return text, err
}

// receiptOf is the code in what was named, and the file where that is a PDF.
func receiptOf(named string) (token string, file []byte, err error) {
	text, err := os.ReadFile(named)
	switch {
	case err != nil && payment.IsToken(named):
		return named, nil, nil // the code itself
	case err != nil:
		return "", nil, fmt.Errorf("%s is no receipt's code and no file that can be read: %w", named, err)
	case !bytes.HasPrefix(text, []byte("%PDF-")):
		return string(text), nil, nil
	}
	if token = payment.FindToken(text); token == "" {
		return "", nil, errors.New("the file has no receipt's code")
	}
	return token, text, nil
}

// sealed says what is wrong with a file's signature; "" nothing.
func sealed(file, keys []byte, token string) string {
	known, err := seal.ParseKeys(keys)
	if err != nil {
		return "not sound: the file of keys has none of files: " + err.Error()
	}
	found := seal.Verify(file, known)
	var in struct{ Receipt string }
	if found.Verdict == seal.Sound && json.Unmarshal(found.Payload, &in) == nil && in.Receipt == token {
		return ""
	}
	return "not sound: the code in the file is the hall's, but the file is not: " + englishTexts()("certificate.file."+string(found.Why))
}

func tellClaim(std Std, c payment.Claim, file bool) {
	if file {
		fmt.Fprintln(std.Out, "sound: the hall made this receipt, and the file is as it was made")
	} else {
		fmt.Fprintln(std.Out, "sound: the hall made this receipt; compare what is printed on it with these lines")
	}
	if c.Test() {
		fmt.Fprintln(std.Out, "TEST: it is of a test, and no real money was paid: do not accept it as paid")
	}
	paid := time.Unix(c.PaidAt, 0).In(clock.Zone).Format("2006-01-02 15:04")
	for _, line := range [][2]string{{"receipt", c.No}, {"agency", c.Agency}, {"amount", c.Amount.Decimal(c.Currency) + " " + c.Currency}, {"paid", paid}, {"for", c.What},
		{"reference", c.Reference}, {"by", string(c.Method)}, {"bank", c.BankRef}} {
		fmt.Fprintf(std.Out, "%-10s %s\n", line[0], line[1])
	}
}

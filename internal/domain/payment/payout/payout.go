package payout

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/money"
)

// State is where a batch stands.
type State string

const (
	Loading   State = "loading"   // its file is being read; nobody sees it
	Received  State = "received"  // a system sent it, and no officer has put it forward
	Submitted State = "submitted" // an officer put it forward; another one decides
	Approved  State = "approved"  // the money is kept back, and the bank is told
	Sent      State = "sent"      // the bank has all of it
	Done      State = "done"      // the bank has said what became of each line
	Refused   State = "refused"   // by the second officer
	Cancelled State = "cancelled"
	Stopped   State = "stopped" // a line is not what was approved
)

// Ended tells whether nothing more is paid of a batch in this state.
func (s State) Ended() bool { return s == Done || s == Refused || s == Cancelled }

// Paying tells whether the batch was approved and lives.
func (s State) Paying() bool { return s == Approved || s == Sent || s == Stopped }

// LineState is where one payment stands.
type LineState string

const (
	Waiting  LineState = "waiting"  // the bank has not said
	Paid     LineState = "paid"     // it is out of the account
	Rejected LineState = "rejected" // it never was
	Returned LineState = "returned" // it came back
	Dropped  LineState = "dropped"  // its batch ended before it was sent
)

// Line is one amount to one person.
type Line struct {
	N         int64  // from 1, in the file's order
	Reference string // the agency's own: the end-to-end id
	Bank      string // its BIC, or its name
	Account   string // a number, or an IBAN
	Name      string
	Note      string // what the payee reads on the statement
	Amount    money.Amount
	row       int  // of the file, while it is read
	Repeats   bool // the same account gets the same amount elsewhere in the file

	State    LineState
	Reason   string // a code of the standard's
	BankRef  string
	ShownDay string // when a statement showed it coming back, YYYY-MM-DD; "" never
	ShownOn  string // the statement, as the bank numbers it
}

// canonical is the line as it is hashed. No field has a tab or a line's end in it.
func (l Line) canonical(b []byte) []byte {
	b = strconv.AppendInt(b, l.N, 10)
	for _, s := range [...]string{l.Reference, l.Bank, l.Account, l.Name, l.Note} {
		b = append(append(b, '\t'), s...)
	}
	b = append(b, '\t')
	return append(strconv.AppendInt(b, int64(l.Amount), 10), '\n')
}

// digestOf is a chunk's lines in a hash.
func digestOf(lines []Line) string {
	h := sha256.New()
	h.Write([]byte("balai payout lines v1\n"))
	var b []byte
	for _, l := range lines {
		b = l.canonical(b[:0])
		h.Write(b)
	}
	return sum(h)
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// contentOf is a file's content in a hash: the same payments in the same order,
// whatever the file looks like.
func contentOf(chunks []Chunk) string {
	h := sha256.New()
	h.Write([]byte("balai payout content v1\n"))
	for _, c := range chunks {
		h.Write([]byte(c.Digest + "\n"))
	}
	return sum(h)
}

// Batch is a file of payments, from its receipt to the bank's last word.
type Batch struct {
	ID          string
	Agency      string
	Live        bool   // real money; else the sandbox's
	Source      string // json | csv | pain.001 | again
	Reference   string // the agency's own
	Description string
	Account     string // that pays
	Message     string // a pain.001's own id
	Key, Sum    string // of the request, and the hash of its body
	Count       int64
	Total       money.Amount
	Repeats     int64 // lines that repeat an account and an amount
	Fresh       int64 // lines to accounts that this agency has never paid
	Content     string
	Hash        string // what is approved
	State       State
	Maker       string // who put it forward
	MakerPost   string
	Approver    string // who decided
	Leaf        string // in the journal: of the approval, and before it of its being put forward
	Reason      string // why it was refused, or stopped
	Of          string // the batch whose lines it corrects
	FreedAt     int64  // its file may come again

	MadeAt, SubmittedAt, DecidedAt, EndedAt int64 // unix microseconds
	TouchedAt                               int64 // of one that is loading
}

// hashOf is what is approved: who pays, from where, and every line.
func (b Batch) hashOf(content string) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "balai payout v1\n%s\t%s\t%t\t%s\t%s\t%s\t%d\t%d\t%s\n", b.ID, b.Agency, b.Live, b.Account, b.Reference, b.Description, b.Count, int64(b.Total), content)
	return sum(h)
}

// Groups is a hash as people compare it: eight groups of eight.
func Groups(hash string) string {
	var out []string
	for i := 0; i+8 <= len(hash); i += 8 {
		out = append(out, hash[i:i+8])
	}
	return strings.Join(out, " ")
}

// Chunk is a part of a batch that goes to the bank in one message.
type Chunk struct {
	Batch       string
	No          int64 // from 0
	First, Last int64 // lines
	Total       money.Amount
	Digest      string
	State       string // waiting | sent | settled | dropped
	Tries       int64  // how often it was sent without an answer
	TriedAt     int64  // when, the last time
	Checks      int64  // how often the bank was asked
	NextAt      int64  // when it is asked, or sent, again; 0 never
	SettledAt   int64  // when the bank had said something of each line
	Tally
}

// Tally counts what became of lines.
type Tally struct {
	Paid, Rejected, Returned          int64
	PaidSum, RejectedSum, ReturnedSum money.Amount // Paid is less what came back
}

// States of a chunk.
const (
	chunkWaiting = "waiting"
	chunkSent    = "sent"
	chunkSettled = "settled"
	chunkDropped = "dropped"
)

// Count is how many lines a chunk has.
func (c Chunk) Count() int64 { return c.Last - c.First + 1 }

// left is how many lines of a chunk the bank has not spoken of.
func (c Chunk) left() int64 { return c.Count() - c.Paid - c.Rejected - c.Returned }

// Message is the id under which the bank knows a chunk: the batch's id, which is
// 32 digits, and the chunk's number. The standard has room for 35.
func (c Chunk) Message() string {
	return strings.ReplaceAll(c.Batch, "-", "") + strconv.FormatInt(c.No, 36)
}

// messageOf is the batch and the chunk of a message's id; false where it is none of
// ours.
func messageOf(message string) (batch string, no int64, is bool) {
	if len(message) < 33 || len(message) > referenceMost {
		return "", 0, false
	}
	no, err := strconv.ParseInt(message[32:], 36, 64)
	m := message
	return m[:8] + "-" + m[8:12] + "-" + m[12:16] + "-" + m[16:20] + "-" + m[20:32], no, err == nil && no >= 0
}

// hold is the transfer in the ledger that keeps a chunk's money back.
func (c Chunk) hold() string { return fmt.Sprintf("payout:%s:%d", c.Batch, c.No) }

const (
	// chunkSize is how many lines one message has.
	chunkSize = 10_000
	// most is the largest payment to one person, in sen, and mostLines the longest
	// file: their product does not overflow.
	most      money.Amount = 10_000_000_00
	mostLines int64        = 5_000_000
)

// enquiries are when the bank is asked about a message: after it was sent, and
// from then on each hour; when it has said something of each line, each hour for
// what comes back, while returnsFor lasts.
var enquiries = []time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}

const returnsFor = 10 * 24 * time.Hour

func enquireAfter(checks int64) time.Duration {
	if int(checks) < len(enquiries) {
		return enquiries[checks]
	}
	return time.Hour
}

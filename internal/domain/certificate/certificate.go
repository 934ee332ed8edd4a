package certificate

import (
	"encoding/json"
	"regexp"
	"strings"

	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// State is where a certificate stands.
type State string

// The states: a certificate is issued once, and ends at most once.
const (
	Issued   State = "issued"
	Revoked  State = "revoked"
	Replaced State = "replaced" // revoked, and another took its place
)

// codePrefix begins each code. SAH is Malay for valid; it has no letter that
// a reader could take for a digit.
const codePrefix = "SAH"

// Row is one line of a certificate: what it says, and what a verifier needs.
type Row struct {
	Label locale.Text `json:"label"`
	Value locale.Text `json:"value"`
	// Compare shows the value to whoever verifies the code. Rows that are not
	// marked stay on the paper.
	Compare bool `json:"compare,omitempty"`
}

// In is what a decision says of the certificate it earns.
type In struct {
	Case       string      // the case's reference
	Applicant  string      // person id of the one who may read and print it
	Subjects   []string    // person ids it is about, besides the applicant
	Type       string      // the template's name, such as "birth"
	Title      locale.Text // "Sijil Kelahiran", "Certificate of Birth"
	Agency     string      // agency id
	AgencyName locale.Text
	Law        locale.Text // under which it is issued; may be empty
	Number     string      // the register's number of the entry; may be empty
	Rows       []Row
	Notes      []locale.Text
	Replaces   string // code of the certificate whose place this one takes
	Automatic  bool   // no person decided
}

// Payload is what is certified: the same values on paper, on the page and
// inside the file, in both languages.
type Payload struct {
	Code       string        `json:"code"`
	Number     string        `json:"number,omitempty"`
	Case       string        `json:"case"`
	Type       string        `json:"type"`
	Title      locale.Text   `json:"title"`
	Agency     string        `json:"agency"`
	AgencyName locale.Text   `json:"agency_name"`
	Law        locale.Text   `json:"law"`
	IssuedAt   int64         `json:"issued_at"` // unix microseconds
	Rows       []Row         `json:"rows"`
	Notes      []locale.Text `json:"notes,omitempty"`
	Automatic  bool          `json:"automatic,omitempty"`
	Replaces   string        `json:"replaces,omitempty"`
	Specimen   bool          `json:"specimen,omitempty"` // of a demo country
}

// Certificate is a payload with what became of it.
type Certificate struct {
	Payload
	Applicant  string
	Subjects   []string
	State      State
	Reason     string // of the end, in the words of who ended it
	ReplacedBy string // code; "" unless replaced
	EndedAt    int64
	SHA256     string // of the PDF file; "" until it is made
	Size       int64
	ReadyAt    int64 // when the file was there; 0 before

	// Withheld keeps what the certificate says from whoever only has its code:
	// somebody it is about must not be found.
	Withheld bool
}

// Compared are the rows that a verifier sees; none of one that is withheld.
func (c Certificate) Compared() []Row {
	if c.Withheld {
		return nil
	}
	return c.Payload.Compared()
}

// Ready tells whether the file is there.
func (c Certificate) Ready() bool { return c.ReadyAt > 0 }

// PDF and HTML are the certificate's addresses under the base URL.
func (c Certificate) PDF() string  { return PDFPath(c.Code) }
func (c Certificate) HTML() string { return HTMLPath(c.Code) }

// PDFPath, HTMLPath and VerifyPath are the addresses of a code.
func PDFPath(code string) string    { return "/certificate/" + code + ".pdf" }
func HTMLPath(code string) string   { return "/certificate/" + code }
func VerifyPath(code string) string { return "/verify/" + code }

// maxRows keeps a certificate to what fits the paper.
const maxRows = 24

// valid says in words for the log what a definition got wrong; no citizen can
// cause it.
func (in In) valid() error {
	switch {
	case in.Case == "" || in.Applicant == "" || in.Type == "" || in.Agency == "":
		return fault.New(fault.Internal, "certificate.error.incomplete")
	case in.Title.MS == "" || in.Title.EN == "":
		return fault.New(fault.Internal, "certificate.error.incomplete")
	case len(in.Rows) == 0 || len(in.Rows) > maxRows:
		return fault.New(fault.Internal, "certificate.error.incomplete")
	}
	return nil
}

// rows are the lines without the one that only repeats the number, which
// stands at the head.
func (in In) rows() []Row {
	var rows []Row
	for _, r := range in.Rows {
		if in.Number == "" || r.Value.MS != in.Number {
			rows = append(rows, r)
		}
	}
	return rows
}

// An identity number is long enough to look somebody up by; a verifier needs
// only enough of it to compare.
var identityNumber = regexp.MustCompile(`\b(\d{6}-?\d{2}-?|[A-Z]\d{3,5})(\d{4})\b`)

// Mask hides all of an identity number but its last four digits.
func Mask(value string) string {
	return identityNumber.ReplaceAllStringFunc(value, func(n string) string {
		m := identityNumber.FindStringSubmatch(n)
		hidden := strings.Map(func(r rune) rune {
			if r == '-' {
				return r
			}
			return '•'
		}, m[1])
		return hidden + m[2]
	})
}

// Compared are the rows that a verifier sees, identity numbers masked. Where
// a template marks none, all are shown: who has the code has the paper, and a
// valid code on another's paper must not pass.
func (p Payload) Compared() []Row {
	marked := false
	for _, r := range p.Rows {
		marked = marked || r.Compare
	}
	var rows []Row
	for _, r := range p.Rows {
		if marked && !r.Compare {
			continue
		}
		r.Value = locale.Text{MS: Mask(r.Value.MS), EN: Mask(r.Value.EN)}
		rows = append(rows, r)
	}
	return rows
}

func (p Payload) json() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic("certificate: a payload of strings does not marshal: " + err.Error())
	}
	return b
}

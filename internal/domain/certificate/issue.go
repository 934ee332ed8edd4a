package certificate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"balai/internal/domain/certificate/seal"
	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
	"balai/internal/spine/paper"
)

// RenderJob is the kind of the job that makes a certificate's file.
const RenderJob = "certificate.render"

type renderArgs struct {
	Code string `json:"code"`
}

// Jobs is the outbox as this part needs it.
type Jobs interface {
	Enqueue(tx *db.Tx, kind string, args any, runAt ...time.Time) error
	Handle(kind string, fn func(ctx context.Context, j outbox.Job) error)
	DoneTx(tx *db.Tx, j outbox.Job) error
}

// Journal is the public record as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
	Look(tx *db.Tx, a actor.Actor, caseRef string, subjects []string, why locale.Text, basis string) error
}

// Cases is told, in the transaction that records the file, that a case's
// certificate is there.
type Cases interface {
	Ready(tx *db.Tx, caseRef string) error
}

// Options are what the part stands on.
type Options struct {
	DB      *db.DB
	Clock   clock.Clock
	IDs     *id.Source
	Jobs    Jobs
	Blobs   blob.Store
	Journal Journal
	Cases   Cases
	Signer  *seal.Signer
	BaseURL string      // without a slash at the end; printed in the QR code
	Site    locale.Text // the hall's name
	// Specimen marks every certificate as a demo country's: what looks like a
	// state's document must never pass for one.
	Specimen bool
}

// Certificates issues, serves and verifies certificates.
type Certificates struct {
	db      *db.DB
	clock   clock.Clock
	ids     *id.Source
	jobs    Jobs
	blobs   blob.Store
	journal Journal
	cases   Cases
	signer  *seal.Signer
	base    string
	site    locale.Text

	specimen bool
	shield   Shield // nil in a hall that protects nobody
}

// A Shield knows who must not be found.
type Shield interface {
	Protected(tx *db.Tx, person string) (bool, error)
}

// Guard keeps what certificates say of protected people from whoever has only
// the code.
func (x *Certificates) Guard(s Shield) { x.shield = s }

// New also registers the job that makes the files.
func New(o Options) *Certificates {
	x := &Certificates{o.DB, o.Clock, o.IDs, o.Jobs, o.Blobs, o.Journal, o.Cases, o.Signer, o.BaseURL, o.Site, o.Specimen, nil}
	x.jobs.Handle(RenderJob, x.render)
	return x
}

// render draws, signs and stores a certificate's file and tells the case. It
// may run more than once: the first file counts.
func (x *Certificates) render(ctx context.Context, j outbox.Job) error {
	var args renderArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("certificate: render: %w", err)
	}
	var c Certificate
	err := x.db.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = x.Get(tx, args.Code)
		return err
	})
	if err != nil {
		return fmt.Errorf("certificate: render %s: %w", args.Code, err)
	}
	if c.Ready() {
		return x.db.Write(ctx, func(tx *db.Tx) error { return x.jobs.DoneTx(tx, j) })
	}
	file, err := x.File(c.Payload)
	if err != nil {
		return fmt.Errorf("certificate: render %s: %w", args.Code, err)
	}
	sha, err := x.blobs.Put(ctx, file)
	if err != nil {
		return fmt.Errorf("certificate: store %s: %w", args.Code, err)
	}
	return x.db.Write(ctx, func(tx *db.Tx) error {
		first, err := x.filed(tx, args.Code, sha, len(file))
		if err != nil {
			return err
		}
		// A certificate that ended before its file was made moves no case.
		now, err := x.Get(tx, args.Code)
		if err != nil {
			return err
		}
		if first && now.State == Issued {
			if err := x.cases.Ready(tx, now.Case); err != nil {
				return err
			}
		}
		return x.jobs.DoneTx(tx, j)
	})
}

// File draws and signs a payload.
func (x *Certificates) File(p Payload) ([]byte, error) {
	issued := clock.FromMicro(p.IssuedAt)
	sheet := paper.Sheet{
		Site: x.site, Agency: p.AgencyName, Title: p.Title, Law: p.Law, Number: p.Number, Code: p.Code,
		Case: p.Case, IssuedAt: issued, URL: x.base + VerifyPath(p.Code), Notes: p.Notes, Automatic: p.Automatic,
		Replaces: p.Replaces, Specimen: p.Specimen,
	}
	for _, r := range p.Rows {
		sheet.Rows = append(sheet.Rows, paper.Row{Label: r.Label, Value: r.Value})
	}
	pdf, err := paper.Draw(sheet)
	if err != nil {
		return nil, err
	}
	return x.signer.Sign(pdf, p.json(), p.Title.EN+" "+p.Code, issued)
}

// Keys are the public keys under which this hall's certificates verify.
func (x *Certificates) Keys() seal.JWKS { return x.signer.JWKS() }

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

package service

import (
	"context"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// taken names the answers that an entry of a register says already, such as the
// name of a business. Whoever asks is told so at once; nothing is told of whose
// it is, and the register decides again when the entry is made.
func (p *Part) taken(ctx context.Context, fields []form.Field, answers map[string]any) (out []fault.Field, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = p.takenTx(tx, fields, answers)
		return err
	})
	return out, err
}

func (p *Part) takenTx(tx *db.Tx, fields []form.Field, answers map[string]any) (out []fault.Field, err error) {
	for _, f := range fields {
		v, given := answers[f.ID]
		if f.Alone == "" || !given {
			continue
		}
		is, err := p.Registers.Taken(tx, f.Alone, v)
		if err != nil {
			return nil, err
		}
		if is {
			out = append(out, fault.Field{Location: "answers." + f.ID, Key: "service.error.taken", Args: []any{"value", v}})
		}
	}
	return out, nil
}

// refuseTaken is taken for a whole application.
func (p *Part) refuseTaken(tx *db.Tx, def *definition.Service, answers map[string]any) error {
	for _, page := range def.Form.Pages {
		faults, err := p.takenTx(tx, page.Fields, answers)
		if err != nil {
			return err
		}
		if len(faults) > 0 {
			return fault.New(fault.Invalid, faults[0].Key, faults[0].Args...).With(faults...)
		}
	}
	return nil
}

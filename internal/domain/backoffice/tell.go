package backoffice

import (
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// tell sends the person the notice of a kind. It names the matter and the
// agency and no value, since a phone may be shared; only a letter, whose reader
// cannot sign in, holds what the agency wrote.
func (b *BackOffice) tell(tx *db.Tx, c Case, kind string, text locale.Text) error {
	args := map[string]string{"ref": c.Ref}
	notify.Both(args, "title", c.Title)
	notify.Both(args, "agency", b.agencyName(tx, c.Agency))
	notify.Both(args, "text", text)
	key := "casework.state." + c.Word()
	notify.Both(args, "state", locale.Text{MS: b.Texts.For(locale.Malay).T(key), EN: b.Texts.For(locale.English).T(key)})
	return b.Notify.SendTx(tx, notify.Message{To: c.Person, Case: c.Ref, Key: "backoffice.notice." + kind, Args: args,
		Minor: kind == "document" || kind == "state" && c.Shown().Open()})
}

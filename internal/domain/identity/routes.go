package identity

import (
	"embed"
	"net/http"

	"balai/internal/spine/web"
)

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// Routes is the part's map; the demo's door is on it in demo mode only.
func (x *Identity) Routes() []web.Route {
	routes := []web.Route{
		{Method: "GET", Pattern: "/sign-in", Policy: "identity.door", Handler: x.signInPage},
		{Method: "POST", Pattern: "/sign-in/passkey/begin", Policy: "identity.door", Handler: x.signInBegin},
		{Method: "POST", Pattern: "/sign-in/passkey/finish", Policy: "identity.door", Handler: x.signInFinish},
		{Method: "POST", Pattern: "/sign-in/password", Policy: "identity.door", Handler: x.passwordSignIn},
		{Method: "GET", Pattern: "/kiosk", Policy: "identity.door", Handler: x.kioskPage},
		{Method: "POST", Pattern: "/kiosk", Policy: "identity.door", Handler: x.kioskSignIn},
		{Method: "GET", Pattern: "/kiosk/end", Policy: "identity.door", Handler: x.kioskEnd},
		{Method: "GET", Pattern: "/recover", Policy: "identity.door", Handler: x.recoverPage},
		{Method: "POST", Pattern: "/recover", Policy: "identity.door", Handler: x.recoverBegin},
		{Method: "GET", Pattern: "/recover/steps", Policy: "identity.door", Handler: x.recoverSteps},
		{Method: "POST", Pattern: "/recover/code", Policy: "identity.door", Handler: x.recoverCode},
		{Method: "POST", Pattern: "/recover/password", Policy: "identity.door", Handler: x.recoverPassword},
		{Method: "POST", Pattern: "/recover/passkey/begin", Policy: "identity.door", Handler: x.recoverKeyBegin},
		{Method: "POST", Pattern: "/recover/passkey/finish", Policy: "identity.door", Handler: x.recoverKeyFinish},
		{Method: "POST", Pattern: "/recover/send", Policy: "identity.door", Handler: x.recoverSend},
		{Method: "POST", Pattern: "/recover/contact", Policy: "identity.door", Handler: x.recoverContact},
		{Method: "POST", Pattern: "/recover/activation", Policy: "identity.door", Handler: x.recoverActivation},
		{Method: "POST", Pattern: "/recover/finish", Policy: "identity.door", Handler: x.recoverFinish},
		{Method: "GET", Pattern: "/sign-in/resume", Policy: "identity.own", SignIn: true, Handler: x.resume},
		{Method: "POST", Pattern: "/sign-in/resume", Policy: "identity.own", SignIn: true, Handler: x.resumeSave},
		{Method: "POST", Pattern: "/sign-out", Policy: "identity.door", Handler: x.signOut},
		{Method: "GET", Pattern: "/signed-out", Policy: "identity.door", Handler: x.signedOutPage},
		{Method: "GET", Pattern: "/static/identity/passkey.js", Policy: "identity.door", Handler: x.serveScript},
		{Method: "GET", Pattern: "/invite/{token}", Policy: "identity.door", Handler: x.invitation},
		{Method: "POST", Pattern: "/invite/{token}", Policy: "identity.door", Handler: x.accept},
		{Method: "GET", Pattern: "/me/posts", Policy: "identity.own", SignIn: true, Handler: x.postsPage},
		{Method: "POST", Pattern: "/me/posts", Policy: "identity.own", SignIn: true, Handler: x.choosePost},
		{Method: "GET", Pattern: "/me/sign-in", Policy: "identity.own", SignIn: true, Handler: x.waysPage},
		{Method: "GET", Pattern: "/me/sign-in/password", Policy: "identity.own", SignIn: true, Handler: x.passwordPage},
		{Method: "POST", Pattern: "/me/sign-in/password", Policy: "identity.own", SignIn: true, Handler: x.passwordSet},
		{Method: "POST", Pattern: "/me/sign-in/password/remove", Policy: "identity.own", SignIn: true, Handler: x.passwordRemove},
		{Method: "POST", Pattern: "/me/sign-in/card/remove", Policy: "identity.own", SignIn: true, Handler: x.cardRemove},
		{Method: "POST", Pattern: "/me/sign-in/codes", Policy: "identity.own", SignIn: true, Handler: x.codesMake},
		{Method: "POST", Pattern: "/me/sign-in/end", Policy: "identity.own", SignIn: true, Handler: x.sessionEnd},
		{Method: "POST", Pattern: "/me/sign-in/passkey/begin", Policy: "identity.own", SignIn: true, Handler: x.registerBegin},
		{Method: "POST", Pattern: "/me/sign-in/passkey/finish", Policy: "identity.own", SignIn: true, Handler: x.registerFinish},
		{Method: "POST", Pattern: "/me/sign-in/passkey/remove", Policy: "identity.own", SignIn: true, Handler: x.remove},
	}
	routes = append(routes, []web.Route{
		{Method: "GET", Pattern: "/admin", Policy: "identity.import", SignIn: true, Handler: x.adminPage},
		{Method: "GET", Pattern: "/admin/import", Policy: "identity.import", SignIn: true, Handler: x.importPage},
		{Method: "POST", Pattern: "/admin/import", Policy: "identity.import", SignIn: true, MaxBody: importBody, Handler: x.importPreview},
		{Method: "POST", Pattern: "/admin/import/confirm", Policy: "identity.import", SignIn: true, Handler: x.importConfirm},
		{Method: "GET", Pattern: "/admin/import/template/{kind}", Policy: "identity.import", SignIn: true, Handler: x.template},
		{Method: "GET", Pattern: "/admin/officers", Policy: "identity.import", SignIn: true, Handler: x.officersPage},
		{Method: "GET", Pattern: "/admin/officers/appoint", Policy: "identity.import", SignIn: true, Handler: x.appointPage},
		{Method: "POST", Pattern: "/admin/officers/appoint", Policy: "identity.import", SignIn: true, Handler: x.officerAppoint},
		{Method: "POST", Pattern: "/admin/officers/invite", Policy: "identity.import", SignIn: true, Handler: x.officerInvite},
	}...)
	if x.demo != nil {
		routes = append(routes,
			web.Route{Method: http.MethodGet, Pattern: "/demo", Policy: "identity.door", Handler: x.demoPage},
			web.Route{Method: http.MethodGet, Pattern: "/demo/story/{persona}", Policy: "identity.door", Handler: x.storyShow},
			web.Route{Method: http.MethodPost, Pattern: "/demo/sign-in", Policy: "identity.door", Handler: x.demoSignIn},
		)
	}
	return routes
}

package service

import (
	"balai/internal/spine/casework"
	"balai/internal/spine/web"
)

// pageRoutes are the pages of the part.
func (p *Part) pageRoutes() []web.Route {
	apply := func(method, path string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/service/{agency}/{service}/apply" + path, Policy: "service.apply", SignIn: true,
			Resource: p.serviceResource, Know: "service.read", Handler: h}
	}
	about := func(method, path, policy string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/case/{ref}" + path, Policy: policy, SignIn: true, Resource: p.caseResource,
			Know: "case.read", Handler: h}
	}
	mine := func(method, path, policy string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: path, Policy: policy, SignIn: true, Handler: h}
	}
	entry := func(method string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/offline/{pack}/{key}", Policy: "offline.resolve", SignIn: true, Resource: p.offlineResource, Handler: h}
	}
	question := apply("POST", "/{page}", p.formSave)
	question.MaxBody = maxUpload
	reply := about("POST", "/reply", "case.reply", p.replySave)
	reply.MaxBody = maxUpload
	return []web.Route{
		{Method: "GET", Pattern: "/service/{agency}/{service}", Policy: "service.read", Handler: p.serviceShow},
		{Method: "GET", Pattern: "/service/{agency}/{service}/eligibility", Policy: "service.check", Handler: p.checkShow},
		apply("GET", "", p.applyStart),
		apply("GET", "/held", p.heldShow),
		apply("POST", "/held", p.heldSave),
		apply("GET", "/wrong/{field}", p.wrongShow),
		apply("POST", "/wrong/{field}", p.wrongSave),
		apply("GET", "/review", p.reviewShow),
		apply("POST", "/review", p.reviewSend),
		apply("POST", "/drop", p.dropSave),
		apply("GET", "/{page}", p.formShow),
		question,
		about("GET", "", "case.read", p.caseShow),
		about("GET", "/receipt.tlog-proof", "case.read", p.receiptProof),
		about("GET", "/receipt.json", "case.see", p.receiptRecord),
		about("GET", "/file/{file}", "case.see", p.fileShow),
		reply,
		about("POST", "/pay", "case.pay", p.feePay),
		about("GET", "/message", "case.message", p.actShow(casework.Message)),
		about("POST", "/message", "case.message", p.actSave(casework.Message)),
		about("GET", "/withdraw", "case.withdraw", p.actShow(casework.Withdraw)),
		about("POST", "/withdraw", "case.withdraw", p.actSave(casework.Withdraw)),
		about("GET", "/decline", "case.decline", p.declineShow),
		about("POST", "/decline", "case.decline", p.declineSave),
		about("GET", "/appeal", "case.appeal", p.actShow(casework.Appeal)),
		about("POST", "/appeal", "case.appeal", p.actSave(casework.Appeal)),
		about("GET", "/rate", "case.rate", p.rateShow),
		about("POST", "/rate", "case.rate", p.rateSave),
		mine("GET", "/me", "me.home", p.meShow),
		mine("GET", "/me/exemption", "exemption.write", p.exemptionShow),
		mine("POST", "/me/exemption", "exemption.write", p.exemptionSave),
		mine("GET", "/me/held", "me.read", p.myHeldShow),
		mine("GET", "/me/held/wrong/{field}", "me.read", p.myWrongShow),
		mine("POST", "/me/held/wrong/{field}", "me.write", p.myWrongSave),
		mine("GET", "/me/looks", "me.read", p.looksShow),
		mine("GET", "/me/looks/{leaf}", "me.read", p.lookProof),
		mine("GET", "/me/messages/{id}", "me.read", p.messageShow),
		mine("GET", "/me/offers", "offer.dismiss", p.offersShow),
		mine("POST", "/offer/{id}/dismiss", "offer.dismiss", p.offerDismiss),
		mine("GET", "/offline", "offline.list", p.offlineList),
		entry("GET", p.offlineShow),
		entry("POST", p.offlineSave),
		mine("GET", "/offer/{id}", "offer.accept", p.offerShow),
		mine("POST", "/offer/{id}", "offer.accept", p.offerAccept),
	}
}

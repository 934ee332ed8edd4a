package service

import (
	"net/http"

	"balai/internal/spine/casework"
	"balai/internal/spine/web"
)

// Routes is the part's map.
func (p *Part) Routes() []web.Route {
	return append(p.apiRoutes(), p.pageRoutes()...)
}

func (p *Part) apiRoutes() []web.Route {
	mine := func(method, path, policy, summary string) web.APIRoute {
		return web.APIRoute{Method: method, Path: "/api/v1" + path, Policy: policy, Summary: summary, SignIn: true}
	}
	open := func(method, path, policy, summary string) web.APIRoute {
		r := mine(method, path, policy, summary)
		r.SignIn = false
		return r
	}
	about := func(method, path, policy, summary string) web.APIRoute {
		r := mine(method, path, policy, summary)
		r.Resource, r.Know = p.caseResource, "case.read"
		return r
	}
	apply := mine("POST", "/services/{agency}/{service}/applications", "service.send", "Apply: make a case, once for each Idempotency-Key")
	apply.Status, apply.MaxBody = http.StatusCreated, maxUpload
	accept := mine("POST", "/me/offers/{id}/accept", "offer.accept", "Accept an offer")
	accept.Status = http.StatusCreated
	dispute := mine("POST", "/me/disputes", "me.write", "This is wrong: a case with the register's owner")
	dispute.Status = http.StatusCreated
	reply := about("POST", "/cases/{ref}/reply", "case.reply", "Answer what was asked")
	reply.MaxBody = maxUpload
	return []web.Route{
		web.JSON(open("GET", "/life-events", "service.read", "Moments in a life"), p.apiLifeEvents),
		web.JSON(open("GET", "/services", "service.read", "Services in force; with q, those that answer a question"), p.apiServices),
		web.JSON(open("GET", "/services/{agency}/{service}", "service.read", "One service, its schema and its examples"), p.apiService),
		web.JSON(open("POST", "/services/{agency}/{service}/eligibility", "service.check", "Can I use this? A verdict with its trace"), p.apiEligibility),
		web.JSON(apply, p.apiApply),
		web.JSON(about("GET", "/cases/{ref}", "case.see", "Where a case stands"), p.apiCase),
		actRoute[checkBody](p, casework.Check, "check", "Say whether the case is in order"),
		actRoute[askBody](p, casework.Ask, "ask", "Ask the applicant; the clock stands"),
		web.JSON(reply, p.apiReply),
		actRoute[decideBody](p, casework.Decide, "decide", "Decide, with reasons"),
		actRoute[reasonBody](p, casework.Withdraw, "withdraw", "Withdraw the application"),
		actRoute[declineBody](p, casework.Decline, "decline", "Decline what was given without application"),
		actRoute[appealBody](p, casework.Appeal, "appeal", "Appeal a refusal; answers with the appeal's case"),
		actRoute[reasonBody](p, casework.Revoke, "revoke", "Revoke what was issued"),
		actRoute[feeBody](p, casework.Fee, "fee", "Record the counter's receipt"),
		actRoute[auditBody](p, casework.AuditFind, "audit-find", "Say what a sampled audit found"),
		actRoute[correctBody](p, casework.Correct, "correct", "Decide anew after a wrong finding"),
		actRoute[messageBody](p, casework.Message, "message", "Write to the other side"),
		actRoute[takeBody](p, casework.Take, "take", "Take the case out of its role's queue"),
		actRoute[handOverBody](p, casework.HandOver, "hand-over", "Hand the case to a colleague, or back to its role's queue"),
		actRoute[recuseBody](p, casework.Recuse, "recuse", "Declare a conflict of interest and leave the case to another officer"),
		actRoute[rejoinBody](p, casework.Rejoin, "rejoin", "Take back one's own declaration of a conflict of interest, made by mistake"),
		web.JSON(about("POST", "/cases/{ref}/rating", "case.rate", "Rate the service"), p.apiRate),
		web.JSON(mine("GET", "/me/offers", "me.read", "What is open to you, filled in"), p.apiOffers),
		web.JSON(accept, p.apiAccept),
		web.JSON(mine("POST", "/me/offers/{id}/dismiss", "offer.dismiss", "Put an offer aside"), p.apiDismiss),
		web.JSON(mine("POST", "/me/offers/{id}/restore", "offer.dismiss", "Bring back an offer that was put aside"), p.apiRestore),
		web.JSON(mine("POST", "/me/exemption", "exemption.write", "Record an exemption from digital-only services"), p.apiExempt),
		web.JSON(mine("POST", "/me/exemption/end", "exemption.write", "End it"), p.apiEndExemption),
		web.JSON(mine("GET", "/me/held", "me.read", "What the state holds about me"), p.apiHeld),
		web.JSON(dispute, p.apiDispute),
		web.JSON(mine("GET", "/me/looks", "me.read", "Who accessed my data"), p.apiLooks),
	}
}

package portal

import "balai/internal/spine/web"

// Routes is the part's map.
func (x *Portal) Routes() []web.Route {
	routes := []web.Route{
		{Method: "GET", Pattern: "/{$}", Policy: "portal.read", Handler: x.home},
		{Method: "GET", Pattern: "/life/{slug}", Policy: "portal.read", Handler: x.life},
		{Method: "GET", Pattern: "/search", Policy: "portal.read", Handler: x.search},
		{Method: "GET", Pattern: "/services", Policy: "portal.read", Handler: x.services},
		{Method: "GET", Pattern: "/agencies", Policy: "portal.read", Handler: x.agencies},
		{Method: "GET", Pattern: "/agency/{agency}", Policy: "portal.read", Handler: x.agency},
		{Method: "GET", Pattern: "/about", Policy: "portal.read", Handler: x.about},
		{Method: "GET", Pattern: "/deadline", Policy: "portal.read", Handler: x.deadline},
		{Method: "GET", Pattern: "/accessibility", Policy: "portal.read", Handler: x.accessibility},
		{Method: "GET", Pattern: "/privacy", Policy: "portal.read", Handler: x.privacy},
		{Method: "GET", Pattern: "/notices", Policy: "portal.read", Handler: x.notices},
		{Method: "GET", Pattern: "/notices.txt", Policy: "portal.read", Handler: x.noticesText},
		{Method: "GET", Pattern: "/journal", Policy: "portal.read", Handler: x.journal},
		{Method: "GET", Pattern: "/api", Policy: "portal.read", Handler: x.api},
		{Method: "GET", Pattern: "/api/v1", Policy: "portal.read", Handler: x.apiIndex},
		{Method: "GET", Pattern: "/faq", Policy: "portal.read", Handler: x.faq},
		{Method: "GET", Pattern: "/contact", Policy: "portal.read", Handler: x.contact},
		{Method: "GET", Pattern: "/security", Policy: "portal.read", Handler: x.securityShow},
		{Method: "GET", Pattern: "/terms", Policy: "portal.read", Handler: x.terms},
		{Method: "GET", Pattern: "/statistics", Policy: "portal.read", Handler: x.statistics},
		{Method: "GET", Pattern: "/archive", Policy: "portal.read", Handler: x.archive},
		{Method: "GET", Pattern: "/archive.atom", Policy: "portal.read", Handler: x.feed},
		{Method: "GET", Pattern: "/sitemap", Policy: "portal.read", Handler: x.siteMap},
		{Method: "GET", Pattern: "/sitemap.xml", Policy: "portal.read", Handler: x.sitemap},
		{Method: "GET", Pattern: "/robots.txt", Policy: "portal.read", Handler: x.robots},
	}
	if x.Mails != nil {
		routes = append(routes, web.Route{Method: "GET", Pattern: "/demo/mailbox", Policy: "portal.read", Handler: x.mailboxShow})
	}
	if x.Phones != nil {
		routes = append(routes, web.Route{Method: "GET", Pattern: "/demo/phone", Policy: "portal.read", Handler: x.phoneShow})
	}
	return routes
}

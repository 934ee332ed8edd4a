// Package ui is the interface kit: the layout, the components, the drawn ones
// of our own (timeline, deadline, charts, pictograms) and the style sheet.
//
// Components whose names are govuk-frontend's render the same DOM as its
// macros; the options have the same names with a capital letter, and an HTML
// option is a templ.Component named Body. A zero option is an absent one.
//
//	@ui.Layout(p) {
//		@ui.Problems(problems...)                                  // error summary; nothing when there is none
//		@ui.Input(ui.InputProps{Name: "child_name", Label: ui.PageLabel("…"), Value: v, ErrorMessage: ui.Err("…")})
//		@ui.Button(ui.ButtonProps{Text: "…"})
//	}
//
// Pages: Page, NewPage, Layout, ErrorPage. Options that many share: LabelProps
// (PageLabel makes the page's h1), HintProps (Hint), ErrorMessageProps (Err),
// FieldsetProps (PageLegend), FormGroupProps, Text (text or a component).
//
// Form: Button, Input, Textarea, Radios, Checkboxes, Select, DateInput,
// FileUpload, Fieldset, ErrorSummary, Problems. Page furniture: SummaryList,
// Table, Tag, Panel, InsetText, WarningText, NotificationBanner, Details,
// BackLink, Breadcrumbs, Pagination, PhaseBanner, SkipLink.
//
// Ours: Timeline (TimelineItem), DeadlineBar (DeadlineProps, Day),
// DeadlineMini, Trace (TraceRow), Sourced (a value with its register, for a
// summary row's Value.Body), Reference, PrintButton, Rating, Stars, Box,
// LifeEventCard, ServiceCard, Notice, EmptyState, Stats, Speech, BarChart,
// Sparkline, Scroll, Filter, Pictogram, Mark, GenericHeader. kit shows them all.
//
// Layout classes: b-cols (two thirds and one), b-grid (cards), b-stack,
// b-narrow (a readable measure), b-section with b-section__title, b-desk
// (denser tables), b-noprint. The sheet is brand/*.css, joined by name.
//
// Conditional content of a radio or checkbox is shown without JavaScript and
// folded away with it. Every default word follows the request's language.
package ui

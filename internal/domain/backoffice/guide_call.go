package backoffice

import (
	"reflect"
	"strings"
)

// call is one of the API's calls as the guide tells it.
type call struct {
	Method, Path string // below /api/v1/back-office
	Key          string // of its words
	Fields       fields
	Makes        bool     // answers 201 where something is new
	Answer       []string // the names in its answer
	Sample       sample
}

// sample is a request that works as it stands, one after the other, with the
// key of the demo country.
type sample struct {
	Before string // a line of the shell before it
	Path   string // with its values
	Body   string
}

// calls are in the order in which a programmer tries them.
var calls = []call{
	{Method: "PUT", Path: "/cases/{their_ref}", Key: "case", Fields: caseFields, Makes: true, Answer: namesOf[OfficeAnswer](), Sample: sample{Path: "/cases/LM-77",
		Body: `{"their_ref": "LM-77", "person": "940312-00-5038", "state": "checking", "due_on": "2026-12-31",` + "\n" +
			`  "title": {"ms": "Pembaharuan lesen memandu", "en": "Renewal of a driving licence"}}`}},
	{Method: "GET", Path: "/cases/{their_ref}", Key: "read", Answer: namesOf[OfficeCaseOut](), Sample: sample{Path: "/cases/LM-77"}},
	{Method: "POST", Path: "/cases/{their_ref}/messages", Key: "message", Fields: messageFields, Makes: true, Answer: namesOf[OfficeKept](), Sample: sample{Path: "/cases/LM-77/messages",
		Body: `{"their_ref": "LM-77", "id": "m-1",` + "\n" +
			`  "text": {"ms": "Lesen anda akan siap minggu ini.", "en": "Your licence will be ready this week."}}`}},
	{Method: "POST", Path: "/cases/{their_ref}/documents", Key: "document", Fields: documentFields, Makes: true, Answer: namesOf[OfficeKept](), Sample: sample{Path: "/cases/LM-77/documents",
		Body: `{"their_ref": "LM-77", "id": "d-1", "title": {"ms": "Gambar lesen", "en": "Picture of the licence"},` + "\n" +
			`  "media_type": "image/png",` + "\n" +
			`  "content": "` + onePixel + `"}`}},
	{Method: "PUT", Path: "/holdings/{name}", Key: "holding", Fields: holdingFields, Makes: true, Answer: namesOf[HoldingAnswer](), Sample: sample{Path: "/holdings/lesen-d",
		Body: `{"name": "lesen-d", "person": "940312-00-5038", "as_of": "2026-11-01",` + "\n" +
			`  "label": {"ms": "Lesen memandu kelas D", "en": "Driving licence, class D"},` + "\n" +
			`  "value": {"ms": "Sah hingga 31 Oktober 2031", "en": "Valid until 31 October 2031"},` + "\n" +
			`  "basis": {"ms": "Akta Pengangkutan Jalan 1987", "en": "Road Transport Act 1987"}}`}},
	{Method: "GET", Path: "/events", Key: "events", Fields: eventsFields, Answer: namesOf[eventList](), Sample: sample{Path: "/events?after=0&limit=10"}},
	{Method: "POST", Path: "/events/{id}/replay", Key: "replay", Answer: namesOf[replayed](), Sample: sample{Path: "/events/$EVENT/replay",
		Before: `EVENT=$(curl -s "$HALL/events" -H "Authorization: Bearer $API_KEY" | jq -r '.events[0].id')`}},
	{Method: "PUT", Path: "/webhook", Key: "webhook", Fields: webhookFields, Answer: namesOf[webhookSet](), Sample: sample{Path: "/webhook", Body: `{"url": ""}`}},
}

// onePixel is the smallest picture there is, in base64.
const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="

// curl is a sample as it is typed.
func (c call) curl() string {
	var b strings.Builder
	if c.Sample.Before != "" {
		b.WriteString(c.Sample.Before + "\n")
	}
	b.WriteString("curl ")
	if c.Method != "GET" {
		b.WriteString("-X " + c.Method + " ")
	}
	b.WriteString(`"$HALL` + c.Sample.Path + `" -H "Authorization: Bearer $API_KEY"`)
	if c.Sample.Body != "" {
		b.WriteString(` -H 'Content-Type: application/json' \` + "\n  -d '" + c.Sample.Body + "'")
	}
	return b.String()
}

// begin is what the samples need.
func begin(base string) string {
	return "HALL=" + base + "/api/v1/back-office\n" +
		"API_KEY=$(jq -r .back_office.api_key .balai/demo/demo.json)"
}

// namesOf are the names in an answer.
func namesOf[T any]() (list []string) {
	t := reflect.TypeFor[T]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		list = append(list, name)
	}
	return list
}

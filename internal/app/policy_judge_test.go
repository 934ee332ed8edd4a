package app

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"balai/internal/spine/actor"
	"balai/internal/spine/policy"
)

// policyAsk is one request with the answer that the hall gives.
type policyAsk struct {
	Principal map[string]string `json:"principal"`
	Action    map[string]string `json:"action"`
	Resource  map[string]string `json:"resource"`
	Entities  json.RawMessage   `json:"entities"`
	Allow     bool              `json:"allow"`
}

// The policies of every part mean to the reference implementation of cedar what
// they mean here: npm's cedar-wasm is asked the same.
func TestPoliciesMeanTheSameElsewhere(t *testing.T) {
	set, err := loadPolicies()
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`Action::"([^"]+)"`)
	var actions []string
	for _, text := range policies() {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			actions = append(actions, m[1])
		}
	}
	slices.Sort(actions)
	rng := rand.New(rand.NewPCG(6, 8)) // the same requests in every run
	var requests []policyAsk
	allowed := 0
	for _, action := range slices.Compact(actions) {
		for range 24 {
			a, res := someActor(rng), someResource(rng)
			request, entities := policy.Ask(a, action, res)
			raw, err := json.Marshal(entities)
			if err != nil {
				t.Fatal(err)
			}
			one := policyAsk{Principal: map[string]string{"type": string(request.Principal.Type), "id": string(request.Principal.ID)},
				Action:   map[string]string{"type": string(request.Action.Type), "id": string(request.Action.ID)},
				Resource: map[string]string{"type": string(request.Resource.Type), "id": string(request.Resource.ID)}, Entities: raw,
				Allow: set.Allow(a, action, res)}
			if one.Allow {
				allowed++
			}
			requests = append(requests, one)
		}
	}
	if allowed < 100 || allowed > len(requests)-100 {
		t.Fatalf("%d of %d requests are allowed: these requests would prove little", allowed, len(requests))
	}
	judged(t, "cedar", map[string]any{"policies": policies(), "requests": requests})
}

// judged has a program of test/browser/lib read what was worked out here, and
// fails with what it says.
func judged(t *testing.T, name string, in any) {
	t.Helper()
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "../../test/browser/lib/"+name+".mjs")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

var someRoles = []string{"jpn/registration-officer", "jpn/counter-officer", "nadi/helper", "jkm/protection-officer", "audit/auditor",
	"balai/administrator", "balai/mail-room", "jpn/service-team", "back-office", "scim", "jpn/head-of-branch", "jpn/records-officer"}

func someActor(rng *rand.Rand) actor.Actor {
	var a actor.Actor
	if rng.IntN(8) > 0 {
		a.Person = pick(rng, "p", "q")
	}
	if a.Person != "" && rng.IntN(2) == 0 {
		a.Post, a.Role, a.Agency, a.Unit, a.State = "post", pick(rng, someRoles...), pick(rng, "jpn", "jkm", "nadi"), "unit", pick(rng, "MY-03", "MY-16")
	}
	if a.Person != "" && rng.IntN(3) == 0 {
		a.For = actor.For{Person: pick(rng, "p", "q"), As: pick(rng, actor.Counter, actor.Helper, actor.Carer, actor.Guardian, actor.Court), Over: rng.IntN(4) == 0}
		if rng.IntN(2) == 0 {
			a.For.Services = pick(rng, []string{}, []string{"jpn/x"}, []string{"jpn/x", "jkm/y"})
		}
	}
	return a
}

func someResource(rng *rand.Rand) policy.Resource {
	res := policy.Resource{Type: pick(rng, "Hall", "Service", "Case", "Certificate", "Letter", "OfficeCase", "OfflineEntry", "Message"), ID: "r", Attrs: map[string]any{
		"service": pick(rng, "jpn/x", "jkm/y"), "applicant": pick(rng, "p", "q"), "person": pick(rng, "p", "q"), "agency": pick(rng, "jpn", "jkm"),
		"state": pick(rng, "MY-03", "MY-16"), "roles": []string{pick(rng, someRoles...), pick(rng, someRoles...)}, "any_branch": []string{pick(rng, someRoles...)},
		"head_role": pick(rng, someRoles...), "decide_role": pick(rng, someRoles...), "conflict": rng.IntN(3) == 0}}
	for _, name := range slices.Sorted(maps.Keys(res.Attrs)) { // one that a policy asks for may be missing
		if rng.IntN(40) == 0 {
			delete(res.Attrs, name)
		}
	}
	return res
}

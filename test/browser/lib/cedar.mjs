// Asks npm's cedar-wasm what the hall's own engine was asked, by the same policies. Reads {policies, requests} from
// standard input; exit 1 and the requests on which the two differ.
import { readFileSync } from 'node:fs'
import * as cedar from '@cedar-policy/cedar-wasm/nodejs'

const { policies, requests } = JSON.parse(readFileSync(0, 'utf8'))
const text = policies.join('\n')
const parsed = cedar.checkParsePolicySet({ staticPolicies: text })
if (parsed.type !== 'success') {
  console.error('the policies do not parse:', JSON.stringify(parsed.errors))
  process.exit(1)
}
cedar.preparsePolicySet('hall', { staticPolicies: text })
const differ = []
for (const r of requests) {
  const answer = cedar.statefulIsAuthorized({
    principal: r.principal, action: r.action, resource: r.resource, context: {}, entities: r.entities, preparsedPolicySetId: 'hall', validateRequest: false
  })
  if (answer.type !== 'success') differ.push({ ...r, says: answer.errors })
  else if ((answer.response.decision === 'allow') !== r.allow) differ.push({ ...r, says: answer.response.decision })
}
for (const d of differ.slice(0, 5)) console.error(JSON.stringify(d))
console.log(`cedar-wasm: ${requests.length} requests, ${requests.filter(r => r.allow).length} allowed, ${differ.length} answered otherwise`)
process.exit(differ.length || !requests.length ? 1 : 0)

// Applies with npm's scim-patch the PATCHes that the hall applied, and asks npm's scim2-parse-filter the filters that it
// asked. Reads {patches, filters} from standard input; exit 1 and those on which the two differ.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { scimPatch } from 'scim-patch'
import { parse, filter } from 'scim2-parse-filter'

const { patches, filters } = JSON.parse(readFileSync(0, 'utf8'))
const differ = []
for (const p of patches) {
  let theirs
  try {
    theirs = scimPatch(structuredClone(p.before), p.operations, { mutateDocument: false })
  } catch (e) {
    theirs = { refused: true }
  }
  for (const k of Object.keys(theirs)) if (Array.isArray(theirs[k]) && !theirs[k].length) delete theirs[k]
  const ours = p.refused ? { refused: true } : p.after
  if (!isDeepStrictEqual(theirs, ours)) differ.push({ what: 'PATCH', ...p, theirs })
}
for (const f of filters) {
  const theirs = f.list.filter(filter(parse(f.filter))).map(r => r.id)
  if (!isDeepStrictEqual(theirs, f.passes ?? [])) differ.push({ what: 'filter', filter: f.filter, ours: f.passes, theirs })
}
for (const d of differ.slice(0, 8)) console.error(JSON.stringify(d))
console.log(`scim-patch: ${patches.length} operations, scim2-parse-filter: ${filters.length} filters, ${differ.length} otherwise`)
process.exit(differ.length || !patches.length || !filters.length ? 1 : 0)

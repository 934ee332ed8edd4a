// What two pages have in common when a browser can find the same faults in both: their route, and the elements they are made of.

const tag = /<!--[\s\S]*?-->|<(script|style)\b[\s\S]*?<\/\1>|<(\/?)([a-z][a-z0-9-]*)((?:[^>"]|"[^"]*")*)>/gi
const empty = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr'])
// Of these the value says how an element looks or what it is; of all others only the name counts.
const telling = /^(class|type|role|aria-(?!label|describedby|controls|owns|activedescendant|value)[a-z]+|autocomplete|inputmode|scope|open|tabindex|http-equiv)$/
// These name other elements by their id.
const naming = new Set(['for', 'headers', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns', 'aria-activedescendant'])

/** skeleton is every way from the page's root to an element, once: each step is a tag, its attributes, and the values of
 * those that tell how it looks; which elements are empty, name an element that is not there or are named by none, and
 * which heading follows which. A row more or another word changes nothing, a button or a note that is there does. */
export function skeleton (html) {
  const ways = new Set()
  const ids = new Map()
  const named = [] // [way, attribute, id]
  const stack = []
  let heading = ''
  for (const m of html.matchAll(tag)) {
    const [all, , close, name, rest] = m
    if (!name) continue
    const n = name.toLowerCase()
    if (close) {
      const i = stack.findLastIndex(e => e.name === n)
      if (i < 0) continue
      if (html.slice(stack[i].from, m.index).trim() === '') ways.add(stack[i].way + ' empty')
      stack.length = i
      continue
    }
    const attributes = [...rest.matchAll(/([^\s"=/]+)(?:="([^"]*)")?/g)].map(([, k, v]) => [k, v])
    const kept = attributes.map(([k, v]) => telling.test(k) || v === '' ? `${k}=${v ?? ''}` : k).sort()
    const way = `${stack.at(-1)?.way ?? ''}>${n}[${kept.join(' ')}]`
    ways.add(way)
    for (const [k, v] of attributes) {
      if (k === 'id') ids.set(v, way)
      if (naming.has(k)) for (const id of (v ?? '').split(/\s+/)) named.push([way, k, id])
    }
    if (/^h[1-6]$/.test(n)) {
      ways.add(`${heading} then ${n}`)
      heading = n
    }
    if (!empty.has(n) && !rest.endsWith('/')) stack.push({ name: n, way, from: m.index + all.length })
  }
  for (const [way, by, id] of named) if (!ids.has(id)) ways.add(`${way} ${by} nothing`)
  const labelled = new Set(named.filter(([, by]) => by === 'for').map(([, , id]) => id))
  for (const [id, way] of ids) if (!labelled.has(id)) ways.add(`${way} without a label of its own`)
  return [...ways].sort().join('\n')
}

/** route gives a path's pattern from the hall's own table: the one with the fewest places left open. */
export function route (patterns) {
  const table = patterns.map(p => ({
    p,
    re: new RegExp('^' + p.replace(/\{\$\}$/, '').replaceAll('.', '\\.').replace(/\{[^}]*\\\.\\\.\\\.\}/g, '.*').replace(/\{[^}]+\}/g, '[^/]+') + '$'),
    open: (p.replace('{$}', '').match(/\{/g) ?? []).length
  })).sort((a, b) => a.open - b.open)
  return path => table.find(t => t.re.test(path.split('?')[0]))?.p ?? path
}

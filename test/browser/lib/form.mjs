// Fills the form that a page shows, from a sample case's answers by field name, as a person would: by label and control.

/** fill enters what the page's form asks for; it returns the names of the fields that it filled. */
export async function fill (page, answers, files = {}) {
  const fields = await page.locator('main form [name]').evaluateAll(all => all
    .filter(e => e.type !== 'hidden' && e.type !== 'submit' && e.tagName !== 'BUTTON')
    .map(e => ({ name: e.name, type: e.type, value: e.value, tag: e.tagName })))
  const filled = new Set()
  for (const f of fields) {
    const at = page.locator(`main form [name="${f.name}"]`)
    const value = answerTo(answers, f.name)
    if (f.type === 'file') {
      const given = files[f.name] ?? []
      if (given.length) {
        await at.setInputFiles(given.map(x => ({ name: x.name, mimeType: x.type, buffer: Buffer.from(x.base64, 'base64') })))
        filled.add(f.name)
      }
    } else if (value === undefined) {
      continue
    } else if (f.type === 'radio' || f.type === 'checkbox') {
      const wanted = [].concat(value).map(String)
      if (wanted.includes(f.value) || (value === true && ['yes', 'true', 'on', '1'].includes(f.value)) || (value === false && ['no', 'false', '0'].includes(f.value))) {
        await page.locator(`main form [name="${f.name}"][value="${f.value}"]`).check()
        filled.add(f.name)
      }
    } else if (f.tag === 'SELECT') {
      await at.selectOption(String(value))
      filled.add(f.name)
    } else {
      await at.fill(String(value))
      filled.add(f.name)
    }
  }
  return [...filled]
}

/** answerTo finds a field's answer; a date is three inputs, NAME-day, NAME-month, NAME-year. */
function answerTo (answers, name) {
  if (name in answers) return answers[name]
  const part = /^(.+)[-_.](day|month|year)$/.exec(name)
  if (part && typeof answers[part[1]] === 'string') {
    const [year, month, day] = answers[part[1]].split('-')
    return String(Number({ year, month, day }[part[2]]))
  }
  return undefined
}

/** submit presses the main form's first button and waits for the page that follows. */
export async function submit (page, button = page.locator('main form button:not([name]), main form button[type=submit]').first()) {
  await Promise.all([page.waitForNavigation(), button.click()])
}

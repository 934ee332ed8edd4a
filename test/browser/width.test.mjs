// Between a phone and a wide screen: pages keep their margins, nothing moves sideways, charts stay in
// their place, and no number of a row stands alone.
import { open } from './lib/browser.mjs'
import * as judge from './lib/judge.mjs'

export default {
  'pages keep their margins at every width': async ({ browser, server }) => {
    const faults = []
    for (const [as, paths] of [[null, ['/statistics', '/report', '/services', '/demo/kit']], ['off-kb-reg', ['/desk']]]) {
      const context = await open(browser, server, { as, js: false })
      const page = await context.newPage()
      for (const path of paths) {
        await page.goto(path)
        for (const width of [400, 640, 768, 1019, 1024, 1119, 1120, 1280]) {
          await page.setViewportSize({ width, height: 900 })
          const where = `${path} at ${width} px: `
          faults.push(...(await judge.layout(page)).map(l => where + l), ...(await page.evaluate(misplaced)).map(l => where + l))
        }
      }
      await context.close()
    }
    if (faults.length) throw new Error(faults.join('\n'))
  }
}

/** misplaced finds, in the page, a body that is not below its header, rows of numbers that are not filled, and charts over each other. */
function misplaced () {
  const out = []
  const main = document.querySelector('.b-main.govuk-width-container')?.getBoundingClientRect()
  const head = document.querySelector('.b-header__in').getBoundingClientRect()
  if (main && Math.abs(main.left - head.left) > 1) out.push(`the page begins at ${main.left}, its header at ${head.left}`)
  for (const list of document.querySelectorAll('.b-stats')) {
    const rows = Map.groupBy(list.children, e => Math.round(e.getBoundingClientRect().top))
    const sizes = [...rows.values()].map(r => r.length)
    if (sizes[0] > 2 && sizes.at(-1) === 1) out.push(`numbers stand ${sizes.join(' + ')}`)
    for (const row of rows.values()) {
      if (Math.abs(row.at(-1).getBoundingClientRect().right - list.getBoundingClientRect().right) > 2) out.push('a row of numbers is not filled')
    }
  }
  for (const chart of document.querySelectorAll('.b-chart')) {
    const { paddingLeft, paddingRight } = getComputedStyle(chart.parentElement)
    const place = chart.parentElement.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)
    if (chart.offsetWidth > place + 1) out.push(`a chart is ${chart.offsetWidth} wide, its place ${place}`)
  }
  return out
}

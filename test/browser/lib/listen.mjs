import { createServer } from 'node:http'

/** listen is an agency's own address; `next()` waits for what the hall sends. */
export async function listen () {
  const got = []
  const waiting = []
  const server = createServer((req, res) => {
    let body = ''
    req.on('data', b => { body += b })
    req.on('end', () => {
      res.writeHead(204).end()
      const one = { headers: req.headers, body }
      const ask = waiting.shift()
      if (ask) ask(one); else got.push(one)
    })
  })
  await new Promise(ok => server.listen(0, '127.0.0.1', ok))
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    next: () => got.length ? Promise.resolve(got.shift()) : new Promise(ok => waiting.push(ok)),
    close: () => server.close()
  }
}

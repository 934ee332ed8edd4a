// Reads with npm's jsqr the pictures of payment codes, and builds with npm's paynowqr the codes that it is asked for.
// Reads {pictures: [{width, height, rgba, payload}], paynow: [options]} from standard input, rgba in base64. Writes the
// payloads of paynowqr as JSON; exit 1 and the pictures that say something else.
import { readFileSync } from 'node:fs'
import jsQR from 'jsqr'
import PaynowQR from 'paynowqr'

const { pictures, paynow } = JSON.parse(readFileSync(0, 'utf8'))
const differ = []
for (const p of pictures) {
  const read = jsQR(new Uint8ClampedArray(Buffer.from(p.rgba, 'base64')), p.width, p.height)
  // The standard's characters are UTF-8, and jsqr says what the bytes are.
  const said = read && Buffer.from(read.binaryData).toString('utf8')
  if (said !== p.payload) differ.push({ payload: p.payload, said })
}
for (const d of differ.slice(0, 8)) console.error(JSON.stringify(d))
console.log(JSON.stringify(paynow.map(o => new PaynowQR(o).output())))
process.exit(differ.length || !pictures.length || !paynow.length ? 1 : 0)

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

// Encodes and hashes the catalog in a file as often as the second argument says, each time for another minion.
const [path = '', count = '0'] = process.argv.slice(2)
const catalog = JSON.parse(readFileSync(path, 'utf8')) as object
for (let index = 0; index < Number(count); index++) {
  const bytes = Buffer.from(JSON.stringify({ ...catalog, minion: `m${index}` }))
  createHash('sha256').update(bytes).digest('hex')
}

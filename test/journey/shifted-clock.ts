import { readFileSync } from 'node:fs'

/**
 * Preloaded into every process of a journey (`--import`): its clock is the host's plus the milliseconds in the file
 * SALTERN_TEST_CLOCK, which may change at any time. Timers are not affected, as when a clock is set.
 */
const path = process.env['SALTERN_TEST_CLOCK'] ?? ''
const real = Date.now.bind(Date)
let offset = readOffset()
setInterval(() => {
  offset = readOffset()
}, 50).unref()

Date.now = () => real() + offset
globalThis.Date = new Proxy(Date, {
  construct: (target, words, self) =>
    Reflect.construct(target, words.length === 0 ? [target.now()] : words, self) as object,
})

function readOffset(): number {
  const text = readFileSync(path, 'utf8')
  // The file is empty for the moment in which it is written.
  return text === '' ? offset : Number(text)
}

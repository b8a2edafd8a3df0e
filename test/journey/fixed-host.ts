import { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

/**
 * Preloaded into every process of a journey (`--import`), so that what they print does not depend on the machine: the clock stands still
 * at the ISO time in the file SALTERN_TEST_CLOCK until the test sets it, and the user is named anna. Timers are not affected.
 */
const path = process.env['SALTERN_TEST_CLOCK'] ?? ''
/** The file is read again after so long. */
const FRESH_MS = 20
let [last, readAt] = [Number.NaN, Number.NEGATIVE_INFINITY]

Date.now = () => {
  if (performance.now() < readAt + FRESH_MS) return last
  const text = readFileSync(path, 'utf8')
  readAt = performance.now()
  // The file is empty for the moment in which it is written.
  if (text !== '') last = Date.parse(text)
  return last
}
globalThis.Date = new Proxy(Date, {
  construct: (target, words, self) =>
    Reflect.construct(target, words.length === 0 ? [target.now()] : words, self) as object,
})

const user = os.userInfo()
os.userInfo = (() => ({ ...user, username: 'anna' })) as typeof os.userInfo
syncBuiltinESMExports()

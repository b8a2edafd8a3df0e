import { quickstartOnHosts } from './quickstart-hosts.ts'
import { quickstartLocally } from './quickstart-local.ts'
import { quickstartSteps } from './quickstart-steps.ts'

const steps = quickstartSteps(Number(process.env['SALTERN_QUICKSTART_BEGAN'] ?? Date.now() / 1000))
const keep = process.argv.includes('--keep')
const stop = new AbortController()
process.once('SIGINT', () => stop.abort(new Error('stopped')))
process.once('SIGTERM', () => stop.abort(new Error('stopped')))

try {
  if (process.getuid?.() === 0) {
    await quickstartOnHosts(steps, keep, stop.signal)
  } else {
    process.stderr.write('Without root: minions as processes, and a role that writes below a temporary directory.\n')
    await quickstartLocally(steps, keep, stop.signal)
  }
  process.stdout.write(`\nDone in ${steps.seconds()} s.\n`)
} catch (error) {
  process.stderr.write(`quickstart: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

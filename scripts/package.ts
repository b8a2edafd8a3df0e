import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPackages } from './package/build.ts'
import { stampOf } from './package/version.ts'

/*
 * npm run package [-- --out DIR --arch amd64|arm64 --version V]
 * Builds saltern-master and saltern-minion as Debian packages and prints their paths.
 */

const project = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'dist' },
    arch: { type: 'string', default: process.arch === 'arm64' ? 'arm64' : 'amd64' },
    version: { type: 'string' },
  },
})
const { arch, out } = values
if (arch !== 'amd64' && arch !== 'arm64') {
  process.stderr.write(`package: --arch is amd64 or arm64, got "${arch}"\n`)
  process.exit(2)
}
const stamp = await stampOf(project, process.env)
const version = values.version ?? stamp.version
const packages = await buildPackages(project, { ...stamp, version, out: resolve(out), arch, compression: 'small' })
process.stdout.write(`${packages.minion}\n${packages.master}\n`)

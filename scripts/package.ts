import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPackages } from './package/build.ts'
import { stampOf } from './package/version.ts'

/*
 * npm run package [-- --out DIR --arch amd64|arm64 --version V --quick --key FILE --passphrase-file FILE]
 *
 * Builds saltern-master and saltern-minion as Debian packages and prints their paths. `--quick` compresses less and takes a
 * tenth of the time; Debian 12 installs the result as well. Also writes SHA256SUMS and the index files of an apt repository.
 * `--key` (or SALTERN_PACKAGE_KEY) is a file with a secret OpenPGP key, as written by `gpg --export-secret-keys`, that signs
 * these files. Needs `strip` from binutils, for another processor from its cross binutils.
 */

const project = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'dist' },
    arch: { type: 'string', default: process.arch === 'arm64' ? 'arm64' : 'amd64' },
    version: { type: 'string' },
    quick: { type: 'boolean', default: false },
    key: { type: 'string' },
    'passphrase-file': { type: 'string' },
  },
})
const { arch, out, quick } = values
if (arch !== 'amd64' && arch !== 'arm64') {
  process.stderr.write(`package: --arch is amd64 or arm64, got "${arch}"\n`)
  process.exit(2)
}
const stamp = await stampOf(project, process.env)
const version = values.version ?? stamp.version
const compression = quick ? 'quick' : 'small'
const keyFile = values.key ?? process.env['SALTERN_PACKAGE_KEY']
const passphraseFile = values['passphrase-file'] ?? process.env['SALTERN_PACKAGE_PASSPHRASE_FILE']
const key = keyFile === undefined || keyFile === '' ? undefined : { file: keyFile, passphraseFile }
const packages = await buildPackages(project, { ...stamp, version, out: resolve(out), arch, compression, key })
process.stdout.write(`${packages.minion}\n${packages.master}\n`)
process.stderr.write(
  packages.signedBy === undefined
    ? 'package: not signed; name a secret OpenPGP key with --key FILE\n'
    : `package: signed by ${packages.signedBy}\n`,
)

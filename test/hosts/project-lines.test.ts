import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outputsBelow } from '../house/command-blocks.ts'
import { LinesToType } from '../house/lines-to-type.ts'
import { PROJECT } from '../house/source-files.ts'
import { copyProjectToTest } from '../journey/project-copy.ts'

/* What README.md and docs/install.md run in a checkout of the project. */

const HERE = 'test/hosts/project-lines.test.ts'
const readme = new LinesToType(HERE, 'README.md')
const install = new LinesToType(HERE, 'docs/install.md')

const QUICKSTART =
  './scripts/quickstart     # a temporary fleet: two MariaDB hosts on this machine, applied twice, then removed'
const TEST = './scripts/test           # types, lint and tests; as root also the tests on real Debian hosts'

/** A checkout in which few tests run: those of this file run in the checkout itself. */
let copy: string
/** The home of whoever signs the packages, in place of /root. */
let home: string

beforeAll(() => {
  copy = copyProjectToTest({
    unit: 'test/protocol/host-port.test.ts',
    journey: 'test/house/links.test.ts',
    hosts: 'test/hosts/verbs.test.ts',
  })
  home = join(copy, '.cache/home')
  mkdirSync(join(home, '.gnupg'), { recursive: true })
  chmodSync(join(home, '.gnupg'), 0o700)
})
afterAll(() => {
  spawnSync('gpgconf', ['--homedir', join(home, '.gnupg'), '--kill', 'gpg-agent'])
  rmSync(copy, { recursive: true, force: true })
})

/** Types a line in a checkout, as a shell of its own: no setting of this test run reaches it. Gives stdout; throws unless it succeeds. */
function typed(line: string, cwd: string, more: NodeJS.ProcessEnv = {}): string {
  const { HOME, SALTERN_CACHE, XDG_CACHE_HOME, PATH = '' } = process.env
  const env = {
    HOME,
    SALTERN_CACHE,
    XDG_CACHE_HOME,
    PATH: `${dirname(process.execPath)}:${PATH}`,
    NO_COLOR: '1',
    ...more,
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8', maxBuffer: 1e8 })
  expect(status, `${line}\n${stdout}\n${stderr}`).toBe(0)
  return stdout
}

/** A line of output without what differs from one quickstart to the next: durations, sizes, addresses and ids. */
function lasting(line: string): string {
  return line
    .replace(/ {2}(?:up to )?[\d.]+ (?:ms|s|min)$/, '')
    .replaceAll(/\b\d+ B\b/g, 'SIZE')
    .replaceAll(/\b10\.213\.\d+\./g, 'NETWORK.')
    .replaceAll(/\bjob-\w{26}\b/g, 'JOB')
    .replaceAll(/\bfleet [\da-f]{12}\b/g, 'REVISION')
    .trimEnd()
}

describe('Try it, in README.md', () => {
  test('the quickstart types the commands of the page, and prints what the page shows', () => {
    const shown = typed(readme.take(QUICKSTART), PROJECT)
    const answersTo = (line: string): readonly string[] => {
      return shown.split('\n$ ').flatMap(part => (part.startsWith(`${line}\n`) ? [part] : []))
    }
    for (const line of ['master minions', 'master apply role=db']) {
      const [answers, pages] = [answersTo(readme.take(line)), outputsBelow('README.md', line)]
      expect(answers).toHaveLength(pages.length)
      for (const [index, page] of pages.entries()) {
        const printed = new Set((answers[index] ?? '').split('\n').map(lasting))
        const stale = page.filter(row => row.trim() !== '...' && !printed.has(lasting(row)))
        expect(stale, `the page shows lines that \`${line}\` does not print:\n${answers[index]}`).toEqual([])
      }
    }
    expect(shown).toMatch(/\nDone in \d+ s\.\n$/)
  })

  test('all tests run, as root those on real hosts too', () => {
    const shown = typed(readme.take(TEST), copy)

    for (const step of ['types', 'lint', 'unit tests', 'journeys', 'tests on real hosts']) {
      expect(shown).toMatch(new RegExp(`^== ${step}: done`, 'm'))
    }
    expect(shown.trimEnd().split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed/)
  })
})

describe('packages that are signed, in docs/install.md', () => {
  test('a key is made, exported, and signs what is built', () => {
    const passphrase = join(home, 'passphrase')
    writeFileSync(passphrase, 'ten thousand hills of salt\n', { mode: 0o600 })
    // What a terminal would ask for.
    writeFileSync(join(home, '.gnupg/gpg.conf'), `batch\npinentry-mode loopback\npassphrase-file ${passphrase}\n`)
    const type = (line: string): string => {
      return typed(install.take(line).replaceAll('/root/', `${home}/`), copy, { HOME: home })
    }
    type("gpg --quick-gen-key 'Saltern packages <packages@example.org>' ed25519 sign 2y")
    type('gpg --export-secret-keys packages@example.org > /root/packages.key')
    type('npm run package -- --key /root/packages.key --passphrase-file /root/passphrase')
    const dist = readdirSync(join(copy, 'dist'))

    expect(dist).toEqual(expect.arrayContaining(['SHA256SUMS.gpg', 'InRelease', 'Release.gpg']))
    expect(readFileSync(join(copy, 'dist/SHA256SUMS'), 'utf8').trim().split('\n')).toHaveLength(2)
  })

  test('every line of the pages that belongs to a checkout was typed', () => {
    expect([...readme.left, ...install.left]).toEqual([])
  })
})

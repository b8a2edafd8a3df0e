import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { publish } from '../../scripts/package/publish.ts'
import { openSigner } from '../../scripts/package/signer.ts'
import { commandsOf } from '../hosts/page.ts'

const NAME = 'saltern-minion_0.0.1_amd64.deb'
let directory: string
let key: string
let keyOfStranger: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-sign-'))
  key = makeKey('key')
  keyOfStranger = makeKey('stranger')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Creates a secret key. All keys have the same user name, so only the key itself distinguishes them. */
function makeKey(name: string): string {
  const home = join(directory, `gnupg-${name}`)
  mkdirSync(home, { mode: 0o700 })
  const gpg = (...args: readonly string[]): Buffer =>
    execFileSync('gpg', [
      '--homedir',
      home,
      '--batch',
      '--quiet',
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      '',
      ...args,
    ])
  gpg('--quick-gen-key', 'Saltern packages <packages@saltern.example>', 'ed25519', 'sign', '1y')
  const path = join(directory, `${name}.gpg`)
  writeFileSync(path, gpg('--export-secret-keys'), { mode: 0o600 })
  execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent'])
  return path
}

function deb(name: string, more = ''): string {
  const root = mkdtempSync(join(directory, 'root-'))
  mkdirSync(join(root, 'DEBIAN'))
  const fields = `Package: saltern-minion\nVersion: 0.0.1\nArchitecture: amd64\nMaintainer: a <a@saltern.example>\n`
  writeFileSync(join(root, 'DEBIAN/control'), `${fields}Description: a${more}\n`)
  const path = join(mkdtempSync(join(directory, 'built-')), name)
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', root, path], { stdio: 'ignore' })
  return path
}

async function published(
  signed = true,
  out = mkdtempSync(join(directory, 'dist-')),
  built = deb(NAME),
  by = key,
): Promise<string> {
  const work = mkdtempSync(join(directory, 'work-'))
  const signing = signed ? { file: by, passphraseFile: undefined } : undefined
  await publish({ debs: [built], work, out, key: signing, at: new Date(0) })
  return out
}

/** Runs a line of docs/install.md in the directory of the packages; returns exit code and output. */
function typed(line: string, cwd: string): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, encoding: 'utf8' })
  return { code: status, said: stdout + stderr }
}

/** Runs apt with the directory as its only repository and the keyring in it. */
function aptUpdate(out: string): ReturnType<typeof typed> {
  const root = mkdtempSync(join(directory, 'apt-'))
  for (const name of ['lists/partial', 'cache', 'etc']) mkdirSync(join(root, name), { recursive: true })
  const line = `deb [signed-by=${out}/saltern-archive-keyring.gpg] file:${out} ./\n`
  writeFileSync(join(root, 'sources.list'), line)
  const options = [
    `Dir::Etc::sourcelist=${root}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${root}/lists`,
    `Dir::Cache=${root}/cache`,
    'APT::Sandbox::User=root',
    'APT::Architecture=amd64',
  ].map(option => `-o ${option}`)
  const both = `apt-get ${options.join(' ')} --error-on=any update && apt-cache ${options.join(' ')} policy saltern-minion`
  return typed(both, out)
}

const VERIFY = 'gpgv --keyring ./saltern-archive-keyring.gpg SHA256SUMS.gpg SHA256SUMS'
const CHECK = 'sha256sum --check --ignore-missing SHA256SUMS'
/** Prints packages that are missing from the list. */
const OTHERS = 'sha256sum -- *.deb | grep -vxFf SHA256SUMS'

it('signed packages verify with the commands in docs/install.md, and a changed byte is refused', async () => {
  expect(commandsOf('install.md')).toEqual(expect.arrayContaining([VERIFY, CHECK, OTHERS]))
  const out = await published()
  expect(typed(VERIFY, out)).toEqual({ code: 0, said: expect.stringContaining('Good signature') })
  expect(typed(CHECK, out)).toEqual({ code: 0, said: `${NAME}: OK\n` })
  expect(typed(OTHERS, out)).toEqual({ code: 1, said: '' })

  const bytes = readFileSync(join(out, NAME))
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  writeFileSync(join(out, NAME), bytes)
  expect(typed(CHECK, out)).toEqual({ code: 1, said: expect.stringContaining(`${NAME}: FAILED`) })
  appendFileSync(join(out, 'SHA256SUMS'), '\n')
  expect(typed(VERIFY, out)).toEqual({ code: 1, said: expect.stringContaining('BAD signature') })
})

it('packages signed by another key are refused by the keyring of the first installation', async () => {
  const [out, strange] = [await published(), await published(true, undefined, deb(NAME, ' evil'), keyOfStranger)]
  cpSync(join(out, 'saltern-archive-keyring.gpg'), join(strange, 'saltern-archive-keyring.gpg'))

  expect(typed(VERIFY, strange)).toEqual({ code: 2, said: expect.stringContaining("Can't check signature") })
  expect(aptUpdate(strange).code).not.toBe(0)
})

it('unsigned packages placed next to signed ones are listed by the check of docs/install.md', async () => {
  const out = await published()
  const [newer, worse] = ['saltern-minion_9.9.9_amd64.deb', '-rf.deb']
  cpSync(deb(newer, ' evil'), join(out, newer))

  expect(typed(CHECK, out)).toEqual({ code: 0, said: `${NAME}: OK\n` })
  expect(typed(OTHERS, out)).toEqual({
    code: 0,
    said: expect.stringMatching(/^[0-9a-f]{64} {2}saltern-minion_9\.9\.9_amd64\.deb\n$/),
  })
  rmSync(join(out, newer))
  cpSync(deb(worse, ' evil'), join(out, worse))
  expect(typed(OTHERS, out).said).toMatch(/^[0-9a-f]{64} {2}-rf\.deb\n$/)
})

it('packages with a missing signature or that of another list are refused', async () => {
  const [out, other] = [await published(), await published(true, undefined, deb(NAME, ' another'))]
  cpSync(join(other, 'SHA256SUMS.gpg'), join(out, 'SHA256SUMS.gpg'))
  expect(typed(VERIFY, out)).toEqual({ code: 1, said: expect.stringContaining('BAD signature') })
  writeFileSync(join(out, 'SHA256SUMS.gpg'), '')
  expect(typed(VERIFY, out).code).not.toBe(0)
  rmSync(join(out, 'SHA256SUMS.gpg'))
  expect(typed(VERIFY, out).code).not.toBe(0)
})

it('packages verify with a public key that ends with a newline byte', async () => {
  const path = join(directory, 'newline.gpg')
  const text = readFileSync(join(import.meta.dirname, 'key-that-ends-with-a-newline.gpg.b64'), 'utf8')
  writeFileSync(path, Buffer.from(text, 'base64'), { mode: 0o600 })
  const signer = await openSigner(path, undefined)
  await signer.close()
  const out = await published(true, undefined, undefined, path)

  expect(signer.publicKey.at(-1)).toBe(0x0a)
  expect(typed(VERIFY, out)).toEqual({ code: 0, said: expect.stringContaining('Good signature') })
})

it('apt accepts the signed repository with its key and refuses a changed one', async () => {
  const out = await published()
  expect(aptUpdate(out)).toEqual({ code: 0, said: expect.stringContaining('Candidate: 0.0.1') })
  const release = readFileSync(join(out, 'InRelease'), 'utf8')
  writeFileSync(join(out, 'InRelease'), release.replace('Label: Saltern', 'Label: saltern'))
  rmSync(join(out, 'Release.gpg'))
  expect(aptUpdate(out).code).not.toBe(0)
})

it('a package of another architecture stays listed while it is unchanged, and is dropped once it was changed', async () => {
  const other = NAME.replace('amd64', 'arm64')
  const out = await published(true, undefined, deb(other))
  await published(true, out)
  expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toContain(other)
  appendFileSync(join(out, other), 'x')
  await published(true, out)
  expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).not.toContain(other)
})

it('publishing without a key leaves no old signature next to new lists', async () => {
  const out = await published()
  await published(false, out)

  expect(readdirSync(out).sort()).toEqual(['Packages', 'Packages.gz', 'Release', 'SHA256SUMS', NAME].sort())
})

it('packages that cannot be signed are not published, and the key is stored nowhere', async () => {
  const out = mkdtempSync(join(directory, 'dist-'))
  writeFileSync(join(directory, 'none.gpg'), 'no key')
  const work = mkdtempSync(join(directory, 'work-'))
  const wish = { debs: [deb(NAME)], work, out, at: new Date(0) }
  const signing = publish({ ...wish, key: { file: join(directory, 'none.gpg'), passphraseFile: undefined } })

  await expect(signing).rejects.toThrow()
  expect(readdirSync(out)).toEqual([])
  const before = readdirSync(tmpdir()).filter(name => name.startsWith('saltern-gpg-'))
  const signer = await openSigner(key, undefined)
  const [home = ''] = readdirSync(tmpdir()).filter(name => name.startsWith('saltern-gpg-') && !before.includes(name))
  await signer.close()
  expect(existsSync(join(tmpdir(), home))).toBe(home === '')
})

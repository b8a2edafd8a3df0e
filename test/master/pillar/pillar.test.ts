import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { setSealed } from '../../../master/pillar/edit.ts'
import { openValue, type PillarKeyPair, sealValue } from '../../../master/pillar/envelope.ts'
import { loadPillar } from '../../../master/pillar/for-minion.ts'
import { addPillarKey, loadKeyring } from '../../../master/pillar/keyring.ts'
import { parsePillarFile } from '../../../master/pillar/tree.ts'
import { pillarAt } from '../../../master/yaml/pillar-tree.ts'
import { reveal } from '../../../protocol/secret.ts'

const PLACE = { fleet: 'fleet-one', path: 'a.b' }
let directory: string
let key: PillarKeyPair

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saltern-pillar-'))
  key = await addPillarKey(join(directory, 'keys'), new Uint8Array(randomBytes(32)), 1)
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

function seal(clear: string, place = PLACE): string {
  return sealValue(clear, place, key, new Uint8Array(randomBytes(32)))
}

it('sealed text of any content opens at its place and reveals nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), clear => {
      const sealed = seal(clear)

      expect(openValue(sealed, PLACE, [key])).toBe(new TextDecoder().decode(new TextEncoder().encode(clear)))
      expect(sealed).toMatch(/^v1:[0-9a-f]{8}:[A-Za-z0-9+/]+=*$/)
    }),
  )
})

it('a sealed value that was edited or moved to another key or fleet does not open, and the error says so', () => {
  const sealed = seal('clear')
  const edited = `${sealed.slice(0, -6)}${sealed.at(-6) === 'A' ? 'B' : 'A'}${sealed.slice(-5)}`

  expect(() => openValue(sealed, { ...PLACE, path: 'a.c' }, [key])).toThrow(
    'the sealed value of `a.c` cannot be decrypted: it was moved from another key or edited',
  )
  expect(() => openValue(sealed, { ...PLACE, fleet: 'fleet-two' }, [key])).toThrow(/cannot be decrypted/)
  expect(() => openValue(edited, PLACE, [key])).toThrow(/cannot be decrypted/)
  expect(() => openValue('v2:nothing', PLACE, [key])).toThrow(/is not `v1:<key id>:<base64>`/)
  expect(() => openValue(sealed, PLACE, [])).toThrow(/this master has none/)
})

it('a sealed value is written into a file without changing comments, and read back as a secret', () => {
  const text = setSealed('# who\na:\n  c: 1 # kept\n', 'pillar/x.yml', ['a', 'b'], seal('clear'))

  const { tree, problems } = parsePillarFile(text, 'pillar/x.yml', { fleet: 'fleet-one', keys: [key] })
  const node = pillarAt(tree, ['a', 'b'])

  expect(problems).toEqual([])
  expect(text).toContain('# who')
  expect(text).toContain('c: 1 # kept')
  expect(node?.kind === 'secret' ? reveal(node.secret) : undefined).toBe('clear')
})

it('a value sealed for a nested path does not open under one key with a dot', () => {
  const text = `"a.b": !sealed ${seal('clear')}\n`

  const { problems } = parsePillarFile(text, 'pillar/x.yml', { fleet: 'fleet-one', keys: [key] })

  expect(problems.map(({ code }) => code)).toEqual(['PILLAR_VALUE_UNREADABLE'])
})

it('a sealed value cannot be written below a plain value', () => {
  expect(() => setSealed('a: 1\n', 'pillar/x.yml', ['a', 'b'], 'v1:x')).toThrow(
    '`a` in pillar/x.yml is a value, not a map',
  )
})

it('the keyring stores private keys in files that only their owner can read, the newest first', async () => {
  const second = await addPillarKey(join(directory, 'keys'), new Uint8Array(randomBytes(32)), 2)

  expect((await loadKeyring(join(directory, 'keys'))).map(({ id }) => id)).toEqual([second.id, key.id])
  expect((await stat(join(directory, 'keys', `1-${key.id}.key`))).mode & 0o777).toBe(0o600)
})

it('pillar/top.yml rejects a match on a grain and reports missing files', () => {
  const files = new Map([
    ['pillar/top.yml', '- match: os=debian\n  files: [common]\n- match: role=db\n  files: [gone]\n'],
  ])

  const { problems } = loadPillar(path => files.get(path) ?? (path === 'pillar/common.yml' ? 'a: 1\n' : undefined), {
    fleet: 'fleet-one',
    keys: [key],
  })

  expect(problems.map(({ message }) => message)).toEqual([
    '`os` is a grain, which a minion reports about itself, so it cannot select pillar files',
    'there is no file `pillar/gone.yml`',
  ])
})

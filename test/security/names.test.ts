import { dirname, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { operatorSocketPath } from '../../master/api/operator-path.ts'
import { parseFleetFile } from '../../master/fleet/fleet-file.ts'
import { recordingPath, sessionOfFile } from '../../master/recordings/recording-path.ts'
import { decodeCatalog, sha256Of } from '../../protocol/catalog.ts'
import { decodeFromMaster, decodeFromMinion, decodeHandshake, packPlain } from '../../protocol/codec.ts'
import { isJobId, isMinionId, isRunId, isSessionId, isSha256 } from '../../protocol/ids.ts'
import { decodeReport } from '../../protocol/report-codec.ts'
import { EVERY_FROM_MASTER, EVERY_FROM_MINION } from '../protocol/every-message.ts'

/** Threats 5 and 12: no name chosen by an outsider becomes part of a path. */

const HOSTILE = [
  '..',
  '.',
  '',
  '/',
  '../../etc/passwd',
  '..\\..\\x',
  '/etc/passwd',
  'a/../b',
  'a/b',
  'a\u0000b',
  'a\nb',
  '-rf',
  '--help',
  '~root',
  '%2e%2e%2f',
  'Web1',
  'dе',
  'ｄｂ１',
  'db1\u200b',
  '\u001b[2J',
  'x'.repeat(300),
  '__proto__',
  'con.',
]
const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string(),
  fc.string({ unit: fc.constantFrom('.', '/', '\\', '-', 'a', '0', '\u0000', '%') }),
)

/** True for an id that cannot escape a directory, wherever it is inserted. */
function isHarmless(id: string): boolean {
  return /^[a-z0-9][a-z0-9.-]*$/.test(id) && !id.includes('..') && resolve('/base', id) === `/base/${id}`
}

it.each([
  ['minion', isMinionId],
  ['run', isRunId],
  ['job', isJobId],
  ['session', isSessionId],
  ['hash', isSha256],
])('an id of a %s is safe as part of a path for any input', (_name, accepts: (text: string) => boolean) => {
  for (const text of HOSTILE) expect(accepts(text), JSON.stringify(text)).toBe(false)
  fc.assert(
    fc.property(hostile, text => {
      expect(!accepts(text) || isHarmless(text)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

/** Members of messages that name something that may be a file on the other side; all others are text, only shown and stored. */
const IDS = ['run', 'runs', 'sha256', 'id', 'minion', 'job', 'session', 'catalog']
const TEXTS = ['type', 'bootId', 'key', 'code', 'message', 'stream', 'outcome', 'answer', 'signal']

type Leaf = readonly (string | number)[]

function stringsIn(value: unknown, path: Leaf = []): readonly Leaf[] {
  if (typeof value === 'string') return [path]
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  return Object.entries(value).flatMap(([key, item]) => stringsIn(item, [...path, key]))
}

function withLeaf(value: unknown, [first, ...rest]: Leaf, text: string): unknown {
  if (first === undefined) return text
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === first ? withLeaf(item, rest, text) : item))
  const map = value as { readonly [key: string]: unknown }
  return { ...map, [first]: withLeaf(map[first], rest, text) }
}

const nameOf = (path: Leaf): string => String(path.findLast(part => !/^\d+$/.test(String(part))))

describe('an id in a message', () => {
  const all = [
    ...Object.values(EVERY_FROM_MINION).map(message => [message, decodeFromMinion] as const),
    ...Object.values(EVERY_FROM_MASTER).map(message => [message, decodeFromMaster] as const),
  ]
  const leaves = all.flatMap(([message, decode]) => stringsIn(message).map(path => ({ message, decode, path })))
  const ids = leaves.filter(({ path }) => IDS.includes(nameOf(path)))

  it('every text member of a message is listed in this test as an id or as text', () => {
    const unknown = leaves
      .filter(({ path }) => path[0] !== 'grains' && path[0] !== 'stateTypes')
      .map(({ path }) => nameOf(path))
      .filter(name => !IDS.includes(name) && !TEXTS.includes(name))

    expect(unknown).toEqual([])
    expect(ids.length).toBeGreaterThan(12)
  })

  it.each(ids.map(one => [one.message.type, one.path.join('.'), one] as const))(
    'the message %s refuses invalid text at %s',
    (_type, _path, { message, decode, path }) => {
      expect(() => decode(packPlain(message))).not.toThrow()
      for (const text of HOSTILE) expect(() => decode(packPlain(withLeaf(message, path, text))), text).toThrow()
    },
  )

  it('the id in a proof of identity refuses invalid text', () => {
    const bytes = (length: number): Uint8Array => new Uint8Array(length)
    const proof = {
      type: 'client-proof',
      id: 'db1',
      key: bytes(32),
      sealingKey: bytes(32),
      sealingSignature: bytes(64),
      counter: 1,
      signature: bytes(64),
    }

    expect(() => decodeHandshake(packPlain(proof))).not.toThrow()
    for (const id of HOSTILE) expect(() => decodeHandshake(packPlain({ ...proof, id })), id).toThrow()
  })
})

describe('an id in a report or a catalog', () => {
  const report = {
    format: 1,
    run: 'run-01jd3v0000000000000000000a',
    job: 'job-01jd3v0000000000000000000a',
    minion: 'db1',
    test: false,
    origin: 'order',
    catalog: 'a'.repeat(64),
    generation: 1,
    bootId: 'b',
    startedAt: '2026-11-21T10:00:00.000Z',
    finishedAt: '2026-11-21T10:00:00.000Z',
    durationMs: 1,
    state: 'done',
    counts: {},
    results: [],
    owed: [],
  }
  const catalog = {
    format: 1,
    fleet: 'fleet-1',
    minion: 'db1',
    level: 'staging',
    roles: [],
    revision: 'a'.repeat(64),
    states: [],
    slots: [],
    blobs: [{ sha256: sha256Of('x'), size: 1 }],
    stateTypes: {},
  }
  const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

  it('ids in reports and catalogs refuse invalid text', () => {
    expect(() => decodeReport(bytesOf(report))).not.toThrow()
    expect(() => decodeCatalog(bytesOf(catalog))).not.toThrow()
    for (const text of HOSTILE) {
      for (const name of ['run', 'job', 'minion', 'catalog']) {
        expect(() => decodeReport(bytesOf({ ...report, [name]: text }))).toThrow()
      }
      expect(() => decodeCatalog(bytesOf({ ...catalog, minion: text }))).toThrow()
      expect(() => decodeCatalog(bytesOf({ ...catalog, blobs: [{ sha256: text, size: 1 }] }))).toThrow()
    }
  })
})

it('a recording file stays in its directory for any session id', () => {
  fc.assert(
    fc.property(hostile, text => {
      let path: string
      try {
        path = recordingPath('/var/lib/saltern/recordings', text)
      } catch {
        expect(sessionOfFile(`${text}.cast`)).toBeUndefined()
        return
      }
      expect(dirname(path)).toBe('/var/lib/saltern/recordings')
      expect(resolve(path)).toBe(path)
    }),
    { numRuns: 2000 },
  )
  for (const text of ['..', '../x', '/etc/passwd', 'a/b', '']) expect(() => recordingPath('/r', text)).toThrow()
})

it('an operator socket stays in its directory for any operator name', () => {
  fc.assert(
    fc.property(hostile, text => {
      const yaml = `id: f\nname: f\nlevels: [a]\noperators:\n  ${JSON.stringify(text)}: {rights: []}\n`
      const { operators } = parseFleetFile(yaml, { roles: [], grantable: new Map() })
      for (const { name, user } of operators) {
        for (const path of [operatorSocketPath('/run/o', name), operatorSocketPath('/run/o', user)]) {
          expect(dirname(resolve(path))).toBe('/run/o')
        }
      }
    }),
    { numRuns: 500 },
  )
})

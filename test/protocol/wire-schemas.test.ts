import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MESSAGES_SINCE, SUPPORTED_VERSIONS, WIRE_CHANGES } from '../../protocol/version.ts'
import { fingerprintOfSchema, WIRE_SCHEMAS } from './wire-schemas.ts'

/** `UPDATE_WIRE_SCHEMAS=1` rewrites it, so that a review shows what changed on the wire. */
const SNAPSHOT = join(import.meta.dirname, '../cases/wire-schemas.json')

const names = Object.keys(WIRE_SCHEMAS)

it.each(names)('the current shape of the wire schema %s has a line in protocol/version.ts', name => {
  const noted = WIRE_CHANGES.findLast(({ schemas }) => Object.hasOwn(schemas, name))?.schemas[name]
  const line = `'${name}': '${fingerprintOfSchema(WIRE_SCHEMAS[name])}',`

  expect(
    `'${name}': '${String(noted)}',`,
    `the schema changed: add a line to WIRE_CHANGES in protocol/version.ts with \`${line}\` (or change the line of the release that is being made), and run this test with UPDATE_WIRE_SCHEMAS=1`,
  ).toBe(line)
})

it('the wire schemas match the snapshot in test/cases/wire-schemas.json', () => {
  const text = `${JSON.stringify(WIRE_SCHEMAS, undefined, 2)}\n`
  if (process.env['UPDATE_WIRE_SCHEMAS'] === '1') writeFileSync(SNAPSHOT, text)

  expect(JSON.parse(readFileSync(SNAPSHOT, 'utf8'))).toEqual(JSON.parse(text))
})

it('protocol/version.ts names no wire schema that does not exist', () => {
  const noted = WIRE_CHANGES.flatMap(({ schemas }) => Object.keys(schemas))

  expect(noted.filter(name => !names.includes(name))).toEqual([])
})

it('the schemas of the wire of messages that version 1 of the wire does not have are in MESSAGES_SINCE of protocol/version.ts', () => {
  const first = Object.keys(WIRE_CHANGES[0]?.schemas ?? {})
  const added = names.filter(name => /^(minion|master)\//.test(name) && !first.includes(name))
  const since = new Map<string, number>(Object.entries(MESSAGES_SINCE))
  const [newest = 1] = SUPPORTED_VERSIONS

  expect([
    ...added.filter(name => !since.has(name)).map(name => `${name} is new: say which version of the wire brings it`),
    ...[...since.keys()].filter(name => !added.includes(name)).map(name => `${name} is no new message`),
    ...[...since]
      .filter(([, version]) => version < 2 || version > newest)
      .map(([name, version]) => `${name} came with version ${version}, which SUPPORTED_VERSIONS does not have`),
  ]).toEqual([])
})

it('wire schemas refuse unknown members in orders and catalogs, and ignore them in minion messages', () => {
  const strict = names.filter(name => JSON.stringify(WIRE_SCHEMAS[name]).includes('"additionalProperties":false'))
  const fromMinion = (name: string): boolean => /^(minion\/|handshake\/client|report$)/.test(name)

  expect(strict).toEqual(names.filter(name => !fromMinion(name)))
})

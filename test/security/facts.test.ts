import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deriveExports } from '../../master/compile/catalog/derive.ts'
import { loadLibrary } from '../../master/compile/role/library.ts'
import { decodeFromMinion, packPlain } from '../../protocol/codec.ts'
import type { Grains } from '../../protocol/grains.ts'
import type { MinionId } from '../../protocol/ids.ts'
import type { Json } from '../../protocol/json.ts'
import { Secret } from '../../protocol/secret.ts'
import { STATES } from '../../states/index.ts'
import { createRegistry } from '../../states/registry.ts'
import { compileScene, GRAINS, problemLines, treeOf } from '../master/compile/compile-scene.ts'

/** Threats 14 and 16: facts are claims of a minion, which may send anything. They are text, and never structure. */

const HOSTILE = [
  'x\nevil:\n  cmd.run: {cmd: [reboot]}',
  '{{pillar.app.password}}',
  '{{#each grains}}{{this}}{{/each}}',
  '{{{pillar.app.password}}}',
  '*anchor',
  '&anchor x',
  '!sealed v1:aaaa',
  '!!js/function "x"',
  '<<: *x',
  '{a: b}',
  '[a, b]',
  '- a',
  'a: b',
  '# not a comment',
  '%YAML 1.1',
  '---',
  'null',
  'true',
  '0755',
  '"',
  "'",
  '\\',
  '$(reboot)',
  '`reboot`',
  '\u2028',
  '\u0000',
  '\u001b[2J',
  '../../etc/shadow',
]

const ROLE = `pillar:
  app.password: {type: secret}
`
const STATES_YML = `"note {{grains.hostname}}":
  file.managed:
    name: /etc/note
    contents: |
      host {{grains.hostname}}
      {{#each grains.addresses}}at {{this}}{{/each}}
      end
plain:
  file.managed: {name: /etc/plain, contents: "{{grains.hostname}}", require: [{file: /etc/note}]}
listed:
  cmd.run: {cmd: [/bin/echo, "{{grains.fqdn}}", "--", "{{grains.hostname}}"], require: [{file: plain}]}
chosen:
  when: '{{eq grains.hostname "never"}}'
  pkg.installed: {pkgs: [curl]}
`

function compiled(grains: Partial<Grains>) {
  return compileScene({
    roles: { 'app/role.yml': ROLE, 'app/states.yml': STATES_YML },
    pillar: { app: { password: new Secret('a clear value', 'app.password') } },
    grains,
  })
}

/** Returns a catalog with all traces of the facts replaced, so that only its structure is left. */
function structureOf(hostname: string, fqdn: string, address: string): unknown {
  const result = compiled({ hostname, fqdn, addresses: [address] })
  if (!result.ok) return problemLines(result)
  const { states, slots, blobs, checks } = result.catalog
  const [note, plain, listed] = states.map(({ params }) => params)
  return {
    states: states.map(({ type, role, requisites, guards, declaredAt }) => ({
      type,
      role,
      requires: Object.entries(requisites).map(([word, keys]) => [word, keys.length]),
      guards,
      declaredAt,
    })),
    note: note?.['contents'] === `host ${hostname}\nat ${address}\nend\n`,
    plain: plain?.['contents'] === hostname,
    argv: JSON.stringify(listed?.['cmd']) === JSON.stringify(['/bin/echo', fqdn, '--', hostname]),
    slots,
    blobs,
    checks: checks ?? [],
    secrets: result.secrets,
  }
}

const WANTED = structureOf('web1', 'web1.example', '10.0.0.11')

it('the scene for hostile facts has its expected structure', () => {
  expect(WANTED).toMatchObject({ note: true, plain: true, argv: true, slots: [], secrets: [] })
})

it.each(HOSTILE)(
  'the hostile fact %j stays text: the states and their order are unchanged, and no secret leaks',
  text => {
    expect(structureOf(text, text, text)).toEqual(WANTED)
  },
)

it('a hostile fact with any text stays text', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('{', '}', '\n', ' ', ':', '-', '#', "'", '"') }))
  fc.assert(
    fc.property(text, text, text, (hostname, fqdn, address) => {
      expect(structureOf(hostname, fqdn, address)).toEqual(WANTED)
    }),
    { numRuns: 300 },
  )
})

it.each(['/etc/{{grains.hostname}}', '/srv/{{grains.hostname}}/x'])(
  'a hostile fact cannot redirect the path %s',
  name => {
    for (const hostname of ['../shadow', '..', 'a/../../b', 'a\nb', 'a\u0000b', '.', '']) {
      const result = compileScene({
        roles: { 'app/states.yml': `x:\n  file.managed: {name: '${name}', contents: a}\n` },
        grains: { hostname },
      })

      expect(problemLines(result).join('\n')).toContain('must be an absolute path')
    }
  },
)

it('a hostile fact with a control character is refused by the wire schema', () => {
  const hello = (hostname: string): Uint8Array =>
    packPlain({
      type: 'hello',
      grains: { ...GRAINS, hostname },
      bootId: 'b',
      stateTypes: {},
      highestSequence: 0,
      runs: [],
    })

  expect(decodeFromMinion(hello('web1')).type).toBe('hello')
  for (const text of ['a\nb', 'a\u0000', '\u001b[2J', 'a\u2028b', 'a\u0085b']) {
    expect(() => decodeFromMinion(hello(text))).toThrow('the message `hello` has the wrong shape at `grains.hostname`')
  }
})

describe('what a minion reports for others', () => {
  const library = loadLibrary(
    new Map(
      Object.entries({
        'roles/db/role.yml':
          'exports:\n  key: {type: text, reported: true}\n  net: {type: cidr, reported: true}\n  more: {type: {"ip?": address}, reported: true}\n',
      }).map(([path, text]) => [path, new TextEncoder().encode(text)] as const),
    ),
  )
  const published = (reported: { readonly [name: string]: Json }): readonly string[] => {
    const subject = {
      id: 'db1' as MinionId,
      level: 'staging',
      roles: ['db'],
      vars: {},
      addresses: ['10.0.0.1', '10.7.0.0/16'],
      grains: GRAINS,
      pillar: treeOf({}) as never,
    }
    const shared = {
      fleet: 'fleet-0001' as never,
      revision: '0'.repeat(64) as never,
      library,
      members: [],
      registry: createRegistry(STATES),
      mac: () => '',
      publicKey: () => undefined,
    }
    const { exports } = deriveExports(shared, [subject], new Map([[subject.id, reported]]))
    return [...(exports.get('db')?.keys() ?? [])].sort()
  }

  it('a valid reported export reaches its readers', () => {
    expect(published({ 'db/key': 'abc', 'db/net': '10.7.0.0/24', 'db/more': { ip: '10.0.0.1' } })).toEqual([
      'key',
      'more',
      'net',
    ])
  })

  it.each<{ readonly [name: string]: Json }>([
    { 'db/key': 'abc\nevil: true' },
    { 'db/key': '\u001b[2J' },
    { 'db/key': ['abc'] },
    { 'db/net': 'everything' },
    { 'db/net': '10.0.0.0/8' },
    { 'db/more': { ip: '10.0.0.2' } },
    { 'db/more': { $text: [{ slot: 0 }] } },
    { 'db/more': { ip: '10.0.0.1', mode: '0777' } },
    { 'db/more': { ip: '10.0.0.1\n10.0.0.2' } },
    { 'db/other': 'abc' },
    { 'other/key': 'abc' },
  ])('the reported export %j does not reach readers', reported => {
    expect(published(reported)).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { allocationRequests } from '../../../../master/compile/catalog/allocations.ts'
import { certificateRequests, deriveExports } from '../../../../master/compile/catalog/derive.ts'
import type { Json } from '../../../../protocol/json.ts'
import { exported, shared, subject, told } from '../claims-scene.ts'
import { compileScene, problemLines } from '../compile-scene.ts'

it.each([
  ['address', '{{minion.address}}', '10.6.6.6'],
  ['address', '{{minion.vars.where}}', '10.5.5.5'],
  ['endpoint', '{{endpoint minion.address 80}}', '10.6.6.6:80'],
  ['cidr', '{{ip_network (concat minion.address "/24")}}', '10.6.6.0/24'],
  ['cidr', '{{allocations.net}}', '10.9.0.0/24'],
  ['cidr', '0.0.0.0/0', '0.0.0.0/0'],
])(
  'an exported address of type %s with the value `%s` comes from the fleet and is exported',
  (type, value, expected) => {
    const role = `allocations: {net: {within: 10.9.0.0/16, length: 24}}\n${exported(type, value)}`

    expect(told(role)).toMatchObject({ value: expected, problem: undefined })
  },
)

it.each([
  ['address', '{{grains.ip4}}', '10.0.0.1'],
  ['address', '{{lower grains.ip4}}', '10.0.0.1'],
  ['address', '{{first grains.addresses}}', '10.0.0.1'],
  ['address', '{{lookup grains "ip4"}}', '10.0.0.1'],
  ['address', '{{#with grains as |g|}}{{g.ip4}}{{/with}}', '10.0.0.1'],
  ['address', '{{#each grains.addresses as |one|}}{{one}}{{/each}}', '10.0.0.1'],
  ['address', '{{replace (concat grains.ip4 "x") "x" ""}}', '10.0.0.1'],
  ['address', '{{if_else (eq grains.os "debian") "10.0.0.2" "10.0.0.3"}}', '10.0.0.2'],
  ['address', '10.0.0.{{grains.num_cpus}}', '10.0.0.2'],
  ['endpoint', '{{grains.ip4}}:80', '10.0.0.1:80'],
  ['cidr', '{{grains.ip4}}/24', '10.0.0.1/24'],
  ['cidr', '{{if_else grains.ip4 "0.0.0.0/0" "::/0"}}', '0.0.0.0/0'],
  ['cidr', '{{if_else grains.ip4 "::/0" "::/0"}}', '::/0'],
  ['[address]', '{{grains.addresses}}', '10.0.0.1'],
  ['{"*": address}', '{{#if grains.ip4}}{{/if}}', undefined],
])(
  'an export of type %s with the value `%s` is withheld, and the error names the minion and the line to add',
  (type, value, claimed) => {
    const { value: found, problem, hint } = told(exported(type, value))

    expect(found).toBeUndefined()
    if (claimed === undefined) return
    expect(problem).toContain(`ADDRESS_UNTRUSTED the export \`x\` of the role \`db\`: db1 claims "${claimed}"`)
    expect(hint).toContain('to inventory.yml: `db1: {address: [10.6.6.6, 10.7.0.0/16, ')
  },
)

it('an exported address from grains is accepted when it is, or lies in, an address allocated to the minion', () => {
  const of = (value: string): Json | undefined => told(exported('address', value)).value
  const ip = (last: string): string => `{{if_else grains.ip4 "${last}" ""}}`

  expect(of(ip('10.6.6.6'))).toBe('10.6.6.6')
  expect(of(ip('10.7.3.4'))).toBe('10.7.3.4')
  expect(of(ip('10.8.3.4'))).toBeUndefined()
})

it('a pillar default made of grains is judged as if the export had read the grains itself', () => {
  const role = `pillar:
  db.bind: {type: address, default: "{{grains.ip4}}"}
  db.other: {type: address, default: "{{minion.address}}"}
${exported('{a: address, b: address}', '').replace(`''`, `{a: "{{minion.address}}", b: "{{pillar.db.bind}}"}`)}`
  const through = role.replace('{{pillar.db.bind}}', "{{lookup pillar.db 'bind'}}")
  const clean = role.replace('{{pillar.db.bind}}', '{{pillar.db.other}}')

  expect(told(role).problem).toContain('db1 claims "10.0.0.1"')
  expect(told(through).problem).toContain('db1 claims "10.0.0.1"')
  expect(told(role, { pillar: { db: { bind: '10.0.0.1' } } }).value).toEqual({ a: '10.6.6.6', b: '10.0.0.1' })
  expect(told(clean).value).toEqual({ a: '10.6.6.6', b: '10.6.6.6' })
})

it('a trusted address next to a fact in one export is judged by itself', () => {
  const role = `exports:\n  x: {type: {memory: integer, at: address}, value: {memory: "{{grains.mem_mb}}", at: "{{minion.vars.where}}"}}\n`

  expect(told(role).value).toEqual({ memory: 2048, at: '10.5.5.5' })
})

it.each([
  ['address', '10.0.0.1'],
  ['endpoint', '10.0.0.1:80'],
  ['cidr', '0.0.0.0/0'],
  ['cidr', '::/0'],
  ['cidr', '10.0.0.0/8'],
  ['[cidr]', ['10.7.0.0/24', '10.0.0.0/8']],
  ['{"*": address}', { a: '10.0.0.1' }],
])('an export of type %s that a minion reports as %j is withheld', (type, reported) => {
  expect(told(`exports:\n  x: {type: ${type}, reported: true}\n`, { reported }).value).toBeUndefined()
})

it('an address that a minion reports and holds is exported', () => {
  const report = (type: string, reported: Json): Json | undefined => {
    return told(`exports:\n  x: {type: ${type}, reported: true}\n`, { reported }).value
  }

  expect(report('address', '10.6.6.6')).toBe('10.6.6.6')
  expect(report('endpoint', '10.6.6.6:80')).toBe('10.6.6.6:80')
  expect(report('cidr', '10.7.4.0/24')).toBe('10.7.4.0/24')
  expect(report('cidr', '10.6.6.6/32')).toBe('10.6.6.6/32')
})

it('the reader of a reported export with an untrusted address waits and is told its sender and the line to add', () => {
  const role = `exports:\n  x: {type: address, reported: true}\n`
  const one = subject()
  const derived = deriveExports(shared(role), [one], new Map([[one.id, { 'db/x': '10.0.0.1' }]]))
  const read = (expression: string): string => {
    const states = `/x:\n  file.managed: {contents: '{{${expression}}}'}\n`
    return problemLines(compileScene({ roles: { 'app/states.yml': states }, input: derived })).join()
  }

  expect(read('export "db" "x"')).toContain('EXPORT_PENDING the export `x` of the role `db`: db1 claims "10.0.0.1"')
  expect(read('export "db" "x"')).toContain('inventory.yml: `db1: {address: [10.6.6.6, 10.7.0.0/16, 10.0.0.1]}`')
  expect(read('json (exports "db" "x")')).toBe('(no problem)')
})

it('a reader of an invalid derived export is not compiled, and other readers of the minion are', () => {
  const role = `exports:\n  x: {type: address, value: "{{grains.ip4}}"}\n  y: {type: integer, value: 5}\n`
  const derived = deriveExports(shared(role), [subject()])
  const read = (expression: string): string => {
    const states = `/x:\n  file.managed: {contents: '{{${expression}}}'}\n`
    return problemLines(compileScene({ roles: { 'app/states.yml': states }, input: derived })).join()
  }

  for (const reader of ['export "db" "x"', 'json (exports "db" "x")', 'export_of "db1" "db" "x"']) {
    expect(read(reader)).toContain('db1 claims "10.0.0.1"')
  }
  expect(read('default (export_of "db2" "db" "x") "none"')).toBe('(no problem)')
  expect(read('json (export "db" "y")')).toBe('(no problem)')
})

describe('a name in a certificate', () => {
  const request = (names: string, common = '{{minion.id}}') => {
    const role = `certificates:\n  web: {common_name: '${common}', alt_names: [${names}]}\n`
    const { requests, problems } = certificateRequests(shared(role), subject())
    return { names: requests[0]?.altNames, problems: problems.map(({ code, message }) => `${code} ${message}`) }
  }

  it('certificate names come from the fleet or are addresses held by the minion', () => {
    expect(request("'DNS:{{minion.id}}', 'IP:{{minion.address}}', 'IP:{{minion.vars.where}}'").names).toEqual([
      'DNS:db1',
      'IP:10.6.6.6',
      'IP:10.5.5.5',
    ])
    expect(request("'IP:{{if_else grains.ip4 minion.address 1}}'").names).toEqual(['IP:10.6.6.6'])
  })

  it.each([
    ["'IP:{{grains.ip4}}'", '{{minion.id}}', 'IP:10.0.0.1'],
    ["'DNS:{{minion.id}}', 'IP:{{lower grains.ip4}}'", '{{minion.id}}', 'IP:10.0.0.1'],
    ["'DNS:{{grains.fqdn}}'", '{{minion.id}}', 'DNS:web1.example'],
    ["'DNS:{{minion.id}}'", '{{grains.hostname}}', '10.0.0.1'],
  ])(
    'a certificate with names %s and common name `%s` is refused when only the minion claims a name',
    (names, common, claimed) => {
      const found = request(names, common)

      expect(found.names).toBeUndefined()
      expect(found.problems).toEqual([
        `ADDRESS_UNTRUSTED the certificate \`web\`: db1 claims the name \`${claimed}\`, which is not an address held for it`,
      ])
    },
  )
})

it('the range of an allocation cannot be computed from grains', () => {
  const role = `allocations:\n  net: {within: '{{grains.ip4}}/24', length: 28}\n`
  const { requests, problems } = allocationRequests(shared(role), subject())

  expect(requests).toEqual([])
  expect(problems.map(({ code }) => code)).toEqual(['ADDRESS_UNTRUSTED'])
})

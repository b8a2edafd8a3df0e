import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ContractMinion } from '../../../master/contract/input.ts'
import { judge, minion, NOTHING, ports, role } from './scene.ts'

const ids = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/), { minLength: 1, maxLength: 6 })
const level = fc.constantFrom('staging', 'production')
const socket = fc.record({
  proto: fc.constantFrom<'tcp' | 'udp'>('tcp', 'udp'),
  address: fc.constantFrom('0.0.0.0', '::', '127.0.0.1', '::1', '10.0.0.5', '203.0.113.5'),
  port: fc.integer({ min: 1, max: 65_535 }),
})
const count = fc.record({ min: fc.integer({ min: 0, max: 4 }), more: fc.integer({ min: 0, max: 4 }) })

const fleet = ids.chain(names =>
  fc.tuple(...names.map(name => fc.tuple(fc.constant(name), level, fc.constantFrom('db', 'db web', 'web')))),
)

it('the contract count equals a naive count of each level and skips levels without the role', () => {
  fc.assert(
    fc.property(fleet, count, (members, { min, more }) => {
      const minions = members.map(([id, at, roles]) => minion(id, roles, { level: at }))
      const findings = judge([role('db', { count: { min, max: min + more } })], minions)
      const held = new Map<string, number>()
      for (const [, at, roles] of members) {
        if (roles.startsWith('db')) held.set(at, (held.get(at) ?? 0) + 1)
      }

      expect(new Map(findings.map(finding => [finding.level, finding.ok]))).toEqual(
        new Map([...held].map(([at, number]) => [at, number >= min && number <= min + more])),
      )
    }),
  )
})

it('the contract result does not depend on the order of roles, minions and reports', () => {
  const seen = fc.array(socket, { maxLength: 12 })
  fc.assert(
    fc.property(fleet, seen, fc.integer(), (members, open, seed) => {
      const shuffled = <Item>(items: readonly Item[]): readonly Item[] => {
        return items
          .map((item, at) => ({ item, key: Math.sin(seed + at) }))
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item)
      }
      const roles = [
        role('db', { count: { min: 1 }, ports: { public: [], internal: ports('3306/tcp') } }),
        role('web', { publicIp: true, ports: { public: ports('443/tcp'), internal: [] } }),
      ]
      const minions = (sockets: readonly (typeof open)[number][]): readonly ContractMinion[] =>
        members.map(([id, at, names]) => minion(id, names, { level: at, observed: { ...NOTHING, sockets } }))

      expect(judge(shuffled(roles), shuffled(minions(shuffled(open))))).toEqual(judge(roles, minions(open)))
    }),
  )
})

it('an undeclared port is reported exactly when other hosts can reach it', () => {
  fc.assert(
    fc.property(socket, one => {
      const findings = judge(
        [role('db', { ports: { public: [], internal: ports('3306/tcp', '53/udp') } })],
        [minion('a', 'db', { observed: { ...NOTHING, sockets: [one] } })],
      )
      const found = findings.some(finding => finding.found.startsWith('port not declared'))
      const reachable = ['0.0.0.0', '::', '203.0.113.5'].includes(one.address)
      const allowed =
        one.proto === 'tcp' ? [22, 3306].includes(one.port) : [53, 68, 546].includes(one.port) || one.port >= 32_768

      expect(found).toBe(reachable && !allowed)
    }),
    {
      numRuns: 500,
      examples: [[{ proto: 'tcp', address: '0.0.0.0', port: 22 }], [{ proto: 'udp', address: '::', port: 53 }]],
    },
  )
})

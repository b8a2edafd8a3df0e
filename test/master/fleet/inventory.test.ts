import { describe, expect, it } from 'vitest'
import { assign, parseInventory } from '../../../master/fleet/inventory.ts'

it('the inventory adds up roles of all matching entries, and the exact entry of a minion takes precedence', () => {
  const { entries, problems } = parseInventory(
    'db1: {roles: [masterdb], level: production}\n"db*": {roles: [db], level: staging, vars: {rack: a}}\n',
    ['production', 'staging'],
  )
  expect(problems).toEqual([])
  expect(assign(entries, 'db1', { roles: ['base'], level: 'staging' })).toEqual({
    roles: ['base', 'db', 'masterdb'],
    level: 'production',
    vars: { rack: 'a' },
    addresses: [],
    withheld: [],
  })
})

it('the cost of reading an inventory does not grow with its square when it names each minion', () => {
  const reads = [50, 100, 200].map(size => {
    const names = Array.from({ length: size }, (_, index) => `m${index}`)
    const { entries } = parseInventory(names.map(name => `${name}: {roles: [base]}\n`).join(''), ['staging'])
    let count = 0
    const counted = entries.map(entry => {
      return Object.defineProperty({ ...entry }, 'pattern', {
        get: () => {
          count += 1
          return entry.pattern
        },
      })
    })
    for (const name of names) expect(assign(counted, name).roles).toEqual(['base'])
    return count / size
  })

  expect(reads).toEqual([2, 2, 2])
})

describe('an address in the inventory', () => {
  const parsed = (text: string) => parseInventory(text, ['staging'])
  const problems = (text: string): readonly string[] => {
    return parsed(text).problems.map(({ message, source }) => `${source?.line}:${source?.column} ${message}`)
  }

  it('an address in the inventory is one or several in canonical form, the main one first, and `ip4` is an alias', () => {
    const { entries } = parsed(
      'db1: {address: "2001:DB8:0::5", ip4: 10.0.0.5}\ndb2: {address: [10.0.0.6, 10.8.1.0/16]}\n',
    )

    expect(assign(entries, 'db1').addresses).toEqual(['2001:db8::5', '10.0.0.5'])
    expect(assign(entries, 'db2').addresses).toEqual(['10.0.0.6', '10.8.0.0/16'])
  })

  it('an address that two minions share in the inventory is an error that names both places', () => {
    expect(problems('db1: {address: 10.0.0.5}\ndb2: {roles: [], ip4: 10.0.0.5}\n')).toEqual([
      '2:23 `db2` and `db1` (inventory.yml:1:1) have the address `10.0.0.5` in common',
    ])
    expect(problems('db1: {address: [10.9.9.9, 10.0.0.0/24]}\ndb2: {address: 10.0.0.5}\n')).toEqual([
      '2:16 `db2` and `db1` (inventory.yml:1:1) have the address `10.0.0.5` in common',
    ])
    expect(problems('db1: {address: 10.0.0.5}\ndb2: {address: [10.9.9.9, 10.0.0.0/24]}\n')).toEqual([
      '2:16 `db2` and `db1` (inventory.yml:1:1) have the address `10.0.0.0/24` in common',
    ])
    expect(
      problems('db1: {address: [10.9.9.9, 10.0.0.0/24]}\ndb2: {address: [10.9.9.8, 10.0.0.128/25]}\n'),
    ).toHaveLength(1)
    expect(problems('db1: {address: [10.0.0.5, 10.0.0.0/24], ip4: 10.0.0.5}\n')).toEqual([])
  })

  it('an address on a glob entry of the inventory is an error because many minions match', () => {
    expect(problems('"db*": {address: 10.0.0.5}\n')).toEqual([
      '1:18 an address belongs to one minion, and `db*` is a glob',
    ])
    expect(problems('"db*": {ip4: 10.0.0.5}\n')).toHaveLength(1)
  })

  it.each(['127.0.0.1', '0.0.0.0/0', '10.0.0.0/8', 'nowhere', '10.0.0.010', '"::"'])(
    'the inventory rejects %s as a main address',
    text => {
      expect(problems(`db1: {address: ${text}}\n`)[0]).toContain('`address` must be the IP address of one host')
      expect(problems(`db1: {ip4: ${text}}\n`)[0]).toContain('`ip4` must be the IPv4 address of one host')
    },
  )

  it('the inventory rejects the whole internet as an address', () => {
    expect(problems('db1: {address: [10.0.0.1, 0.0.0.0/0]}\n')).toHaveLength(1)
    expect(problems('db1: {address: [10.0.0.1, "::/0"]}\n')).toHaveLength(1)
  })
})

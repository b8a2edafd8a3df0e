import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cidrContains } from '../../../../master/address/address.ts'
import {
  type AllocationRange,
  chooseAllocation,
  isInRange,
} from '../../../../master/compile/catalog/allocation-range.ts'
import { compileScene, problemLines, type Scene } from '../compile-scene.ts'

const numbers = (from: number, to: number): AllocationRange => ({ kind: 'number', from, to })
const networks = (within: string, length: number): AllocationRange => ({ kind: 'prefix', within, length })

it('chooseAllocation returns the lowest free value', () => {
  expect(chooseAllocation(numbers(1, 9), [])).toBe(1)
  expect(chooseAllocation(numbers(1, 9), [1, 2, 4, 'x'])).toBe(3)
  expect(chooseAllocation(networks('2001:db8::/44', 48), ['2001:db8::/48'])).toBe('2001:db8:1::/48')
  expect(chooseAllocation(networks('10.0.0.0/24', 26), ['10.0.0.0/26', '10.0.0.128/26'])).toBe('10.0.0.64/26')
})

it('chooseAllocation returns nothing when all values are allocated', () => {
  expect(chooseAllocation(numbers(1, 2), [2, 1])).toBeUndefined()
  expect(chooseAllocation(networks('10.0.0.0/30', 31), ['10.0.0.0/31', '10.0.0.2/31'])).toBeUndefined()
  expect(chooseAllocation(networks('10.0.0.0/30', 31), ['10.0.0.0/8'])).toBeUndefined()
})

it('chooseAllocation never overlaps an allocated network, whatever its length', () => {
  const held = fc.array(
    fc.tuple(fc.nat(255), fc.integer({ min: 24, max: 32 })).map(([octet, length]) => `10.0.0.${octet}/${length}`),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(held, fc.integer({ min: 24, max: 32 }), (taken, length) => {
      const value = chooseAllocation(networks('10.0.0.0/24', length), taken)
      if (typeof value !== 'string') return
      expect(isInRange(networks('10.0.0.0/24', length), value)).toBe(true)
      const overlapping = taken.filter(one => cidrContains(one, value) === true || cidrContains(value, one) === true)
      expect(overlapping).toEqual([])
    }),
  )
})

it('isInRange detects allocated values outside the current range', () => {
  expect(isInRange(numbers(1, 9), 10)).toBe(false)
  expect(isInRange(networks('10.0.0.0/24', 26), '10.0.0.64/27')).toBe(false)
  expect(isInRange(networks('10.0.0.0/24', 26), '10.0.1.0/26')).toBe(false)
  expect(isInRange(networks('10.0.0.0/24', 26), 7)).toBe(false)
})

function scene(role: string, other = ''): Scene {
  return {
    roles: {
      'app/role.yml': role,
      'app/states.yml': '/etc/x:\n  file.managed: {contents: "{{allocations.number}} {{allocations.net}}"}\n',
      'base/role.yml': other,
    },
  }
}

it('allocations are visible in their role and in roles that include it, and the nearest declaration of a name wins', () => {
  const base = 'allocations:\n  number: {from: 7, to: 9}\n  net: {within: 10.0.0.0/24, length: 26}\n'
  const compiled = compileScene(scene('include: [base]\nallocations:\n  number: {from: "{{add 1 1}}", to: 5}\n', base))

  expect(problemLines(compiled)).toEqual(['(no problem)'])
  expect(compiled.ok && compiled.catalog.states[0]?.params['contents']).toBe('2 10.0.0.0/26')
})

it('an allocation that no role declares is an unknown name', () => {
  expect(problemLines(compileScene(scene('allocations:\n  number: {from: 1, to: 5}\n')))).toEqual([
    'roles/app/states.yml:2:52 NAME_UNKNOWN there is no `allocations.net` | There is `number`.',
  ])
})

import { expect, it, vi } from 'vitest'
import { cidrContains } from '../../../master/address/address.ts'
import { orderStates } from '../../../master/compile/catalog/graph.ts'
import type { ResolvedState } from '../../../master/compile/catalog/resolve.ts'
import { ProblemSink } from '../../../master/compile/language/problem-sink.ts'
import type { StateKey } from '../../../protocol/ids.ts'

const POSITION = { file: 'roles/app/states.yml', line: 1, column: 1 }

/** A chain of states, each requiring the one before, in reverse order; `read` is called for every access to one of them. */
function chain(size: number, read: () => void = () => undefined): readonly ResolvedState[] {
  return Array.from({ length: size }, (_, index): ResolvedState => {
    const require = index === 0 ? [] : [{ type: 'cmd.run', name: `s${index - 1}`, position: POSITION }]
    const state = {
      key: `app/cmd.run/s${index}` as StateKey,
      type: 'cmd.run',
      id: `s${index}`,
      name: `s${index}`,
      role: 'app',
      declaredAt: [POSITION],
      params: {},
      owns: undefined,
      confirm: 0,
      global: { requisites: { require }, reverse: {}, order: 0 },
    } as unknown as ResolvedState
    return new Proxy(state, {
      get: (target, name) => {
        read()
        return Reflect.get(target, name) as unknown
      },
    })
  }).toReversed()
}

function sorted(states: readonly ResolvedState[]): readonly string[] {
  const sink = new ProblemSink(() => undefined)
  const ordered = orderStates(states, role => [role], sink)
  expect(sink.problems).toEqual([])
  return ordered.states.map(({ state }) => state.id)
}

it('sorting visits each state of a chain of 400 requisites as often as in a chain of 100', () => {
  const looks = [100, 200, 400].map(size => {
    let count = 0
    expect(sorted(chain(size, () => (count += 1))).at(-1)).toBe(`s${size - 1}`)
    return Math.round(count / size)
  })

  expect(new Set(looks).size).toBe(1)
})

it('sorting handles a chain of 20,000 requisites', () => {
  expect(sorted(chain(20_000)).slice(0, 3)).toEqual(['s0', 's1', 's2'])
})

it('a network is parsed once, however many minions use it', () => {
  const split = vi.spyOn(String.prototype, 'split')
  const ask = (): number => {
    const before = split.mock.calls.length
    expect(cidrContains('10.77.0.0/16', '10.77.3.4')).toBe(true)
    return split.mock.calls.length - before
  }
  ask()
  const again = [ask(), ask()]
  split.mockRestore()

  expect(again).toEqual([0, 0])
})

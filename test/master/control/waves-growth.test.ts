import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type WaveNode, wavesOf } from '../../../master/control/waves.ts'

/** The definition itself: short but slow. */
function byDefinition(nodes: readonly WaveNode[]): { readonly [id: string]: number } {
  const producers = (reader: WaveNode): readonly WaveNode[] =>
    nodes.filter(
      node =>
        node.id !== reader.id &&
        node.level === reader.level &&
        node.roles.some(role => reader.readsFrom.includes(role)),
    )
  const reached = (from: WaveNode, seen = new Set<WaveNode>()): ReadonlySet<WaveNode> => {
    for (const next of producers(from)) if (!seen.has(next)) reached(next, seen.add(next))
    return seen
  }
  const waveOf = (node: WaveNode): number => {
    const circle = [...reached(node)].filter(other => reached(other).has(node))
    const before = [node, ...circle].flatMap(producers).filter(other => other !== node && !circle.includes(other))
    return before.length === 0 ? 0 : 1 + Math.max(...before.map(waveOf))
  }
  return Object.fromEntries(nodes.map(node => [node.id, waveOf(node)]))
}

const ROLE = fc.constantFrom('a', 'b', 'c', 'd')
const NODES = fc
  .array(
    fc.record({
      level: fc.constantFrom('staging', 'production'),
      roles: fc.uniqueArray(ROLE, { maxLength: 3 }),
      readsFrom: fc.uniqueArray(ROLE, { maxLength: 2 }),
    }),
    { maxLength: 7 },
  )
  .map(all => all.map((one, index): WaveNode => ({ id: `m${index}`, ...one })))

it('waves match their definition for any fleet', () => {
  fc.assert(
    fc.property(NODES, nodes => {
      expect(Object.fromEntries(wavesOf(nodes))).toEqual(byDefinition(nodes))
    }),
  )
})

it('computing waves visits each minion as often in a fleet of 400 as in one of 100', () => {
  const looksAt = (size: number): number => {
    let looks = 0
    const nodes = Array.from({ length: size }, (_, index) => {
      const one: WaveNode = { id: `m${index}`, level: 'staging', roles: [`r${index % 7}`], readsFrom: ['r0'] }
      return new Proxy(one, {
        get: (target, name) => {
          looks += 1
          return Reflect.get(target, name) as unknown
        },
      })
    })
    wavesOf(nodes)
    return looks / size
  }

  expect([100, 200, 400].map(looksAt)).toEqual([looksAt(100), looksAt(100), looksAt(100)])
})

it('computing waves handles a chain of 20,000 minions that each read from the previous one', () => {
  const nodes = Array.from({ length: 20_000 }, (_, index): WaveNode => {
    return { id: `m${index}`, level: 'staging', roles: [`r${index}`], readsFrom: [`r${index - 1}`] }
  })

  expect(wavesOf(nodes).get('m19999')).toBe(19_999)
})

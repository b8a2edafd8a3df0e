import { connectedGroups } from './connected-groups.ts'

/** A minion of a job: what it publishes by its roles, and from which roles it reads. */
export interface WaveNode {
  readonly id: string
  readonly level: string
  readonly roles: readonly string[]
  /** Roles whose exports its catalog read. */
  readonly readsFrom: readonly string[]
}

/**
 * Producers before readers of the same level: the wave of each minion, from 0. Minions that read from each other in a
 * circle are in one wave. Pure. Minions with the same level, roles and reads are one point of the graph, and readers meet
 * their producers at a point for each role: the cost grows with the minions and their roles, not with pairs of minions.
 */
export function wavesOf(nodes: readonly WaveNode[]): ReadonlyMap<string, number> {
  const { points, classOf } = graphOf(nodes)
  // Of a class the wave, of a role the highest wave of its producers; a role that nobody has is below all.
  const heights = points.map(() => NOBODY)
  for (const group of connectedGroups(points.map(({ to }) => to))) {
    const inside = new Set(group)
    const below = group.flatMap(point => points[point]?.to ?? []).filter(point => !inside.has(point))
    const highest = below.reduce((most, point) => Math.max(most, heights[point] ?? NOBODY), NOBODY)
    const hasClass = group.some(point => points[point]?.kind === 'class')
    for (const point of group) heights[point] = hasClass ? highest + 1 : highest
  }
  return new Map(nodes.map(({ id }, index) => [id, heights[classOf[index] ?? 0] ?? 0]))
}

const NOBODY = -1

interface Point {
  readonly kind: 'class' | 'role'
  /** A class leads to the roles that it reads from, a role to the classes that have it. */
  readonly to: number[]
}

function graphOf(nodes: readonly WaveNode[]): {
  readonly points: readonly Point[]
  readonly classOf: readonly number[]
} {
  const points: Point[] = []
  const known = new Map<string, number>()
  const pointOf = (
    kind: Point['kind'],
    name: readonly unknown[],
    made: (at: number) => void = () => undefined,
  ): number => {
    const key = JSON.stringify([kind, ...name])
    const found = known.get(key)
    if (found !== undefined) return found
    const at = points.push({ kind, to: [] }) - 1
    known.set(key, at)
    made(at)
    return at
  }
  const classOf = nodes.map(({ level, roles, readsFrom }) => {
    const [own, read] = [[...new Set(roles)].sort(), [...new Set(readsFrom)].sort()]
    return pointOf('class', [level, own, read], at => {
      for (const role of own) points[pointOf('role', [level, role])]?.to.push(at)
      for (const role of read) points[at]?.to.push(pointOf('role', [level, role]))
    })
  })
  return { points, classOf }
}

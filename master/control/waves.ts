import { connectedGroups } from './connected-groups.ts'

/** A minion of a job: its roles, which publish exports, and the roles that it reads from. */
export interface WaveNode {
  readonly id: string
  readonly level: string
  readonly roles: readonly string[]
  /** Roles whose exports its catalog read. */
  readonly readsFrom: readonly string[]
}

/**
 * Computes the wave of each minion, from 0: producers before readers of the same level. Minions that read from each other in a
 * cycle share a wave. Pure. Minions with equal level, roles and reads form one point of the graph, and readers connect to
 * producers through a point per role, so the cost grows with minions and their roles, not with pairs of minions.
 */
export function wavesOf(nodes: readonly WaveNode[]): ReadonlyMap<string, number> {
  const { points, classOf } = graphOf(nodes)
  // The height of a class is its wave; that of a role is the highest wave of its producers. A role without minions is below
  // all.
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
  /** A class leads to the roles it reads from; a role leads to the classes that have it. */
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

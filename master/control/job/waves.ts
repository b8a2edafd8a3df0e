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
 * circle are in one wave. Pure.
 */
export function wavesOf(nodes: readonly WaveNode[]): ReadonlyMap<string, number> {
  const producers = new Map(
    nodes.map(reader => {
      const from = nodes.filter(node => {
        return (
          node.id !== reader.id &&
          node.level === reader.level &&
          node.roles.some(role => reader.readsFrom.includes(role))
        )
      })
      return [reader.id, from.map(({ id }) => id)] as const
    }),
  )
  const reach = new Map(nodes.map(({ id }) => [id, reachable(id, producers)]))
  const inCircle = (a: string, b: string): boolean => reach.get(a)?.has(b) === true && reach.get(b)?.has(a) === true
  const waves = new Map<string, number>()
  const waveOf = (id: string): number => {
    const known = waves.get(id)
    if (known !== undefined) return known
    const circle = [id, ...nodes.map(node => node.id).filter(other => other !== id && inCircle(id, other))]
    const before = circle.flatMap(member =>
      (producers.get(member) ?? []).filter(producer => !circle.includes(producer)),
    )
    const wave = before.length === 0 ? 0 : 1 + Math.max(...before.map(waveOf))
    for (const member of circle) waves.set(member, wave)
    return wave
  }
  for (const { id } of nodes) waveOf(id)
  return waves
}

function reachable(from: string, edges: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set<string>()
  const open = [...(edges.get(from) ?? [])]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(edges.get(next) ?? []))
  }
  return seen
}

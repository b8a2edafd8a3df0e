/**
 * Finds the strongly connected components of a directed graph (Tarjan), each after all components that it leads to.
 * `edges[point]` lists the targets of a point. Pure; linear and not recursive, because a chain can be as long as the fleet is
 * large.
 */
export function connectedGroups(edges: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const groups: number[][] = []
  const order = edges.map(() => 0)
  const lowest = edges.map(() => 0)
  const isOpen = edges.map(() => false)
  const open: number[] = []
  let count = 0
  const enter = (point: number): Visit => {
    count += 1
    order[point] = count
    lowest[point] = count
    isOpen[point] = true
    open.push(point)
    return { point, next: 0 }
  }
  const leave = (point: number): void => {
    if (lowest[point] !== order[point]) return
    const group = open.splice(open.lastIndexOf(point))
    for (const member of group) isOpen[member] = false
    groups.push(group)
  }
  const lower = (point: number, to: number): void => {
    lowest[point] = Math.min(lowest[point] ?? 0, to)
  }
  for (const start of edges.keys()) {
    if (order[start] !== 0) continue
    const path: Visit[] = [enter(start)]
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { point } = visit
      const to = edges[point]?.[visit.next]
      visit.next += 1
      if (to === undefined) {
        path.pop()
        leave(point)
        const from = path.at(-1)
        if (from !== undefined) lower(from.point, lowest[point] ?? 0)
      } else if (order[to] === 0) path.push(enter(to))
      else if (isOpen[to] === true) lower(point, order[to] ?? 0)
    }
  }
  return groups
}

interface Visit {
  readonly point: number
  /** Index of the next edge to visit. */
  next: number
}

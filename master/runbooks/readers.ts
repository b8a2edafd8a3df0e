import { producersOf } from '../compile/catalog/derive.ts'
import type { ControlContext } from '../context.ts'
import { compileMinions } from '../control/compile-minions.ts'
import { takeSnapshot } from '../control/snapshot.ts'

/** Lists minions of the level whose catalogs read an export of one of these roles. `issue`: also issues certificates for them. */
export async function readersIn(
  context: ControlContext,
  level: string,
  roles: readonly string[],
  options: { readonly issue: boolean },
): Promise<readonly string[]> {
  if (roles.length === 0) return []
  const snapshot = await takeSnapshot(context)
  const peers = snapshot.minions.filter(({ known, assignment }) => known !== undefined && assignment.level === level)
  const { compiled } = await compileMinions(context, snapshot, peers, options)
  const reading = compiled.filter(one => producersOf(one.compiled.reads).some(role => roles.includes(role)))
  return reading.map(({ minion }) => minion.id)
}

import type { z } from 'zod'
import { AppError, type Problem } from '../../protocol/errors.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import type { FleetSnapshot } from '../control/snapshot.ts'
import { mergePillar } from '../pillar/tree.ts'
import type { ScheduledVerb, ScheduleEntry } from '../schedule/entry.ts'
import { SCHEDULE_FILE } from '../schedule/entry.ts'
import { parseSaved } from '../target/parse.ts'
import type { Groups } from '../target/target.ts'
import { pillarAt } from '../yaml/pillar-tree.ts'
import { orderOf } from './claim.ts'
import { inputOf } from './scheduled-run.ts'

/** Checks what schedule.yml alone cannot show: input of verbs, and pillar values that must exist. Pure. */
export function lintSchedule(
  { fleet, pillar }: Pick<FleetSnapshot, 'fleet' | 'pillar'>,
  inputs: { readonly [Verb in ScheduledVerb]: z.ZodType },
): readonly Problem[] {
  // An older file is in force then, so its problems have no position in this one.
  if (fleet.scheduleProblems.length > 0) return fleet.scheduleProblems
  const { entries, recipients } = fleet.schedule
  const ofInputs = entries.flatMap((entry): readonly Problem[] => {
    const parsed = inputs[entry.verb].safeParse(inputOf(orderOf(entry)))
    return (parsed.error?.issues ?? []).map(({ path, message }) => {
      const at = path.length === 0 ? '' : `\`${path.map(String).join('.')}\`: `
      return invalid(entry.position, `\`${entry.name}\`: \`options\` do not fit \`${entry.verb}\`: ${at}${message}`)
    })
  })
  const ofTargets = entries.flatMap(entry => targetProblems(entry, fleet.groups))
  const [first, ...rest] = [...pillar.files.values()]
  const tree = first === undefined ? undefined : rest.reduce(mergePillar, first)
  const ofSecrets = [...recipients].flatMap(([name, recipient]): readonly Problem[] => {
    const path =
      recipient.kind === 'mail' ? recipient.passwordSecret : recipient.kind === 'webhook' ? recipient.secret : undefined
    if (path === undefined || (tree !== undefined && pillarAt(tree, path.split('.'))?.kind === 'secret')) return []
    const top = { file: SCHEDULE_FILE, line: 1, column: 1 }
    return [
      {
        ...invalid(top, `\`${name}\` uses the pillar value \`${path}\`, which is not set or not sealed`),
        hint: `Seal it: \`master pillar set ${path} < file\`.`,
      },
    ]
  })
  return [...ofInputs, ...ofTargets, ...ofSecrets]
}

/** The groups that a target names must be there. */
function targetProblems({ name, target, position }: ScheduleEntry, groups: Groups): readonly Problem[] {
  try {
    parseSaved(target, groups)
    return []
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    return thrown.problems.map(({ hint, message }) => {
      return { ...invalid(position, `\`${name}\`: \`target\`: ${message}`), ...(hint === undefined ? {} : { hint }) }
    })
  }
}

function invalid(source: SourcePosition, message: string): Problem {
  return { code: 'FLEET_INVALID', message, source }
}

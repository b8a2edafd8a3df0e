import type { VerbName } from '../../verbs/index.ts'
import { addressCommands } from './address.ts'
import { allocationCommands } from './allocation.ts'
import { applyCommands } from './apply.ts'
import { auditCommands } from './audit.ts'
import { complianceCommands } from './compliance.ts'
import { contractCommands } from './contract.ts'
import type { AnyAnswer, CommandDefinition } from './define.ts'
import { eventCommands } from './events.ts'
import { fleetCommands } from './fleet.ts'
import { jobCommands } from './jobs.ts'
import { joinTokenCommands } from './join-tokens.ts'
import { keyCommands } from './keys.ts'
import { minionCommands } from './minions.ts'
import { orphanCommands } from './orphans.ts'
import { pillarCommands } from './pillar.ts'
import { remoteCommands } from './remote.ts'
import { runbookCommands } from './runbook.ts'
import { scheduleCommands } from './schedule.ts'
import { sessionCommands } from './sessions.ts'
import { setupCommands } from './setup.ts'
import { shellCommands } from './shell.ts'
import { statusCommands } from './status.ts'

/** All commands below `master`, in the order of the help. */
export const COMMANDS: readonly CommandDefinition[] = [
  ...setupCommands,
  ...minionCommands,
  ...applyCommands,
  ...orphanCommands,
  ...statusCommands,
  ...jobCommands,
  ...eventCommands,
  ...fleetCommands,
  ...contractCommands,
  ...complianceCommands,
  ...shellCommands,
  ...auditCommands,
  ...sessionCommands,
  ...scheduleCommands,
  ...remoteCommands,
  ...allocationCommands,
  ...addressCommands,
  ...runbookCommands,
  ...keyCommands,
  ...joinTokenCommands,
  ...pillarCommands,
]

const ANSWERS: ReadonlyMap<VerbName, AnyAnswer> = new Map(
  COMMANDS.flatMap(({ answers }) => answers).map(answer => [answer.verb, answer]),
)

/** Looks up how to show the result of a verb. A house test checks that every verb has an answer. */
export function answerTo(verb: VerbName): AnyAnswer {
  const answer = ANSWERS.get(verb)
  if (answer === undefined) throw new TypeError(`no command shows the result of ${verb}`)
  return answer
}

import type { z } from 'zod'
import { addressVerbs } from './address.ts'
import { allocationVerbs } from './allocation.ts'
import { applyVerbs } from './apply.ts'
import { auditVerbs } from './audit.ts'
import { complianceVerbs } from './compliance.ts'
import { contractVerbs } from './contract.ts'
import type { Asked } from './define.ts'
import { doctorVerbs } from './doctor.ts'
import { eventVerbs } from './events.ts'
import { fleetVerbs } from './fleet.ts'
import { grainVerbs } from './grains.ts'
import { jobVerbs } from './jobs.ts'
import { joinTokenVerbs } from './join-tokens.ts'
import { keyVerbs } from './keys.ts'
import { minionVerbs } from './minions.ts'
import { nameVerbs } from './names.ts'
import { orphanVerbs } from './orphans.ts'
import { overviewVerbs } from './overview.ts'
import { pillarVerbs } from './pillar.ts'
import { runbookVerbs } from './runbook.ts'
import { scheduleVerbs } from './schedule.ts'
import { sessionVerbs } from './sessions.ts'
import { sshConfigVerbs } from './ssh-config.ts'
import { statusVerbs } from './status.ts'

/** Everything that an operator can request from the master. */
export const VERBS = [
  ...minionVerbs,
  ...grainVerbs,
  ...applyVerbs,
  ...orphanVerbs,
  ...jobVerbs,
  ...eventVerbs,
  ...statusVerbs,
  ...doctorVerbs,
  ...overviewVerbs,
  ...nameVerbs,
  ...sshConfigVerbs,
  ...keyVerbs,
  ...joinTokenVerbs,
  ...pillarVerbs,
  ...fleetVerbs,
  ...contractVerbs,
  ...complianceVerbs,
  ...sessionVerbs,
  ...auditVerbs,
  ...scheduleVerbs,
  ...runbookVerbs,
  ...allocationVerbs,
  ...addressVerbs,
] as const

export type AnyVerb = (typeof VERBS)[number]
export type VerbName = AnyVerb['name']
export type VerbOf<Name extends VerbName> = Extract<AnyVerb, { readonly name: Name }>
/** Input as an operator gives it: defaults may be omitted. */
export type InputOf<Name extends VerbName> = z.input<VerbOf<Name>['input']>
/** A line that the verb sends while it runs. */
export type EventOfVerb<Name extends VerbName> =
  Parameters<VerbOf<Name>['run']>[2] extends Asked<infer Event> ? Event : never
export type ResultOf<Name extends VerbName> = Awaited<ReturnType<VerbOf<Name>['run']>>

const BY_NAME: ReadonlyMap<string, AnyVerb> = new Map(VERBS.map(verb => [verb.name, verb]))

export function isVerbName(text: string): text is VerbName {
  return BY_NAME.has(text)
}

export function verbNamed(name: VerbName): AnyVerb {
  const verb = BY_NAME.get(name)
  if (verb === undefined) throw new TypeError(`there is no verb ${name}`)
  return verb
}

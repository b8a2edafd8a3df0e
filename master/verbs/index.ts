import type { z } from 'zod'
import { addressListVerb, addressReleaseVerb } from './address.ts'
import { allocationListVerb, allocationReleaseVerb } from './allocation.ts'
import { applyVerb, testVerb } from './apply.ts'
import { auditVerb, auditVerifyVerb } from './audit.ts'
import { complianceHistoryVerb, complianceShowVerb, complianceVerb } from './compliance.ts'
import { contractVerb } from './contract.ts'
import type { Asked } from './define.ts'
import { eventsVerb } from './events.ts'
import { lintVerb, renderVerb, rolesVerb } from './fleet.ts'
import { cancelVerb, jobsVerb, jobVerb, reportVerb } from './jobs.ts'
import { createTokenVerb, revokeTokenVerb, tokensVerb } from './join-tokens.ts'
import { acceptVerb, keysVerb, rejectPendingVerb, rejectVerb, revokeVerb } from './keys.ts'
import { minionsVerb, pingVerb } from './minions.ts'
import { namesVerb } from './names.ts'
import { overviewVerb } from './overview.ts'
import { pillarGetVerb, pillarSetVerb } from './pillar.ts'
import {
  runbookAbortVerb,
  runbookListVerb,
  runbookPlanVerb,
  runbookResumeVerb,
  runbookRunVerb,
  runbookShowVerb,
} from './runbook.ts'
import {
  scheduleListVerb,
  scheduleNextVerb,
  schedulePauseVerb,
  scheduleResumeVerb,
  scheduleRunVerb,
} from './schedule.ts'
import { sessionPlayVerb, sessionsVerb, sessionVerb } from './sessions.ts'
import { sshConfigVerb } from './ssh-config.ts'
import { statusVerb } from './status.ts'

/** Everything that an operator may ask of the master. */
export const VERBS = [
  pingVerb,
  minionsVerb,
  applyVerb,
  testVerb,
  jobsVerb,
  jobVerb,
  cancelVerb,
  reportVerb,
  eventsVerb,
  statusVerb,
  overviewVerb,
  namesVerb,
  sshConfigVerb,
  keysVerb,
  acceptVerb,
  rejectVerb,
  revokeVerb,
  rejectPendingVerb,
  createTokenVerb,
  tokensVerb,
  revokeTokenVerb,
  pillarSetVerb,
  pillarGetVerb,
  rolesVerb,
  lintVerb,
  renderVerb,
  contractVerb,
  complianceVerb,
  complianceHistoryVerb,
  complianceShowVerb,
  sessionsVerb,
  sessionVerb,
  sessionPlayVerb,
  auditVerb,
  auditVerifyVerb,
  scheduleListVerb,
  scheduleNextVerb,
  scheduleRunVerb,
  schedulePauseVerb,
  scheduleResumeVerb,
  runbookListVerb,
  runbookShowVerb,
  runbookPlanVerb,
  runbookRunVerb,
  runbookResumeVerb,
  runbookAbortVerb,
  allocationListVerb,
  allocationReleaseVerb,
  addressListVerb,
  addressReleaseVerb,
] as const

export type AnyVerb = (typeof VERBS)[number]
export type VerbName = AnyVerb['name']
export type VerbOf<Name extends VerbName> = Extract<AnyVerb, { readonly name: Name }>
/** As an operator gives it: defaults may be left out. */
export type InputOf<Name extends VerbName> = z.input<VerbOf<Name>['input']>
/** A line that the verb sends while it works. */
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

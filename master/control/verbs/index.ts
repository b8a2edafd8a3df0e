import type { ControlContext } from '../context.ts'
import type { VerbTable } from '../dispatch.ts'
import type { RunbookEngine } from '../runbook/engine.ts'
import { addressListVerb, addressReleaseVerb } from './address.ts'
import { allocationListVerb, allocationReleaseVerb } from './allocation.ts'
import { applyVerb } from './apply.ts'
import { auditVerb, auditVerifyVerb } from './audit.ts'
import { complianceHistoryVerb, complianceShowVerb, complianceVerb } from './compliance.ts'
import { contractVerb } from './contract.ts'
import { lintVerb, renderVerb, rolesVerb } from './fleet.ts'
import { cancelVerb, jobsVerb, jobVerb, reportVerb } from './jobs.ts'
import {
  acceptVerb,
  closeVerb,
  createTokenVerb,
  keysVerb,
  rejectPendingVerb,
  revokeTokenVerb,
  tokensVerb,
} from './keys.ts'
import { eventsVerb, minionsVerb, pingVerb, statusVerb } from './look.ts'
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

/** Everything that an operator may ask. */
export function createVerbs(context: ControlContext, runbooks: RunbookEngine): VerbTable {
  return {
    ping: pingVerb(context),
    apply: applyVerb(context, 'apply'),
    test: applyVerb(context, 'test'),
    minions: minionsVerb(context),
    status: statusVerb(context),
    overview: overviewVerb(context),
    names: namesVerb(context),
    'ssh-config': sshConfigVerb(context),
    jobs: jobsVerb(context),
    job: jobVerb(context),
    'job-cancel': cancelVerb(context),
    report: reportVerb(context),
    events: eventsVerb(context),
    keys: keysVerb(context),
    'key-accept': acceptVerb(context),
    'key-reject': closeVerb(context, 'reject'),
    'key-reject-pending': rejectPendingVerb(context),
    'key-revoke': closeVerb(context, 'revoke'),
    'token-create': createTokenVerb(context),
    tokens: tokensVerb(context),
    'token-revoke': revokeTokenVerb(context),
    'pillar-set': pillarSetVerb(context),
    'pillar-get': pillarGetVerb(context),
    lint: lintVerb(context),
    render: renderVerb(context),
    roles: rolesVerb(context),
    audit: auditVerb(context),
    'audit-verify': auditVerifyVerb(context),
    sessions: sessionsVerb(context),
    session: sessionVerb(context),
    'session-play': sessionPlayVerb(context),
    'schedule-list': scheduleListVerb(context),
    'schedule-next': scheduleNextVerb(context),
    'schedule-run': scheduleRunVerb(context),
    'schedule-pause': schedulePauseVerb(context),
    'schedule-resume': scheduleResumeVerb(context),
    'runbook-list': runbookListVerb(context),
    'runbook-show': runbookShowVerb(context),
    'runbook-plan': runbookPlanVerb(context),
    'runbook-run': runbookRunVerb(context, runbooks),
    'runbook-resume': runbookResumeVerb(context, runbooks),
    'runbook-abort': runbookAbortVerb(context, runbooks),
    'address-list': addressListVerb(context),
    'address-release': addressReleaseVerb(context),
    'allocation-list': allocationListVerb(context),
    'allocation-release': allocationReleaseVerb(context),
    contract: contractVerb(context),
    compliance: complianceVerb(context),
    'compliance-history': complianceHistoryVerb(context),
    'compliance-show': complianceShowVerb(context),
  }
}

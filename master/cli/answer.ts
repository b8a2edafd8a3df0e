import type { ComplianceReport } from '../compliance/report.ts'
import type { ResultOf, VerbName } from '../verbs/index.ts'
import type { RunbookResult } from '../verbs/runbook.ts'
import { EXIT, type ExitCode, exitOfApply, exitOfCompliance, exitOfPing, exitOfProblems } from './exit-codes.ts'
import type { View } from './invocation.ts'
import { renderAddresses, renderReleased } from './render/address.ts'
import { renderAllocations } from './render/allocation.ts'
import { renderApply } from './render/apply.ts'
import { renderAudit, renderVerification } from './render/audit.ts'
import { renderComplianceHistory } from './render/compliance.ts'
import { isBroken, renderContract } from './render/contract.ts'
import {
  renderJob,
  renderJobs,
  renderKeys,
  renderMinions,
  renderPing,
  renderRoles,
  renderStatus,
  renderTokens,
} from './render/lists.ts'
import { renderOverview } from './render/overview.ts'
import { renderProblems, renderWarnings } from './render/problems.ts'
import { renderReports } from './render/report.ts'
import { renderRunbookPlan, renderRunbookResult, renderRunbooks } from './render/runbook.ts'
import { renderNextRuns, renderScheduleRun, renderSchedules } from './render/schedule.ts'
import { renderSession, renderSessions } from './render/sessions.ts'
import { renderSshConfig } from './render/ssh-config.ts'
import { type Style, safe } from './render/style.ts'
import { moment } from './render/time.ts'

interface Answer {
  readonly text: string
  readonly exit: ExitCode
}

type Answers = {
  readonly [Verb in VerbName]: (result: ResultOf<Verb>, style: Style, view: View) => Answer | Promise<Answer>
}

const fine = (text: string): Answer => ({ text, exit: EXIT.fine })

/** One that waits for an answer has not failed. */
const ofRunbook = (result: RunbookResult, style: Style): Answer => ({
  text: renderRunbookResult(result, style),
  exit: result.state === 'undone' || result.state === 'halted' ? EXIT.failed : EXIT.fine,
})

/** What each verb's result looks like, and which exit code it means. Pure. */
const ANSWERS: Answers = {
  ping: ({ answers }, style) => ({
    text: answers.map(one => renderPing(one, style)).join(''),
    exit: exitOfPing(answers),
  }),
  apply: (result, style, view) => ({ text: renderApply(result, style), exit: exitOfApply(result, view.detailed) }),
  test: (result, style, view) => ({ text: renderApply(result, style), exit: exitOfApply(result, view.detailed) }),
  minions: ({ minions }, style) => fine(renderMinions(minions, style)),
  status: (result, style) => fine(renderStatus(result, style)),
  // Asked for by completion alone.
  'ssh-config': ({ fleet, minions }) => fine(renderSshConfig({ fleet, minions, socket: undefined })),
  names: ({ minions }) => fine(minions.map(name => `${safe(name)}\n`).join('')),
  overview: (result, style) => fine(renderOverview(result, style)),
  jobs: ({ jobs }, style) => fine(renderJobs(jobs, style)),
  job: (result, style) => fine(renderJob(result, style)),
  'job-cancel': ({ job, cancelled, asked }) => {
    return fine(`${safe(job)}: ${cancelled.length} cancelled at once, ${asked.length} asked to end\n`)
  },
  report: (result, style) => fine(renderReports(result, style)),
  events: () => fine(''),
  keys: ({ keys }, style) => fine(renderKeys(keys, style)),
  'key-accept': row => fine(`accepted ${safe(row.minion)} ${safe(row.fingerprint)}, with ${followsText(row)}\n`),
  'key-reject': row => fine(`rejected ${safe(row.minion)} ${safe(row.fingerprint)}\n`),
  'key-reject-pending': ({ rejected }) => fine(`rejected ${rejected} pending ${rejected === 1 ? 'key' : 'keys'}\n`),
  'key-revoke': row => fine(`revoked ${safe(row.minion)} ${safe(row.fingerprint)}\n`),
  'token-create': ({ token }) => fine(`${token}\n`),
  tokens: ({ tokens }, style) => fine(renderTokens(tokens, style)),
  'token-revoke': ({ token }) => fine(`revoked ${safe(token)}\n`),
  'pillar-set': ({ path, file, warnings }, style) => {
    return fine(`${renderWarnings(warnings, style)}sealed ${safe(path)} in ${safe(file)}\n`)
  },
  'pillar-get': ({ value }) => fine(`${safe(value, { lines: true })}\n`),
  lint: ({ minions, roles, problems, warnings }, style) => {
    const warned = renderWarnings(warnings, style)
    if (problems.length > 0) return { text: warned + renderProblems(problems, style), exit: exitOfProblems(problems) }
    return fine(
      `${warned}${minions} ${minions === 1 ? 'minion' : 'minions'} and ${roles} ${roles === 1 ? 'role' : 'roles'}: no problems\n`,
    )
  },
  render: async ({ catalog, file }) => fine(safe(file ?? (await asYaml(catalog)), { lines: true })),
  roles: ({ roles }, style) => fine(renderRoles(roles, style)),
  audit: ({ acts }, style) => fine(renderAudit(acts, style)),
  'audit-verify': (result, style) => ({
    text: renderVerification(result, style),
    exit: result.ok ? EXIT.fine : EXIT.failed,
  }),
  sessions: ({ sessions }, style) => fine(renderSessions(sessions, style)),
  session: (result, style) => fine(renderSession(result, style)),
  // Shown by `sessions play`.
  'session-play': ({ text }) => fine(text),
  'schedule-list': (result, style) => ({
    text: renderSchedules(result, style),
    exit: exitOfProblems(result.problems),
  }),
  'schedule-next': ({ runs }, style) => fine(renderNextRuns(runs, style)),
  'schedule-run': (result, style) => ({
    text: renderScheduleRun(result, style),
    exit: result.outcome === 'done' ? EXIT.fine : EXIT.failed,
  }),
  'schedule-pause': ({ schedule }) =>
    fine(`${safe(schedule)} rests until \`master schedule resume ${safe(schedule)}\`\n`),
  'schedule-resume': ({ schedule }) => fine(`${safe(schedule)} runs again\n`),
  'runbook-list': (result, style) => fine(renderRunbooks(result, style)),
  'runbook-show': (result, style) => ofRunbook(result, style),
  'runbook-plan': (result, style) => fine(renderRunbookPlan(result, style)),
  'runbook-run': (result, style) => ofRunbook(result, style),
  'runbook-resume': (result, style) => ofRunbook(result, style),
  // What it shall do is to undo.
  'runbook-abort': (result, style) => ({
    text: renderRunbookResult(result, style),
    exit: result.state === 'undone' ? EXIT.fine : EXIT.failed,
  }),
  'address-list': ({ addresses }, style) => fine(renderAddresses(addresses, style)),
  'address-release': (result, style) => fine(renderReleased(result, style)),
  'allocation-list': ({ allocations }, style) => fine(renderAllocations(allocations, style)),
  'allocation-release': ({ allocation, minion }) =>
    fine(`${safe(minion)} does not hold ${safe(allocation)} any more\n`),
  contract: (result, style) => ({
    text: renderContract(result, style),
    exit: isBroken(result.findings) ? EXIT.failed : EXIT.fine,
  }),
  compliance: async ({ report }, { colours }) => ({
    text: await complianceText(report, colours),
    exit: exitOfCompliance(report),
  }),
  'compliance-show': async ({ report }, { colours }) => ({
    text: await complianceText(report, colours),
    exit: exitOfCompliance(report),
  }),
  'compliance-history': (result, style) => fine(renderComplianceHistory(result, style)),
}

/** A result as text, or as JSON when that is wanted. */
export async function answerOf<Verb extends VerbName>(
  verb: Verb,
  result: ResultOf<Verb>,
  style: Style,
  view: View,
): Promise<Answer> {
  const answer = await ANSWERS[verb](result, style, view)
  return view.json ? { text: `${JSON.stringify(result, null, 2)}\n`, exit: answer.exit } : answer
}

/** What a minion has once its key is accepted. Pure. */
export function followsText({ follows: { roles, level } }: ResultOf<'key-accept'>): string {
  const what = roles.length === 0 ? 'no roles' : `the roles ${roles.map(role => safe(role)).join(', ')}`
  return `${what} and ${level === undefined ? 'no level' : `the level ${safe(level)}`}`
}

async function complianceText(report: ComplianceReport, colours: Style['colours']): Promise<string> {
  const { renderText } = await import('../compliance/format/text.ts')
  return renderText(report, colours)
}

/** One verb needs the library: the others shall not wait for it to load. */
async function asYaml(value: object): Promise<string> {
  const { yamlText } = await import('./yaml-text.ts')
  return yamlText(value)
}

/** What goes to stderr beside an answer: hints that are not part of it. */
export function asideOf<Verb extends VerbName>(verb: Verb, result: ResultOf<Verb>): string {
  if (verb !== 'token-create') return ''
  const { command, expiresAt, package: deb, minion } = result as ResultOf<'token-create'>
  const whom = minion === '*' ? 'any id' : `every id that matches \`${safe(minion)}\``
  const wide = /[*?]/.test(minion)
    ? `This token is for ${whom}: a minion that joins with it gets no roles of narrower entries of inventory.yml, nor of an entry of its
own id. For a minion that the inventory names, use \`--id ID\`.
`
    : ''
  return `${wide}Good until ${moment(expiresAt)} UTC. On the VM type these two lines, then paste the token and press Enter:
  apt-get install ./${safe(deb)}
  ${safe(command)}
`
}

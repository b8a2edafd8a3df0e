import type { ComplianceReport, ContractJudgement, Finding, MinionJudgement } from './report.ts'

/** Findings as they are now, each with its start, and those that are gone. */
export interface SinceLast {
  readonly findings: readonly Finding[]
  readonly resolved: readonly Finding[]
}

/**
 * Compares findings with the previous report of the same target. What could not be inspected this time is not resolved. Linear in
 * the number of findings. Pure.
 */
export function compareWithLast(
  findings: readonly Finding[],
  before: Pick<ComplianceReport, 'findings'> | undefined,
  now: Pick<ComplianceReport, 'at' | 'judgements' | 'demands'>,
): SinceLast {
  const known = new Map(before?.findings.map(finding => [finding.id, finding]))
  const current = new Set(findings.map(({ id }) => id))
  const gone = [...known.values()].filter(({ id }) => !current.has(id))
  return {
    findings: findings.map(finding => withSince(finding, known.get(finding.id), now.at, before !== undefined)),
    resolved: gone.filter(wasInspected(findings, now)).map(resolvedFinding),
  }
}

/** Uses the start time of the previous report when the same finding persists and the runs do not go back that far. */
function withSince(finding: Finding, known: Finding | undefined, at: string, isCompared: boolean): Finding {
  const earliest = [known?.since, finding.since].filter(time => time !== undefined).sort()[0]
  return { ...finding, since: earliest ?? at, isNew: isCompared && known === undefined }
}

function wasInspected(
  findings: readonly Finding[],
  {
    judgements,
    demands,
  }: { readonly judgements: readonly MinionJudgement[]; readonly demands: readonly ContractJudgement[] },
): (finding: Finding) => boolean {
  const silent = new Set(
    findings.flatMap(({ kind, minion }) => (kind === 'link' && minion !== undefined ? [minion] : [])),
  )
  const present = new Map(judgements.map(({ minion, testedAt }) => [minion, testedAt !== undefined]))
  const met = new Set(demands.filter(({ ok }) => ok).map(demandKey))
  return finding => {
    const { kind, minion } = finding
    if (kind === 'contract') return met.has(demandKey({ ...finding, kind: kindOf(finding) }))
    if (minion === undefined) return true
    const isTested = present.get(minion)
    if (kind === 'link') return isTested !== undefined
    return isTested === true && !silent.has(minion)
  }
}

interface DemandOf {
  readonly level: string
  readonly role?: string
  readonly minion?: string
  readonly kind: string
}

function demandKey({ level, role, minion, kind }: DemandOf): string {
  return JSON.stringify([level, role ?? '', minion ?? '', kind])
}

/** The kind of requirement: the subject of the finding is `role/kind`. */
function kindOf({ role, subject }: Finding): string {
  return role === undefined ? subject : subject.slice(role.length + 1)
}

/** Keeps what names the finding; what an apply would have done is over. */
function resolvedFinding({ diff: _diff, next: _next, cause: _cause, why: _why, ...finding }: Finding): Finding {
  return { ...finding, actions: [], states: [], isNew: false }
}

import { counted } from '../../../protocol/amounts.ts'
import { namesText } from '../../../protocol/minion-names.ts'
import { moment } from '../judge-states.ts'
import type { ComplianceReport, LevelSummary, MinionJudgement } from '../report.ts'
import { badge } from './html-parts.ts'
import { type Html, html } from './html-tag.ts'
import { percent } from './trend.ts'

/** Limit for the rows of one table, the worst first, so that the report of a large fleet still opens on a phone. */
const MOST_ROWS = 400
const MOST_NAMES = 20

/** Renders everything else, folded: minions by level, roles, contracts, consequences, and how the score is computed. Pure. */
export function restSection(report: ComplianceReport): Html {
  const follows = report.judgements.filter(one => one.follows.length > 0)
  const minions = Map.groupBy(report.judgements, ({ level }) => level)
  return html`<section aria-labelledby="rest"><h2 id="rest">Everything else</h2>
${report.levels.map(level => minionsFold(level, minions.get(level.level) ?? []))}
${fold('Roles', '', rolesTable(report.levels))}
${report.demands.length === 0 ? undefined : fold('Contracts', counted(report.demands.length, 'requirement'), demandsTable(report))}
${follows.length === 0 ? undefined : fold('Not judged by itself', 'caused by another finding', followsList(follows))}
${fold(
  'How the score is calculated',
  '',
  html`<p class="small">The score covers every minion, and every contract of a role for a whole level, such as the number of minions. A minion is compliant if it has no findings: it is online, every state matches the fleet's files, its last applied catalog is current, its checks pass and its own contracts are met. It is the share that is compliant, rounded down: ${report.right} of ${report.judged} minions and contracts is ${percent(report.score)}. In the table of roles, a minion counts as compliant for a role if it has no findings that belong to this role.</p>`,
)}</section>`
}

function fold(title: string, aside: string, inside: Html): Html {
  return html`<details class="fold card"><summary>${title} ${aside === '' ? undefined : html`<span class="soft">${aside}</span>`}</summary><div class="inside">${inside}</div></details>`
}

function minionsFold({ level, score }: LevelSummary, minions: readonly MinionJudgement[]): Html {
  if (minions.length === 0) return html``
  const rows = minions.slice(0, MOST_ROWS).map(
    one => html`<tr><th scope="row">${one.minion}</th><td>${badge(one.status)}</td>
<td data-head="Roles">${one.roles.join(', ')}</td><td data-head="Findings" class="number">${one.findings}</td>
<td data-head="States compliant" class="number">${one.right.length}</td><td data-head="Checks passed" class="number">${one.passed.length}</td>
<td data-head="Tested">${one.testedAt === undefined ? 'never' : moment(one.testedAt)}</td><td data-head="Applied">${one.appliedAt === undefined ? 'never' : moment(one.appliedAt)}</td></tr>`,
  )
  const table = html`<table class="stack"><thead><tr><th scope="col">Minion</th><th scope="col">Status</th><th scope="col">Roles</th><th scope="col" class="number">Findings</th><th scope="col" class="number">States compliant</th><th scope="col" class="number">Checks passed</th><th scope="col">Tested</th><th scope="col">Applied</th></tr></thead><tbody>${rows}</tbody></table>${moreRows(minions)}`
  return fold(`Minions of ${level === '' ? 'no level' : level}`, `${minions.length}, level at ${percent(score)}`, table)
}

/** Says how many rows are left out. */
function moreRows(all: readonly unknown[]): Html | undefined {
  const left = all.length - MOST_ROWS
  return left > 0 ? html`<p class="small soft">and ${left} more: <code>--output json</code></p>` : undefined
}

function rolesTable(levels: readonly LevelSummary[]): Html {
  const rows = levels.flatMap(({ level, roles }) =>
    roles.map(
      ({
        role,
        score,
        right,
        judged,
        minions,
      }) => html`<tr><th scope="row">${role}</th><td data-head="Level">${level}</td>
<td data-head="Score" class="number">${percent(score)}</td><td data-head="Compliant" class="number">${right} of ${judged}</td><td data-head="Minions">${namesText(minions, MOST_NAMES)}</td></tr>`,
    ),
  )
  return html`<table class="stack"><thead><tr><th scope="col">Role</th><th scope="col">Level</th><th scope="col" class="number">Score</th><th scope="col" class="number">Compliant</th><th scope="col">Minions</th></tr></thead><tbody>${rows}</tbody></table>`
}

function demandsTable({ demands }: ComplianceReport): Html {
  const worstFirst = [...demands.filter(({ ok }) => !ok), ...demands.filter(({ ok }) => ok)]
  const rows = worstFirst.slice(0, MOST_ROWS).map(
    ({
      level,
      role,
      minion,
      kind,
      expected,
      found,
      ok,
    }) => html`<tr><th scope="row">${kind.replaceAll('_', ' ')}</th><td>${ok ? html`<span class="badge compliant">met</span>` : html`<span class="badge contract-broken">broken</span>`}</td>
<td data-head="Role">${role ?? '-'}</td><td data-head="Scope">${minion ?? `all of ${level}`}</td><td data-head="Expected">${expected}</td><td data-head="Found">${found}</td></tr>`,
  )
  return html`<table class="stack"><thead><tr><th scope="col">Requirement</th><th scope="col">Status</th><th scope="col">Role</th><th scope="col">Scope</th><th scope="col">Expected</th><th scope="col">Found</th></tr></thead><tbody>${rows}</tbody></table>${moreRows(demands)}`
}

function followsList(minions: readonly MinionJudgement[]): Html {
  const all = minions.flatMap(({ minion, follows }) => follows.map(({ key, note }) => ({ minion, key, note })))
  const items = all
    .slice(0, MOST_ROWS)
    .map(
      ({ minion, key, note }) =>
        html`<li><strong>${minion}</strong> <code>${key}</code> <span class="soft">${note}</span></li>`,
    )
  return html`<ul class="plain">${items}</ul>${moreRows(all)}`
}

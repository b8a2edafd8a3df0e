import type { FindingView } from '../view/finding-view.ts'
import { type ListView, moreText, type SectionView } from '../view/report-view.ts'
import { badge, diffBlock } from './html-parts.ts'
import { type Fill, type Html, html, withCode } from './html-tag.ts'

/** Renders a section of findings, a card for each as long as there is room. */
export function findingsSection({ id, title, note, findings, left }: SectionView, fill: Fill): Html {
  const shown = fill(findings, findingCard)
  const more = moreText(left + findings.length - shown.length)
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}: <span class="soft">${note}</span></h2>
${shown}
${more === '' ? undefined : html`<p class="soft">${more}: <code>--output csv</code></p>`}</section>`
}

/** Renders a list, such as what is resolved; nothing when there is none. Pure. */
export function listSection(id: string, list: ListView | undefined, item: (text: string) => Html): Html {
  if (list === undefined) return html``
  const { title, items, left } = list
  const more = left === 0 ? undefined : html`<li class="soft">${moreText(left)}</li>`
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><ul class="steps card">${items.map(text => html`<li>${item(text)}</li>`)}${more}</ul></section>`
}

/** Renders a finding: how bad, what and where; then the details. */
function findingCard(finding: FindingView): Html {
  const { status, kind, name, where, levels, detail, actions, diff, states, facts, why, place, next } = finding
  return html`<article class="finding card edge-${status}">
<header>${badge(status)}<h3>${kind === '' ? undefined : html`<span class="kind">${kind}</span> `}${name}</h3>${next === undefined ? undefined : html`<p class="next"><code>${next}</code></p>`}</header>
<p class="where"><strong>${where}</strong> <span class="soft">${[levels, ...facts].filter(text => text !== '').join(' · ')}</span></p>
${detail.length === 0 ? undefined : html`<p class="detail">${withCode(detail.join('\n'))}</p>`}
${listOf(actions.map(withCode))}
${diff === undefined ? undefined : diffBlock(diff)}
${listOf(states.map(one => html`${one.text}${one.diff === undefined ? undefined : diffBlock(one.diff)}`))}
${why === undefined ? undefined : html`<p class="facts">${withCode(why)}</p>`}
${place === '' ? undefined : html`<p class="facts">${place}</p>`}
${minionsFold(finding)}
</article>`
}

/** All minions of a finding, where the heading names only some of them. */
function minionsFold({ minions }: FindingView): Html | undefined {
  if (minions.length === 0) return undefined
  const lists = minions.map(
    ({ since, names }) => html`<p>${since === '' ? undefined : html`<span class="soft">${since}:</span> `}${names}</p>`,
  )
  return html`<details class="minions"><summary>All minions</summary>${lists}</details>`
}

/** Renders one item as a sentence, several as a list. */
function listOf(items: readonly Html[]): Html | undefined {
  const [only] = items
  if (only === undefined) return undefined
  if (items.length === 1) return html`<div class="detail">${only}</div>`
  return html`<ul>${items.map(item => html`<li>${item}</li>`)}</ul>`
}

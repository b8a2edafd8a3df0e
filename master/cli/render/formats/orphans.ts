import { formatPosition } from '../../../../protocol/source.ts'
import { type Case, junitXml } from '../../../compliance/format/junit-xml.ts'
import type { OrphansResult } from '../../../verbs/orphans.ts'
import { namesText } from '../minion-names.ts'
import { groupsOf, removalText, stateOf } from '../orphans.ts'
import { type Annotation, annotationText } from './annotation.ts'
import { code, markdownText } from './markdown-text.ts'

/** A suite for each minion, a skipped case for each orphan: none of them is a failure. Pure. */
export function orphansAsJunit({ minions, unknown }: OrphansResult): string {
  return junitXml('master orphans', [
    ...minions.map(({ minion, orphans }) => ({
      name: minion,
      hostname: minion,
      cases: orphans.map((orphan): Case => {
        return {
          className: `${minion}.${orphan.role}`,
          name: orphan.thing,
          result: 'skipped',
          message: `orphan of ${stateOf(orphan)}; removal: ${removalText(orphan)}`,
        }
      }),
    })),
    ...unknown.map(minion => {
      const none: Case = {
        className: `${minion}.orphans`,
        name: 'orphans',
        result: 'skipped',
        message: 'no report yet',
      }
      return { name: minion, hostname: minion, cases: [none] }
    }),
  ])
}

/** Orphans as a comment on a pull request. Pure. */
export function orphansAsMarkdown(result: OrphansResult): string {
  const groups = groupsOf(result)
  const count = result.minions.reduce((sum, one) => sum + one.count, 0)
  const sections = groups.map(({ minions, orphans, more }) => ({
    title: namesText(minions),
    folded: false,
    blocks: [
      ...orphans.map(orphan => {
        return `- ${code(orphan.thing)} of ${code(stateOf(orphan))}, role ${code(orphan.role)}; removal: ${code(removalText(orphan))}`
      }),
      ...(more === 0 ? [] : [`and ${more} more`]),
    ],
  }))
  const silent = result.unknown.length === 0 ? '' : `no report yet: ${namesText(result.unknown)}`
  return markdownText([`### Orphans: ${count}`], sections, silent, 'master orphans')
}

/** A notice for each orphan, which names the line that declared it. Pure. */
export function orphansAsGithub(result: OrphansResult): string {
  return annotationText(
    groupsOf(result).flatMap(({ minions, orphans }) =>
      orphans.map((orphan): Annotation => {
        const [at] = orphan.declaredAt
        const was = at === undefined ? [] : [`was declared at ${formatPosition(at)}`]
        const message = [`on ${namesText(minions)}`, ...was, `removal: ${removalText(orphan)}`].join('\n')
        return { level: 'notice', title: `orphan: ${orphan.thing}`, message }
      }),
    ),
  )
}

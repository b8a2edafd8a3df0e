import { expect, it } from 'vitest'
import { orphansAsGithub, orphansAsJunit, orphansAsMarkdown } from '../../../../master/cli/render/formats/orphans.ts'
import { orphanCountLines, renderOrphans } from '../../../../master/cli/render/orphans.ts'
import { createStyle } from '../../../../master/cli/render/style.ts'
import type { OrphansResult } from '../../../../master/verbs/orphans.ts'

const plain = createStyle(false, 200)
const AT = '2026-11-30T10:00:00.000Z'

function row(minion: string, names: readonly string[], more: object = {}): OrphansResult['minions'][number] {
  const orphans = names.map(name => ({
    thing: `file:/etc/${name}`,
    key: `web/file.managed/${name}` as never,
    type: 'file.managed',
    id: name,
    role: 'web',
    declaredAt: [{ file: 'roles/web/states.yml', line: 3, column: 1 }],
    made: true,
    removal: 'file.absent',
    lastManagedAt: AT,
    ...more,
  }))
  return { minion: minion as never, run: 'run-1' as never, at: AT, count: names.length, orphans }
}

it('minions with equal orphans share a table, and the commands that remove or forget them follow', () => {
  const text = renderOrphans(
    {
      minions: [
        row('web2', ['a', 'b']),
        row('web1', ['a', 'b']),
        row('db1', ['c'], { removal: undefined, kept: 'it existed before Saltern managed it', made: false }),
      ],
      unknown: ['new1'],
    },
    plain,
  )

  expect(text).toBe(`db1
ORPHAN       STATE           ROLE  MANAGED UNTIL (UTC)  REMOVAL
file:/etc/c  file.managed c  web   2026-11-30 10:00     none: it existed before Saltern managed it

web1 and web2
ORPHAN       STATE           ROLE  MANAGED UNTIL (UTC)  REMOVAL
file:/etc/a  file.managed a  web   2026-11-30 10:00     file.absent
file:/etc/b  file.managed b  web   2026-11-30 10:00     file.absent

no report yet: new1; apply or test to see its orphans
remove them: master orphans db1,web1,web2 --remove
keep them, unmanaged: master orphans db1,web1,web2 --forget
`)
})

it('an orphan of a minion of version 0.1 says that its removal is unknown', () => {
  const old = { type: undefined, id: undefined, removal: undefined, lastManagedAt: undefined }

  const text = renderOrphans({ minions: [row('web1', ['a'], old)], unknown: [] }, plain)

  expect(text).toMatch(/file:\/etc\/a +web\/file\.managed\/a +web +- +unknown until its minion is upgraded/)
})

it('control characters of a minion do not reach the terminal', () => {
  const text = renderOrphans({ minions: [row('web1', ['a\u001b[2J'])], unknown: [] }, plain)

  expect(text).not.toContain('\u001b')
})

it('the counts of a result are one line for each number of orphans, with the command that lists them', () => {
  const counts = [
    { minion: 'web1', count: 3 },
    { minion: 'web2', count: 3 },
    { minion: 'db1', count: 1 },
    { minion: 'db2', count: 0 },
    ...Array.from({ length: 40 }, (_, at) => ({ minion: `edge${at}`, count: 2 })),
  ]

  expect(orphanCountLines(counts, plain)).toEqual([
    'web1 and web2 have 3 orphans each: master orphans web1,web2',
    'edge0, edge1 and 38 more have 2 orphans each: master orphans',
    'db1 has 1 orphan: master orphans db1',
  ])
})

it('orphans have a case, a list item or a notice each in the formats for CI', () => {
  const result = { minions: [row('web1', ['a']), row('web2', ['a'])], unknown: ['new1'] }

  expect(orphansAsJunit(result)).toContain('orphan of file.managed a; removal: file.absent')
  expect(orphansAsJunit(result)).toContain('no report yet')
  expect(orphansAsMarkdown(result)).toContain('- `file:/etc/a` of `file.managed a`, role `web`; removal: `file.absent`')
  expect(orphansAsGithub(result)).toBe(
    '::notice title=orphan%3A file%3A/etc/a::on web1 and web2%0Awas declared at roles/web/states.yml:3:1%0Aremoval: file.absent\n',
  )
})

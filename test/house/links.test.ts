import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT, readSource } from './source-files.ts'

const PAGES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: PROJECT,
  encoding: 'utf8',
})
  .split('\n')
  .filter(page => page !== '')

/** Returns the anchors that GitHub generates for the headings of a page. Pure. */
function checkpointsIn(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const prose = text.replaceAll(/^```.*?^```$/gms, '')
  const anchors = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  })
  return new Set(anchors)
}

/** Finds links of a page to missing files and headings of this repository. */
function brokenLinks(page: string): readonly string[] {
  const prose = readSource(page).replaceAll(/^```.*?^```$/gms, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : normalize(join(dirname(page), path))
    if (!existsSync(join(PROJECT, target))) return [`${link}: no such file`]
    if (anchor === undefined || checkpointsIn(readSource(target)).has(anchor)) return []
    return [`${link}: no such heading`]
  })
}

it.each(PAGES)('every link in %s leads to an existing file and heading', page => {
  expect(brokenLinks(page)).toEqual([])
})

it('the link check finds README.md and the pages of docs and roles', () => {
  expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'docs/shell.md', 'roles/base/README.md']))
})

import { expect, it } from 'vitest'
import { renderMarkdown } from '../../../../../master/cli/render/formats/markdown.ts'
import { code, fenced } from '../../../../../master/cli/render/formats/markdown-text.ts'
import { summaryOfApply } from '../../../../../master/cli/render/formats/summary.ts'
import { CI_RESULT, run, state } from './ci-result.ts'

/** What GitHub takes as a comment. */
const MOST = 65_536

it('a result in Markdown stays within the length of a comment and counts what it leaves out', () => {
  const results = Array.from({ length: 400 }, (_, at) => state(`/x${at}`, 'changed', { diff: '+long\n'.repeat(50) }))
  const text = renderMarkdown(summaryOfApply({ ...CI_RESULT, runs: [run('a', results)] }))

  expect(text.length).toBeLessThan(MOST)
  expect(text).toMatch(/and \d+ more: `master report job-1`\n\n<\/details>/)
  expect(text).toContain('<details><summary>400 states changed</summary>')
})

it('a result in Markdown has every failure before any change', () => {
  const text = renderMarkdown(summaryOfApply(CI_RESULT))

  expect(text.indexOf('PROGRAM_FAILED')).toBeGreaterThan(0)
  expect(text.indexOf('PROGRAM_FAILED')).toBeLessThan(text.indexOf('<details>'))
})

it('a result in Markdown shows text of a host as it is: it ends no block and begins no HTML', () => {
  expect(fenced('a\n```\n<b>\n', 'text')).toBe('````text\na\n```\n<b>\n````')
  expect(code('a`b')).toBe('``a`b``')
  expect(code('`a`')).toBe('`` `a` ``')
  expect(code('a\nb')).toBe('`a\\x0ab`')
})

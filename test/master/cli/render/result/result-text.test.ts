import { expect, it } from 'vitest'
import { resultText } from '../../../../../master/cli/render/result/result-text.ts'
import { showOf } from '../../../../../master/cli/render/result/show.ts'
import { shownRuns } from '../../../../../master/cli/render/result/shown-run.ts'
import { createStyle, PLAIN, type Style, widthOf } from '../../../../../master/cli/render/style.ts'
import type { MinionId } from '../../../../../protocol/ids.ts'
import { runOf, state } from '../screen-scenes.ts'

const HOST = 'app-old.internal:8080'

/** The lines below the totals of an apply that failed on so many minions, each for a reason of its own. */
function reasons(count: number, style: Style, end = ''): readonly string[] {
  const runs = Array.from({ length: count }, (_, at) => {
    const message = `the check \`nginx -t -c {path}\` rejected the new file (exit 1): nginx: [emerg] number ${at}, host not found in upstream "${HOST}"${end}`
    const failed = state(`web/file.managed//etc/${at}.conf`, 'failed', 1, {
      problem: { code: 'CHECK_FAILED', message },
    })
    return runOf(`web${at + 1}` as MinionId, [failed], 0, { state: 'failed' })
  })
  const outcome = { runs: shownRuns(runs), missed: [], leftOut: [], waiting: [], remarks: [], slowest: [], foot: [] }
  const lines = resultText(outcome, showOf(undefined, 'short'), style).trimEnd().split('\n')
  return lines.slice(lines.findLastIndex(line => /^\d+ minions/.test(line)) + 1).filter(line => line.startsWith('  '))
}

it('the end of a long result names the whole cause of each minion that failed, wrapped at the width of the terminal', () => {
  const lines = reasons(7, createStyle(false, 80))

  expect(lines.slice(-14, -12)).toEqual([
    '  web1  file.managed /etc/0.conf: nginx: [emerg] number 0, host not found in',
    `    upstream "${HOST}"`,
  ])
  expect(reasons(9, PLAIN).filter(line => line.includes(HOST))).toHaveLength(8)
})

it('the end of a long result has two lines for each of many minions that failed, and says where it cut', () => {
  const lines = reasons(9, createStyle(false, 40), ' and more')

  expect(lines.slice(-17)).toEqual([
    ...Array.from({ length: 8 }, (_, at) => [
      `  web${at + 1}  file.managed /etc/${at}.conf: nginx:`,
      `    [emerg] number ${at}, host not found in…`,
    ]).flat(),
    '  and 1 more minion',
  ])
  expect(lines.filter(line => widthOf(line) > 40)).toEqual([])
})

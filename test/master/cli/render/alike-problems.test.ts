import { expect, it } from 'vitest'
import { alikeProblems } from '../../../../master/cli/render/alike-problems.ts'
import { renderProblems, renderWarnings } from '../../../../master/cli/render/problems.ts'
import { PLAIN } from '../../../../master/cli/render/style.ts'
import type { FleetProblem } from '../../../../master/control/fleet-problem.ts'

function withoutLevel(minion: string): FleetProblem {
  return {
    code: 'FLEET_INVALID',
    message: `\`${minion}\` has no level`,
    hint: `Write \`${minion}: {level: staging}\`.`,
    minions: [minion],
  }
}

const TYPING: FleetProblem = { code: 'STATE_UNKNOWN', message: 'there is no state `pkg.instaled`', minions: ['web1'] }

it('problems of several minions are one when only the id of their minion differs, in the order in which people count', () => {
  const alike = alikeProblems(['web10', 'web2', 'web1'].map(withoutLevel))

  expect(alike).toMatchObject([{ message: '`web10` has no level', minions: ['web1', 'web2', 'web10'] }])
})

it('problems of several minions stay apart when an id is only a part of a word, or the file differs', () => {
  const ofWeb1 = { ...TYPING, message: 'web1 web11 is-web1' }
  const ofWeb2 = { ...TYPING, message: 'web2 web21 is-web2', minions: ['web2'] }
  const elsewhere = { ...TYPING, source: { file: 'a.yml', line: 1, column: 1 } }

  expect(alikeProblems([ofWeb1, ofWeb2, TYPING, elsewhere])).toHaveLength(4)
})

it('problems of several minions stay apart when the id of a minion is in the name of the file', () => {
  const at = (minion: string): FleetProblem => {
    return { ...TYPING, minions: [minion], source: { file: `roles/${minion}/states.yml`, line: 1, column: 1 } }
  }

  expect(alikeProblems([at('web'), at('db')])).toHaveLength(2)
})

it('problems of several minions are one when they were found at several places of a file, and count once for each', () => {
  const at = (line: number): FleetProblem => {
    return {
      ...TYPING,
      minions: [`web${line}`],
      source: { file: 'a.yml', line, column: 3 },
      excerpt: `  line ${line}`,
    }
  }

  expect(renderProblems([at(1), at(12), at(20)], PLAIN)).toBe(
    [
      'STATE_UNKNOWN: there is no state `pkg.instaled`',
      '  on web1, web12 and web20',
      ' --> a.yml:1:3',
      '1 |   line 1',
      '  |   ^',
      '  also a.yml:12:3, 20:3',
      '',
      '3 problems in 1 file, on 3 minions',
      '',
    ].join('\n'),
  )
})

it('problems of several minions name their minions, unless the text of a single one does', () => {
  const text = renderProblems([withoutLevel('db9'), { ...TYPING, minions: ['web1', 'web2', 'web3', 'web4'] }], PLAIN)

  expect(text).toBe(
    [
      'FLEET_INVALID: `db9` has no level',
      '  hint: Write `db9: {level: staging}`.',
      '',
      'STATE_UNKNOWN: there is no state `pkg.instaled`',
      '  on web1 to web4 (4 minions)',
      '',
      '2 problems of 2 kinds, on 5 minions',
      '',
    ].join('\n'),
  )
  expect(renderWarnings([{ ...TYPING, minions: ['web1', 'web2'] }], PLAIN)).toBe(
    'warning: there is no state `pkg.instaled`\n  on web1 and web2\n',
  )
})

it('problems of several minions say for how many a value is missing, not for the first of them', () => {
  const missing = (minion: string): FleetProblem => {
    return { ...TYPING, message: `\`web.port\` has no value for ${minion}: expected a port`, minions: [minion] }
  }

  expect(alikeProblems([missing('web1'), missing('web2')])).toMatchObject([
    { message: '`web.port` has no value for 2 minions: expected a port' },
  ])
  expect(alikeProblems([missing('web1')])).toMatchObject([
    { message: '`web.port` has no value for web1: expected a port' },
  ])
})

it('problems of several minions are counted once each, and without minions where they have none', () => {
  const { minions: _none, ...plain } = TYPING

  expect(renderProblems([plain, plain], PLAIN)).toBe('STATE_UNKNOWN: there is no state `pkg.instaled`\n')
})

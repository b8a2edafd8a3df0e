import { expect, it } from 'vitest'
import { shownRuns } from '../../../../../master/cli/render/result/shown-run.ts'
import { groupStates } from '../../../../../master/cli/render/result/state-groups.ts'
import { runOf, state } from '../screen-scenes.ts'

const MOTD = 'base/file.managed//etc/motd'

function motd(added: string, outcome: 'changed' | 'failed' = 'changed') {
  return state(MOTD, outcome, 3, { diff: `@@ -1,2 +1,2 @@\n of ${added}\n-old\n+${added}\n` })
}

it('states of several minions are grouped by outcome, with equal ones together', () => {
  const runs = shownRuns([
    runOf('web1', [motd('a')], 0),
    runOf('web2', [motd('b')], 0),
    runOf('web3', [motd('b')], 0),
    runOf('web4', [motd('b', 'failed')], 0),
  ])

  const groups = groupStates(runs, () => true, 'short')

  expect(groups.map(({ first, minions }) => [first.outcome, minions])).toEqual([
    ['changed', ['web1', 'web2', 'web3']],
    ['failed', ['web4']],
  ])
  expect(groups[0]?.variants.map(({ minions }) => minions)).toEqual([['web2', 'web3'], ['web1']])
})

it('states of several minions are equal when only context lines of their diffs differ', () => {
  const around = (name: string) => state(MOTD, 'changed', 3, { diff: `@@ -1,2 +1,2 @@\n of ${name}\n-old\n+new\n` })
  const runs = shownRuns([runOf('web1', [around('web1')], 0), runOf('web2', [around('web2')], 0)])

  expect(groupStates(runs, () => true, 'short').map(({ variants }) => variants.length)).toEqual([1])
})

it('states of several minions are equal when only their diffs differ and diffs are hidden', () => {
  const runs = shownRuns([runOf('web1', [motd('a')], 0), runOf('web2', [motd('b')], 0)])

  expect(groupStates(runs, () => true, 'none').map(({ variants }) => variants.length)).toEqual([1])
})

it('states of several minions are one where only their own id differs, in names and texts, also as the first label of a name', () => {
  const own = (id: string) =>
    state(`base/file.managed//srv/${id}.conf`, 'changed', 3, { diff: `@@ -0,0 +1,1 @@\n+host = ${id}.example.org\n` })
  const runs = shownRuns(['web1', 'web2', 'web11'].map(id => runOf(id, [own(id)], 0)))

  const groups = groupStates(runs, () => true, 'short')

  expect(groups.map(({ first, minions, variants }) => [first.id, minions, variants.map(one => one.ownIds)])).toEqual([
    ['/srv/web1.conf', ['web1', 'web2', 'web11'], [true]],
  ])
})

it('states of several minions stay equal where the id of one minion is a common word', () => {
  const runs = shownRuns(['base', 'web1', 'web2'].map(id => runOf(id, [motd('base')], 0)))

  expect(groupStates(runs, () => true, 'short').map(({ minions }) => minions)).toEqual([['base', 'web1', 'web2']])
})

it('a state that changed in two rounds on one minion counts twice', () => {
  const runs = shownRuns([runOf('web1', [motd('a')], 0, { wave: 0 }), runOf('web1', [motd('b')], 0, { wave: 1 })])

  expect(groupStates(runs, () => true, 'short').map(({ minions }) => minions)).toEqual([['web1'], ['web1']])
})

it('states of several minions stay apart where the id of a minion is the name of its role', () => {
  const failed = (role: string) => state(`${role}/pkg.installed/nginx`, 'failed', 3)
  const runs = shownRuns([runOf('web', [failed('web')], 0), runOf('db', [failed('db')], 0)])

  expect(groupStates(runs, () => true, 'short').map(({ first, minions }) => [first.role, minions])).toEqual([
    ['db', ['db']],
    ['web', ['web']],
  ])
})

it('variants of a state stay apart where the id of a minion is in the file of a problem', () => {
  const failed = (file: string) =>
    state(MOTD, 'failed', 3, { problem: { code: 'FLEET_INVALID', message: 'x', source: { file, line: 1, column: 1 } } })
  const runs = shownRuns([runOf('web', [failed('files/web')], 0), runOf('db', [failed('files/db')], 0)])

  expect(groupStates(runs, () => true, 'short').map(({ variants }) => variants.length)).toEqual([2])
})

import { describe, expect, it } from 'vitest'
import { suggestSameIntent } from '../../../../master/yaml/suggest.ts'
import { STATES } from '../../../../states/index.ts'
import { compileScene, problemLines } from '../compile-scene.ts'

const problemsOf = (states: string): string =>
  problemLines(compileScene({ roles: { 'app/states.yml': states } })).join('\n')

it.each([
  ['/etc/x:\n  file.append: {text: a}\n', /STATE_UNKNOWN .*`file\.append` \| Own the whole file.*file\.blockreplace/],
  ['x:\n  cron.present: {cmd: x}\n', /Use `timer\.present`/],
  ['x:\n  ansible.builtin.lineinfile: {line: x}\n', /Own the whole file/],
  ['nginx:\n  service.running: {}\n  notify: {}\n', /`watch: \[\{file/],
  [
    '/etc/x:\n  file.managed: {contents: a, notify: y}\n',
    /PARAM_UNKNOWN .*`notify`.*\| List it at the service: `watch/,
  ],
  ['/etc/x:\n  file.managed: {contents: a, with_items: [y]}\n', /Use `each:/],
  ['/etc/x:\n  file.managed: {contents: a, owner: y}\n', /Use `user`\./],
  ['/etc/x:\n  file.managed: {contents: a, become: true}\n', /the minion is root/],
  ['x:\n  cmd.run: {cmd: [x], register: y}\n', /Use a guard/],
  ['/etc/x:\n  file.managed: {contents: a, listen: []}\n', /STATE_ARGUMENT_UNSUPPORTED.*Use `watch`/],
])('the hint for %j says what to write in Saltern', (states, words) => {
  expect(problemsOf(states)).toMatch(words)
})

describe('a suggestion', () => {
  const types = STATES.map(({ name }) => name)

  it.each([
    ['file.append', undefined],
    ['pkg.uninstalled', undefined],
    ['user.presant', 'user.present'],
    ['pkg.remove', 'pkg.removed'],
    ['servce.running', 'service.running'],
    ['mount.unmounted', undefined],
  ])('the suggestion for the state %s is %s, never a state that does the opposite', (word, expected) => {
    expect(suggestSameIntent(word, types)).toBe(expected)
  })

  it('the suggestion for an argument is never its opposite', () => {
    expect(suggestSameIntent('unenable', ['enable', 'reload'])).toBeUndefined()
    expect(suggestSameIntent('enabel', ['enable', 'reload'])).toBe('enable')
  })
})

it('an unknown argument is answered with all arguments, including `source` and those of every state', () => {
  expect(problemsOf('/etc/x:\n  file.managed: {contents: a, zzz: y}\n')).toMatch(
    /has no argument `zzz`; it has name, contents, source, mode, user, group, .*; every state also has require, .*check_cmd/,
  )
})

import { describe, expect, it } from 'vitest'
import { compileScene, problemLines } from './compile-scene.ts'

const site = (path: string): string => `${path}:
  file.managed: {contents: "server {}\\n"}
nginx:
  service.running: {watch: [{file: ${path}}]}
`
const ROLES = {
  'shop/states.yml': site('/etc/nginx/sites-enabled/default'),
  'stats/states.yml': site('/etc/nginx/conf.d/stats.conf'),
}
const problemsOf = (roles: { readonly [path: string]: string }): string =>
  problemLines(compileScene({ roles, assigned: ['shop', 'stats'] })).join('\n')

describe('two roles that claim files of one service', () => {
  it('are found when they are compiled, with both roles, both files and both places', () => {
    expect(problemsOf(ROLES)).toMatch(
      /^roles\/stats\/states\.yml:3:1 SERVICE_CLAIMED_TWICE the roles `shop` \(roles\/shop\/states\.yml:3:1\) and `stats` both run the service `nginx` and both write files of it: `\/etc\/nginx\/sites-enabled\/default` and `\/etc\/nginx\/conf\.d\/stats\.conf` \| .*`include: \[shop\]`/,
    )
  })

  it('are fine when one includes the other, or leaves the service to it', () => {
    expect(problemsOf({ ...ROLES, 'stats/role.yml': 'include: [shop]\n' })).toBe('(no problem)')
    const leaves = {
      'stats/role.yml': 'include: [shop]\n',
      'stats/states.yml':
        '/etc/nginx/conf.d/stats.conf:\n  file.managed: {contents: "x", watch_in: [{service: nginx}]}\n',
    }
    expect(problemsOf({ ...ROLES, ...leaves })).toBe('(no problem)')
  })

  it('are fine when only one of them writes files of it', () => {
    expect(problemsOf({ ...ROLES, 'stats/states.yml': 'nginx:\n  service.running: {}\n' })).toBe('(no problem)')
  })

  it('are found by the file when one removes what the other one writes', () => {
    const removes = '/etc/nginx/sites-enabled/default:\n  file.absent: {}\n'

    expect(problemsOf({ ...ROLES, 'stats/states.yml': removes })).toContain('DECLARED_TWICE')
  })
})

import { expect, it } from 'vitest'
import { compileScene, problemLines } from '../compile-scene.ts'

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

it('two roles that write files of one service are reported with both roles, files and locations', () => {
  expect(problemsOf(ROLES)).toMatch(
    /^roles\/stats\/states\.yml:3:1 SERVICE_CLAIMED_TWICE the roles `shop` \(roles\/shop\/states\.yml:3:1\) and `stats` both run the service `nginx` and both write files for it: `\/etc\/nginx\/sites-enabled\/default` and `\/etc\/nginx\/conf\.d\/stats\.conf` \| .*`include: \[shop\]`/,
  )
})

it('two roles can write files of one service when one includes the other or leaves the service to it', () => {
  expect(problemsOf({ ...ROLES, 'stats/role.yml': 'include: [shop]\n' })).toBe('(no problem)')
  const leaves = {
    'stats/role.yml': 'include: [shop]\n',
    'stats/states.yml':
      '/etc/nginx/conf.d/stats.conf:\n  file.managed: {contents: "x", watch_in: [{service: nginx}]}\n',
  }
  expect(problemsOf({ ...ROLES, ...leaves })).toBe('(no problem)')
})

it('two roles can run one service when only one of them writes its files', () => {
  expect(problemsOf({ ...ROLES, 'stats/states.yml': 'nginx:\n  service.running: {}\n' })).toBe('(no problem)')
})

it('one role that removes a file and another that writes it are reported by file', () => {
  const removes = '/etc/nginx/sites-enabled/default:\n  file.absent: {}\n'

  expect(problemsOf({ ...ROLES, 'stats/states.yml': removes })).toContain('DECLARED_TWICE')
})

it('two roles can write files of one service when both include the role that runs it', () => {
  const web = { 'web/states.yml': 'nginx:\n  service.running: {}\n' }
  const both = { 'shop/role.yml': 'include: [web]\n', 'stats/role.yml': 'include: [web]\n' }

  expect(problemsOf({ ...ROLES, ...web, ...both })).toBe('(no problem)')
  // A role that both include and that does not concern the service does not relate them.
  expect(problemsOf({ ...ROLES, ...both, 'web/states.yml': 'cron:\n  service.running: {}\n' })).toContain(
    'SERVICE_CLAIMED_TWICE',
  )
})

it('conflicting service files are found in every pair of roles, in any order', () => {
  const roles = {
    ...ROLES,
    'more/states.yml': site('/etc/nginx/conf.d/more.conf'),
    'more/role.yml': 'include: [shop]\n',
  }
  const lines = problemLines(compileScene({ roles, assigned: ['more', 'shop', 'stats'] }))

  expect(lines).toHaveLength(1)
  expect(lines.join()).toMatch(/`shop` .* and `stats` both run .*`watch_in: \[\{service: nginx\}\]`/)
})

it('two roles with separate drop-ins of one service, none of them the default site, only cause a warning', () => {
  const dropIn = (path: string): string =>
    `${path}:\n  file.managed: {contents: "Port 22\\n"}\nssh:\n  service.running: {reload: true, watch: [{file: ${path}}]}\n`
  const result = compileScene({
    roles: {
      'shop/states.yml': dropIn('/etc/ssh/sshd_config.d/10-fleet.conf'),
      'stats/states.yml': dropIn('/etc/ssh/sshd_config.d/50-own.conf'),
    },
    assigned: ['shop', 'stats'],
  })

  expect(result).toMatchObject({
    ok: true,
    warnings: [{ code: 'SERVICE_SHARED', message: expect.stringContaining('50-own.conf'), source: { line: 3 } }],
  })
})

it('a role that writes a whole file conflicts with a role that manages a block in it', () => {
  const path = '/etc/nginx/nginx.conf'
  const block = `mine:\n  file.blockreplace: {name: ${path}, contents: "x", marker_start: "# a", marker_end: "# b"}\nnginx:\n  service.running: {watch: [{file: mine}]}\n`

  expect(problemsOf({ 'shop/states.yml': site(path), 'stats/states.yml': block })).toContain('SERVICE_CLAIMED_TWICE')
})

it.each([
  [
    'removed',
    '/etc/nginx/conf.d/old.conf:\n  file.absent: {}\nnginx:\n  service.running: {watch: [{file: /etc/nginx/conf.d/old.conf}]}\n',
  ],
  ['a directory', '/srv/stats:\n  file.directory: {}\nnginx:\n  service.running: {watch: [{file: /srv/stats}]}\n'],
  ['only required', '/srv/x:\n  file.managed: {contents: x}\nnginx:\n  service.running: {require: [{file: /srv/x}]}\n'],
])('two roles with files of one service do not conflict when the file of one is %s', (_how, states) => {
  const result = compileScene({ roles: { ...ROLES, 'stats/states.yml': states }, assigned: ['shop', 'stats'] })

  expect(result).toMatchObject({ ok: true, warnings: [] })
})

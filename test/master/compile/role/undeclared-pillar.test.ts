import { expect, it } from 'vitest'
import { Secret } from '../../../../protocol/secret.ts'
import { compileScene, type PillarMap, problemLines } from '../compile-scene.ts'

const ROLES = {
  'app/role.yml': 'pillar:\n  app.port: {type: port, default: 80}\n  app.users: {type: {"*": text}, default: {}}\n',
  'app/states.yml': '/etc/app:\n  file.managed: {contents: "port {{pillar.app.port}}"}\n',
  'other/role.yml': 'pillar:\n  other.key: {type: text, default: x}\n',
  'other/states.yml': 'curl:\n  pkg.installed: {}\n',
}

function problemsOf(pillar: PillarMap, roles: { readonly [path: string]: string } = ROLES): string {
  return problemLines(compileScene({ roles, pillar })).join('\n')
}

it('an undeclared pillar key is an error that suggests the similar key', () => {
  expect(problemsOf({ app: { prot: 8080 } })).toMatch(
    /PILLAR_UNDECLARED no role declares the pillar key `app\.prot`, so nothing reads it \| Did you mean `app\.port`\?/,
  )
})

it('a pillar key is valid if any role declares it or it lies inside a declared map', () => {
  expect(problemsOf({ other: { key: 'y' }, app: { users: { anna: 'a' } } })).toBe('(no problem)')
})

it('a pillar key with a dot is an error that shows the nested form', () => {
  const found = problemsOf({ 'app.port': 8080 })

  expect(found).toMatch(
    /PILLAR_UNDECLARED `app\.port` is one key with a dot in it, so nothing reads it \| Write one key inside the other: `app: \{port: \.\.\.\}`\./,
  )
  expect(problemsOf({ app: { users: { 'anna.b': 'a' } } })).toBe('(no problem)')
})

it('a sealed pillar key does not need a declaration, because a schedule may read it', () => {
  expect(problemsOf({ mail: { password: new Secret('a clear value', 'mail.password') } })).toBe('(no problem)')
})

it('undeclared pillar keys are not reported while a role cannot be read', () => {
  const problems = problemsOf({ app: { prot: 8080 } }, { ...ROLES, 'other/role.yml': 'pilar: {}\n' })

  expect(problems).not.toContain('PILLAR_UNDECLARED')
})

it('an expression in a pillar file is an error because it would not be evaluated', () => {
  expect(problemsOf({ app: { users: { anna: 'on {{grains.hostname}}' } } })).toMatch(
    /PILLAR_INVALID expressions in a pillar file are not evaluated: `\{\{grains\.hostname\}\}` at `app\.users\.anna`/,
  )
})

it('a template of another program in a pillar file is plain text', () => {
  expect(
    problemsOf({ app: { users: { anna: '{{ .Labels.instance }} {{ $labels.minion }} {{ template "salt" . }}' } } }),
  ).toBe('(no problem)')
})

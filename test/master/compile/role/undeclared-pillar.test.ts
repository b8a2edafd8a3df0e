import { describe, expect, it } from 'vitest'
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

describe('a pillar key that no role declares', () => {
  it('is an error with the key that it resembles, instead of leaving the default in force', () => {
    expect(problemsOf({ app: { prot: 8080 } })).toMatch(
      /PILLAR_UNDECLARED no role declares the pillar key `app\.prot`, so nothing reads it \| Did you mean `app\.port`\?/,
    )
  })

  it('is fine when a role declares it that this minion does not have, or when it lies inside a declared map', () => {
    expect(problemsOf({ other: { key: 'y' }, app: { users: { anna: 'a' } } })).toBe('(no problem)')
  })

  it('is an error when it is one key with a dot, with the same as one key inside the other', () => {
    const found = problemsOf({ 'app.port': 8080 })

    expect(found).toMatch(
      /PILLAR_UNDECLARED `app\.port` is one key with a dot in it, so nothing reads it \| Write one key inside the other: `app: \{port: \.\.\.\}`\./,
    )
    expect(problemsOf({ app: { users: { 'anna.b': 'a' } } })).toBe('(no problem)')
  })

  it('is fine when it is sealed, since a schedule may read it', () => {
    expect(problemsOf({ mail: { password: new Secret('a clear value', 'mail.password') } })).toBe('(no problem)')
  })

  it('is not complained about while a role cannot be read', () => {
    const problems = problemsOf({ app: { prot: 8080 } }, { ...ROLES, 'other/role.yml': 'pilar: {}\n' })

    expect(problems).not.toContain('PILLAR_UNDECLARED')
  })
})

describe('an expression in a pillar file', () => {
  it('is an error, since it would stay as it is', () => {
    expect(problemsOf({ app: { users: { anna: 'on {{grains.hostname}}' } } })).toMatch(
      /PILLAR_INVALID expressions in a pillar file are not evaluated: `\{\{grains\.hostname\}\}` at `app\.users\.anna`/,
    )
  })

  it('is text when it is a template of another program', () => {
    expect(
      problemsOf({ app: { users: { anna: '{{ .Labels.instance }} {{ $labels.minion }} {{ template "salt" . }}' } } }),
    ).toBe('(no problem)')
  })
})

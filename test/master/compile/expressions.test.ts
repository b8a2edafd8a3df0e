import { describe, expect, it } from 'vitest'
import type { ExportedValue } from '../../../master/compile/catalog/input.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import { Secret } from '../../../protocol/secret.ts'
import { compileScene, problemLines } from './compile-scene.ts'

const ROLE = `summary: A test
pillar:
  app.nets: {type: [cidr], default: [10.0.0.0/8, "2001:db8::/32", 192.0.2.0/24]}
  app.users:
    type: {"*": {kind: {one_of: [human, robot]}, "shell?": path}}
    default: {anna: {kind: human, shell: /bin/sh}, bot: {kind: robot}}
`

function value(expression: string): unknown {
  const exported: readonly ExportedValue[] = ['db1', 'db2'].map((minion, index) => ({
    minion: minion as MinionId,
    value: `10.0.0.${index + 1}`,
  }))
  const compiled = compileScene({
    roles: {
      'app/role.yml': ROLE,
      'app/states.yml': `probe:\n  file.managed: {name: /probe, contents: '{{json (${expression})}}'}\n`,
    },
    input: { exports: new Map([['db', new Map([['address', exported]])]]) },
  })
  if (!compiled.ok) return problemLines(compiled)
  const contents = compiled.catalog.states[0]?.params['contents']
  return typeof contents === 'string' ? JSON.parse(contents) : contents
}

it('ipv4 and ipv6 select addresses and networks by family', () => {
  expect(value('ipv4 pillar.app.nets')).toEqual(['10.0.0.0/8', '192.0.2.0/24'])
  expect(value('ipv6 pillar.app.nets')).toEqual(['2001:db8::/32'])
})

it('values and pluck return map values, and compact drops missing ones', () => {
  expect(value('pluck (values pillar.app.users) "shell"')).toEqual(['/bin/sh', null])
  expect(value('compact (pluck (values pillar.app.users) "shell")')).toEqual(['/bin/sh'])
})

it('flatten, affix and chunks build lists', () => {
  expect(value('flatten pillar.app.nets "::1"')).toEqual(['10.0.0.0/8', '2001:db8::/32', '192.0.2.0/24', '::1'])
  expect(value('affix (keys pillar.app.users) "k/" ".pub"')).toEqual(['k/anna.pub', 'k/bot.pub'])
  expect(value('chunks "abcde" 2')).toEqual(['ab', 'cd', 'e'])
})

it('export_of returns the export of one minion, or null', () => {
  expect(value('export_of "db2" "db" "address"')).toBe('10.0.0.2')
  expect(value('export_of "db3" "db" "address"')).toBeNull()
})

describe('the public part of a private key', () => {
  const publicKeyOf = (clear: string): unknown => {
    const compiled = compileScene({
      roles: {
        'app/role.yml': 'summary: A test\npillar: {app.key: {type: secret}}\n',
        'app/states.yml': 'probe: {file.managed: {name: /probe, contents: "{{public_key pillar.app.key}}"}}\n',
      },
      pillar: { app: { key: new Secret(clear, 'app.key') } },
    })
    return compiled.ok ? compiled.catalog.states[0]?.params['contents'] : problemLines(compiled)
  }

  it('public_key returns a value that is not secret, and rejects a secret that is not a private key', () => {
    expect(publicKeyOf('PRIVATE KEY')).toBe('cHVibGlj')
    expect(publicKeyOf('hunter2')).toEqual([
      expect.stringMatching(/expected a private key as PEM, sealed, got a secret/),
    ])
  })
})

it('a value outside of `one_of` is rejected with the pillar key path', () => {
  const compiled = compileScene({
    roles: {
      'app/role.yml': ROLE,
      'app/states.yml': 'probe: {file.managed: {name: /probe, contents: "{{json pillar.app.users}}"}}\n',
    },
    pillar: { app: { users: { anna: { kind: 'cat' } } } },
  })

  expect(problemLines(compiled).join('\n')).toMatch(/`app.users.anna.kind` must be one of `human`, `robot`/)
})

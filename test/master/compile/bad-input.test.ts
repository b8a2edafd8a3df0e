import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { Secret } from '../../../protocol/secret.ts'
import { compileScene, problemLines } from './compile-scene.ts'

interface Case {
  readonly name: string
  readonly role?: string
  readonly states: string
  readonly other?: string
  readonly template?: string
  readonly pillar?: 'sealed'
}

const CASES = join(import.meta.dirname, '../../cases/compile')
const cases = parse(readFileSync(join(CASES, 'bad-input.yml'), 'utf8')) as readonly Case[]
const expected = parse(readFileSync(join(CASES, 'bad-input.expected.yml'), 'utf8')) as {
  readonly [name: string]: readonly string[]
}

function linesOf({ role = '', states, other, template, pillar }: Case): readonly string[] {
  return problemLines(
    compileScene({
      roles: {
        'app/role.yml': role,
        'app/states.yml': states,
        ...(other === undefined ? {} : { 'other/role.yml': other }),
        ...(template === undefined ? {} : { 'app/templates/x.hbs': template }),
      },
      ...(pillar === undefined ? {} : { pillar: { app: { password: new Secret('a clear value', 'app.password') } } }),
    }),
  )
}

describe('bad input in roles', () => {
  it('every bad-input case has an expected message, and no expected message is unused', () => {
    expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort())
  })

  for (const one of cases) {
    it(`the bad-input case ${one.name} reports its location and a hint`, () => {
      expect(linesOf(one)).toEqual(expected[one.name])
    })
  }

  it('no problem about a secret shows its value', () => {
    const sealed = cases.filter(({ pillar }) => pillar === 'sealed')

    expect(sealed.length).toBeGreaterThan(2)
    expect(JSON.stringify(sealed.map(linesOf))).not.toContain('a clear value')
  })
})

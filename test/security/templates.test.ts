import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../protocol/secret.ts'
import { compileScene, type PillarMap, problemLines } from '../master/compile/compile-scene.ts'

/** Threat 15: known attacks on template engines, applied to ours. */

const CLEAR = 'a clear value'

afterEach(() => {
  // After every attempt, no object of this process may have a new property.
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

function contents(text: string, pillar: PillarMap = {}, role = ''): unknown {
  const result = compileScene({
    roles: {
      'app/role.yml': `pillar:\n  app.data: {type: {"*": text}, default: {}}\n  app.password: {type: secret}\n${role}`,
      'app/states.yml': 'x:\n  file.managed: {name: /x, source: templates/x.hbs}\n',
      'app/templates/x.hbs': text,
    },
    pillar: { app: { password: new Secret(CLEAR, 'app.password'), ...pillar } },
  })
  return result.ok ? result.catalog.states[0]?.params['contents'] : problemLines(result)
}

/** All known ways in Handlebars to a function, the prototype, or code: from its CVEs, and from common attempts. */
const ROADS = [
  '{{constructor}}',
  '{{this.constructor}}',
  '{{__proto__}}',
  '{{this.__proto__}}',
  '{{pillar.constructor}}',
  '{{pillar.__proto__.polluted}}',
  '{{grains.addresses.constructor}}',
  '{{grains.addresses.length}}',
  '{{grains.addresses.map}}',
  '{{grains.os.length}}',
  '{{grains.[__proto__]}}',
  '{{[constructor]}}',
  '{{["constructor"]}}',
  '{{@root}}',
  '{{@root.constructor}}',
  '{{@constructor}}',
  '{{@__proto__}}',
  '{{../constructor}}',
  '{{../../../constructor}}',
  '{{toString}}',
  '{{valueOf}}',
  '{{hasOwnProperty "x"}}',
  '{{constructor "return process"}}',
  '{{constructor.constructor "return process"}}',
  '{{(constructor "return process")}}',
  '{{__lookupGetter__ "x"}}',
  '{{__defineGetter__ "undefined" valueOf}}',
  '{{helperMissing}}',
  '{{blockHelperMissing}}',
  '{{#helperMissing}}{{/helperMissing}}',
  '{{log grains}}',
  '{{lookup grains "constructor"}}',
  '{{lookup grains "__proto__"}}',
  '{{lookup (lookup grains "addresses") "constructor"}}',
  '{{lookup pillar.app.data "constructor"}}',
  '{{#with (lookup grains "constructor")}}{{this}}{{/with}}',
  '{{#with __proto__}}{{polluted}}{{/with}}',
  '{{#with "constructor" as |key|}}{{lookup grains key}}{{/with}}',
  '{{#each grains as |value __proto__|}}{{__proto__}}{{/each}}',
  '{{#constructor}}x{{/constructor}}',
  '{{> template}}',
  '{{> (lookup grains "os")}}',
  '{{#> layout}}x{{/layout}}',
  '{{#*inline "x"}}y{{/inline}}',
  '{{* decorator}}',
  '{{json constructor}}',
  '{{json this.constructor}}',
  '{{default constructor "x"}}',
  '{{has __proto__}}',
  '{{eval "1"}}',
  '{{require "fs"}}',
  '{{process.env.PATH}}',
  '{{globalThis}}',
]

it.each(ROADS)('the template %s reaches no JavaScript internals and is reported as an error of the role', text => {
  expect(contents(text)).toEqual([
    expect.stringMatching(
      /^roles\/app\/templates\/x\.hbs:\d+:\d+ (NAME_UNKNOWN|PILLAR_UNDECLARED|EXPRESSION_INVALID|TEMPLATE_INVALID) /,
    ),
  ])
})

// CVE-2019-19919, CVE-2019-20920, CVE-2021-23369, CVE-2021-23383: the published payloads.
it.each([
  '{{#with grains as |obj|}}{{#with (obj.constructor.keys "1") as |arr|}}{{arr.pop}}{{arr.push obj.constructor.name.constructor.bind}}{{/with}}{{/with}}',
  '{{#with "s" as |string|}}{{#with "e"}}{{#with split as |conslist|}}{{this.pop}}{{this.push (lookup string.sub "constructor")}}{{/with}}{{/with}}{{/with}}',
  '{{#with (__lookupGetter__ "__proto__")}}{{this}}{{/with}}',
  "{{'undefined'.__proto__.polluted = true}}",
  '{{#each (lookup this "constructor")}}{{@key}}{{/each}}',
  '{{lookup (lookup (lookup this "__proto__") "constructor") "prototype"}}',
])('the template exploit %s fails and is reported', text => {
  expect(contents(text)).toEqual([expect.stringMatching(/^roles\/app\/templates\/x\.hbs:\d+:\d+ [A-Z_]+ /)])
})

it('a template cannot output a secret through helpers other than the listed ones', () => {
  for (const helper of ['upper', 'lower', 'trim', 'length', 'sort', 'split', 'indent', 'chunks', 'eq', 'lookup']) {
    expect(String(contents(`{{${helper} pillar.app.password 2}}`)), helper).toMatch(
      /SECRET_IN_EXPRESSION|EXPRESSION_INVALID/,
    )
  }
  expect(JSON.stringify(contents('{{pillar.app.password}}'))).toBe('{"$text":[{"slot":0}]}')
})

describe('data with names of the language below it', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const data = Object.fromEntries(names.map(name => [name, `text of ${name}`]))

  it('pillar data with the names of JavaScript properties is treated as data', () => {
    expect(contents('{{json (keys pillar.app.data)}}', { data })).toBe(JSON.stringify(names.toSorted()))
    expect(contents('{{#each pillar.app.data}}{{@key}}={{this}};{{/each}}', { data })).toBe(
      names.map(name => `${name}=text of ${name};`).join(''),
    )
    for (const name of names) expect(contents(`{{lookup pillar.app.data "${name}"}}`, { data })).toBe(`text of ${name}`)
  })

  it('missing data with the names of JavaScript properties is absent', () => {
    for (const name of names) {
      expect(contents(`{{default grains.${name} "none"}}`), name).toBe('none')
      expect(contents(`{{json (pluck (minions) "${name}")}}`), name).toBe('[]')
    }
    expect(contents('{{json (pluck (flatten pillar.app.list) "constructor")}}', { list: [{ a: 'b' }] }, LIST)).toBe(
      '[null]',
    )
  })
})

const LIST = '  app.list: {type: [{"*": text}]}\n'

describe('data that looks like the inside of a catalog', () => {
  const state = (argument: string, app: PillarMap): unknown => {
    const result = compileScene({
      roles: {
        'app/role.yml':
          'pillar:\n  app.data: {type: {"*": [{"*": integer}]}, default: {}}\n  app.file: {type: {blob: text, size: integer}, optional: true}\n  app.password: {type: secret}\n',
        'app/states.yml': `x:\n  file.managed: {name: /x, contents: "${argument}"}\n`,
      },
      pillar: { app: { password: new Secret(CLEAR, 'app.password'), ...app } },
    })
    return result.ok ? result.catalog.states[0]?.params['contents'] : problemLines(result).join('\n')
  }

  it('pillar data that looks like a secret placeholder is rejected', () => {
    expect(state('{{pillar.app.data}}', { data: { $text: [{ slot: 0 }] } })).toContain(
      'EXPRESSION_INVALID a map has the key `$text`',
    )
  })

  it('pillar data that looks like a blob reference is rejected', () => {
    expect(state('{{pillar.app.file}}', { file: { blob: '../../../etc/shadow', size: 1 } })).toContain(
      '`contents` must be text, got a map',
    )
  })
})

it.each(['__proto__.polluted', 'app.__proto__.polluted', 'a..b', '.a', 'a b'])(
  'the pillar key %j is rejected and has no other effect',
  key => {
    const result = compileScene({
      roles: {
        'app/role.yml': `pillar:\n  "${key}": {type: text, default: yes it is}\n`,
        'app/states.yml': 'x:\n  file.absent: {name: /x}\n',
      },
    })

    expect(problemLines(result).join('\n')).toMatch(/a pillar key must be names of letters/)
  },
)

it('the argument `__proto__` is an unknown argument and sets nothing', () => {
  const result = compileScene({
    roles: { 'app/states.yml': 'x:\n  file.managed: {name: /x, contents: a, __proto__: {mode: "0777"}}\n' },
  })

  expect(problemLines(result).join('\n')).toContain('PARAM_UNKNOWN file.managed has no argument `__proto__`')
})

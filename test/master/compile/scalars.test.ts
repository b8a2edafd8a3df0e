import { describe, expect, it } from 'vitest'
import { parseYaml } from '../../../master/yaml/parse.ts'
import { compileScene, problemLines } from './compile-scene.ts'

/** Numbers in YAML whose text a number would not preserve. */
const WRITTEN = [
  '18446744073692774399',
  '12345678901234567890',
  '9007199254740993',
  '1.10',
  '1.0',
  '010',
  '0644',
  '00',
  '-0',
  '+5',
  '1e3',
  '1E400',
  '0x1F',
  '0o17',
  '.5',
  '5.',
  '.inf',
  '.nan',
]

const params = (states: string, more: { readonly role?: string; readonly template?: string } = {}) => {
  const result = compileScene({
    roles: {
      'app/states.yml': states,
      ...(more.role === undefined ? {} : { 'app/role.yml': more.role }),
      ...(more.template === undefined ? {} : { 'app/templates/x': more.template }),
    },
  })
  if (!result.ok) throw new Error(problemLines(result).join('\n'))
  return result.catalog.states.map(state => state.params)
}

const problems = (states: string, role = ''): readonly string[] =>
  problemLines(compileScene({ roles: { 'app/states.yml': states, 'app/role.yml': role } }))

describe('a number in YAML', () => {
  it.each(WRITTEN)('the YAML number %s reaches a program, a kernel setting and an environment as written', written => {
    const states = [
      `a: {cmd.run: {cmd: [echo, ${written}], env: {A: ${written}}}}`,
      `net.x: {sysctl.present: {value: ${written}}}`,
      `b: {timer.present: {cmd: [echo, ${written}], on_calendar: daily, env: {A: ${written}}}}`,
    ]

    expect(params(states.join('\n'))).toMatchObject([
      { cmd: ['echo', written], env: { A: written } },
      { value: written },
      { cmd: ['echo', written], env: { A: written } },
    ])
  })

  it.each(WRITTEN)('%s from the pillar, a default or an expression reaches a template as written', written => {
    const role = `pillar: {app.a: {type: text, default: ${written}}}`
    const template = /^-?\d+(\.\d+)?$/.test(written)
      ? `{{pillar.app.a}} {{concat ${written} "x"}}`
      : `{{pillar.app.a}} ${written}x`

    expect(params('/etc/x: {file.managed: {source: templates/x}}', { role, template })).toMatchObject([
      { contents: `${written} ${written}x` },
    ])
  })

  it('a YAML number stays a number in number arguments and becomes its text in text arguments', () => {
    const states = 'a: {cmd.run: {cmd: [sleep, 1.5, 10, -3, 0], env: {A: 8080}, success_retcodes: [0, 10]}}'

    expect(params(states)).toMatchObject([
      { cmd: ['sleep', '1.5', '10', '-3', '0'], env: { A: '8080' }, success_retcodes: [0, 10] },
    ])
  })

  it('a number as a package version is kept as written', () => {
    const states =
      'hh: {pkg.installed: {version: 1.10}}\nii: {pkg.installed: {version: 2}}\nall: {pkg.installed: {pkgs: [jq: 1.10, curl: 7.5]}}'

    expect(params(states)).toMatchObject([
      { version: '1.10' },
      { version: '2' },
      { pkgs: [{ jq: '1.10' }, { curl: '7.5' }] },
    ])
  })

  it('a number as a YAML key is kept as written, so that 1.10 and 1.1 are two keys', () => {
    const { root, problems: found } = parseYaml('1.10: a\n1.1: b\n010: c\n10: d\n', 'x.yml')

    expect(found).toEqual([])
    expect(root?.kind === 'map' && root.entries.map(({ key }) => key)).toEqual(['1.10', '1.1', '010', '10'])
    expect(parseYaml('"010": a\n010: b\n', 'x.yml').problems).toMatchObject([
      { message: expect.stringContaining('twice') },
    ])
  })

  it('a number with a leading zero is rejected where a number is required, and the hint shows both spellings', () => {
    expect(problems('x: {cmd.run: {cmd: ["true"], success_retcodes: [010]}}')).toEqual([
      'roles/app/states.yml:1:48 PARAM_INVALID cmd.run: `success_retcodes[0]` must be a whole number from 0 to 255, got the text "010" | Write the number as plain digits: `10`.',
    ])
    expect(problems('x: {user.present: {uid: 0100}}')[0]).toContain('Write the number as plain digits: `100`.')
    expect(problems('/x: {file.managed: {contents: a, user: 010}}')[0]).toContain('PARAM_INVALID')
  })

  it('a number is rejected where only text is accepted, and the hint shows the quoted form', () => {
    expect(problems('/x: {file.managed: {contents: 5}}')[0]).toContain('| Put it in quotes: `"5"`.')
    expect(problems('x: {cmd.run: {cmd: [echo, true]}}')[0]).toContain('| Put it in quotes: `"true"`.')
  })

  it('a number with a leading zero is accepted as a file mode', () => {
    expect(params('/etc/x: {file.managed: {contents: a, mode: 0644}}')).toMatchObject([{ mode: '0644' }])
  })

  it('an integer that is too large is rejected in the pillar and in arithmetic', () => {
    const role = (value: string) => `pillar: {app.a: {type: integer, default: ${value}}}`
    const states = 'x: {cmd.run: {cmd: [echo, "{{pillar.app.a}}"]}}'

    expect(problems(states, role('18446744073692774399'))[0]).toContain('got the text "18446744073692774399"')
    expect(problems(states, role('010'))[0]).toContain('got the text "010"')
    expect(problems('x: {cmd.run: {cmd: [echo, "{{add 18446744073692774399 1}}"]}}')[0]).toContain('too large')
    expect(problems('x: {cmd.run: {cmd: [echo, "{{mul 9007199254740991 3}}"]}}')[0]).toContain('too large')
  })

  it.each(['\\r', '\\r\\n', '\\n', '\\n\\r'])(
    'a number in an expression is kept as written after the line break %s',
    end => {
      const states = `/etc/x: {file.managed: {contents: "a${end}{{concat 7 1.10 'x'}}"}}`

      expect(params(states)[0]?.['contents']).toMatch(/^a[\r\n]+71\.10x$/)
    },
  )

  it.each(['timeout: 2.50', 'timeout: 2.0', 'confirm: 60.0', 'order: 1.0'])(
    'a number with trailing zeros is accepted where a number is required: %s',
    written => {
      expect(problems(`x: {cmd.run: {cmd: ["true"], ${written}}}`)).toEqual(['(no problem)'])
    },
  )

  it('a number as a mode in the pillar is answered with its quoted form, and a boolean is not', () => {
    const role = (value: string) => `pillar: {app.a: {type: mode, default: ${value}}}`
    const states = 'x: {cmd.run: {cmd: [echo, "{{pillar.app.a}}"]}}'

    expect(problems(states, role('644'))[0]).toContain('| Put it in quotes: "0644".')
    expect(problems(states, role('true'))[0]).not.toContain('Put it')
  })

  const ONE = 'x: {cmd.run: {cmd: ["true"]}}'

  it.each([
    ['x: {group.present: {gid: 60.0}}', ''],
    ['x: {cmd.run: {cmd: ["true"], success_retcodes: [60.0]}}', ''],
    ['x: {cmd.run: {cmd: [echo, "{{pillar.app.a}}"]}}', 'pillar: {app.a: {type: integer, default: 60.0}}'],
    ['x: {cmd.run: {cmd: [echo, "{{pillar.app.a}}"]}}', 'pillar: {app.a: {type: port, default: 60.0}}'],
    [ONE, 'contract: {count: {min: 60.0}}'],
    [ONE, 'certificates: {web: {common_name: a, days: 60.0}}'],
  ])(
    'a number with trailing zeros is rejected where a whole number is required, with its plain form: %s %s',
    (...role) => {
      const [found = ''] = problems(...role)

      expect(found).toMatch(/a whole number.*, got the text "60\.0"|a port.*, got the text "60\.0"/)
      expect(found).toContain('| Write the number as plain digits: `60`.')
    },
  )

  it.each([
    ['certificates: {web: {common_name: a, days: 60.5}}', /`days` must be a whole number from 1 to 825, got `60.5`/],
    ['checks: {a: {run: ["true"], expect: {exit: 1.5}}}', /`expect.exit` \w+ be a whole number, got 1.5/],
    ['checks: {a: {run: ["true"], retries: 1.5}}', /`retries` \w+ be a whole number, got 1.5/],
  ])('a number with decimals is rejected where a whole number is required: %s', (role, message) => {
    expect(problems(ONE, role).join('\n')).toMatch(message)
  })
})

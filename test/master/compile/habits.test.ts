import { expect, it } from 'vitest'
import { compileScene, problemLines } from './compile-scene.ts'

/** What users of Ansible or Salt tend to write: one problem for each mistake, with its position and our form. */
const problems = (states: string, more: { readonly [path: string]: string } = {}): readonly string[] =>
  problemLines(compileScene({ roles: { 'app/states.yml': states, ...more } }))

it('unindented arguments below a state type are each reported, and nothing else is', () => {
  expect(problems('/etc/motd:\n  file.managed:\n  contents: hello\n  mode: "0644"\n  require: [pkg: x]\n')).toEqual([
    'roles/app/states.yml:3:3 STATE_UNKNOWN `contents` is an argument of `file.managed`, but is written beside it | Indent it below `file.managed:`.',
    'roles/app/states.yml:4:3 STATE_UNKNOWN `mode` is an argument of `file.managed`, but is written beside it | Indent it below `file.managed:`.',
    'roles/app/states.yml:5:3 STATE_UNKNOWN `require` is an argument of `file.managed`, but is written beside it | Indent it below `file.managed:`.',
  ])
})

it.each([
  ['/etc/x: {file.managed: {contents: a, when: "{{true}}"}}', '`when`'],
  ['/etc/x: {file.managed: {contents: a, each: [a]}}', '`each`'],
])('a condition or loop among the arguments is reported with its proper place: %s', (states, word) => {
  expect(problems(states)).toEqual([
    expect.stringContaining(`| Put ${word} beside \`file.managed\`, with the same indentation.`),
  ])
})

it('a list of tasks as in Ansible is answered with the form of a state', () => {
  expect(problems('- name: install nginx\n  apt: {name: nginx}\n')).toEqual([
    'roles/app/states.yml:1:1 FLEET_INVALID states.yml must be a map, got a list of 1 | Write an id, a state type and its arguments for each task: `nginx: {pkg.installed: {}}`. See docs/coming-from.md.',
  ])
})

it.each([
  ['htop: {loop: [a, b], pkg.installed: {}}', '`loop` | Use `each: "{{pillar.app.list}}"`'],
  ['htop: {become: true, pkg.installed: {}}', '`become` | Leave it out: the minion is root.'],
  ['nginx: {pkg: [installed]}', '`pkg` | Write the state type in full: `pkg.installed`, `pkg.removed`.'],
])('an Ansible or Salt keyword next to the state type is reported once: %s', (states, found) => {
  expect(problems(states)).toEqual([expect.stringContaining(`STATE_UNKNOWN there is no state ${found}`)])
})

it.each([
  ['include:\n  - base\n', 'Name the roles in role.yml: `include: [base]`.'],
  ['include: base\n', 'Name the roles in role.yml: `include: [base]`.'],
])('`include` in states.yml is answered with where it belongs: %j', (states, hint) => {
  expect(problems(states)).toEqual([
    expect.stringContaining(`is a keyword of SLS files, not the id of a state | ${hint}`),
  ])
})

it('arguments written as one string are reported once, without follow-up errors', () => {
  expect(problems('x: {cmd.run: echo hello}')).toEqual([
    expect.stringMatching(
      /FLEET_INVALID the arguments of `cmd.run` \w+ be a map.* \| Write `cmd.run: \{argument: value\}`/,
    ),
  ])
})

it('`src` is reported once: `source` is meant, so `contents` is not missing', () => {
  expect(problems('/etc/x: {file.managed: {src: templates/x.hbs}}')).toEqual([
    'roles/app/states.yml:1:25 PARAM_UNKNOWN file.managed has no argument `src` | Use `source`.',
  ])
})

it('a foreign name of an argument is reported once, without reporting the real argument as missing', () => {
  expect(problems('/etc/x: {file.managed: {content: a}}')).toEqual([
    expect.stringMatching(/PARAM_UNKNOWN.*`content`.*\| Use `contents`\.$/),
  ])
})

it('a URL as `source` is answered with the valid form, together with all other errors of the state', () => {
  const states = '/etc/x: {file.managed: {source: "salt://nginx/nginx.conf", template: jinja, mode: 644}}'

  const [first, ...more] = problems(states, { 'app/templates/a.hbs': '' })
  expect(first).toMatch(/SOURCE_MISSING.*\| A source is a file of the role: `source: files\/nginx.conf`. The role has/)
  expect(more.toSorted()).toEqual([
    expect.stringMatching(/PARAM_UNKNOWN.*`template`/),
    expect.stringMatching(/PARAM_INVALID.*`mode`/),
  ])
})

it.each([
  ["{{ grains['os'] }}", 'Write `{{grains.os}}`.'],
  ['{{ pillar["site"]["title"] }}', 'Write `{{pillar.site.title}}`.'],
  ["{{ pillar.get('site:title', 'x') }}", 'Write `{{pillar.site.title}}`.'],
  ["{{ salt['pillar.get']('site:title') }}", 'Write `{{pillar.site.title}}`.'],
  ["{{ salt['cmd.run']('x') }}", 'An expression is'],
])('reading a pillar key in Jinja or Ansible style is answered with the Saltern expression: %s', (written, hint) => {
  const [first, ...more] = problems('/etc/x: {file.managed: {source: templates/a.hbs}}', {
    'app/templates/a.hbs': `a {{minion.id}}\n${written} {{minion.id}}\n`,
  })

  expect(first).toContain(`roles/app/templates/a.hbs:2:1 TEMPLATE_INVALID the expression \`${written}\` is not`)
  expect(first).toContain(`| ${hint}`)
  expect(more).toEqual([])
})

it('all Jinja syntax in a template is reported at once', () => {
  const statements = "{% if x %}\n{{ pillar['a'] }}\n{% endif %}\n{# c #}\n"
  const expressions = "{{ pillar['a'] }}\n{{#if minion.id}}\n{{ x | default('y') }}\n{{/if}}\n"
  const states =
    '/etc/x: {file.managed: {source: templates/a.hbs}}\n/etc/y: {file.managed: {source: templates/b.hbs}}\n'
  const found = problems(states, { 'app/templates/a.hbs': statements, 'app/templates/b.hbs': expressions })

  expect(found.map(line => line.split(' ')[0])).toEqual([
    'roles/app/templates/a.hbs:1:1',
    'roles/app/templates/a.hbs:3:1',
    'roles/app/templates/a.hbs:4:1',
    'roles/app/templates/b.hbs:1:1',
    'roles/app/templates/b.hbs:3:1',
  ])
})

it('every unknown name in a template is reported, including inside blocks, and once per loop', () => {
  const template = '{{foo}} {{minion.id}}\n{{#each (range 1 9)}}\n{{bar}} {{minion.nme}}\n{{/each}}\n{{foo}}\n'
  const found = problems('/etc/x: {file.managed: {source: templates/a.hbs}}', { 'app/templates/a.hbs': template })

  expect(found.map(line => line.split(' ').slice(0, 5).join(' '))).toEqual([
    'roles/app/templates/a.hbs:1:1 NAME_UNKNOWN there is no',
    'roles/app/templates/a.hbs:3:1 NAME_UNKNOWN there is no',
    'roles/app/templates/a.hbs:3:9 NAME_UNKNOWN there is no',
    'roles/app/templates/a.hbs:5:1 NAME_UNKNOWN there is no',
  ])
})

it.each(['{% if x %}\n/etc/x: {file.absent: {}}\n{% endif %}\n', 'a: {pkg.installed: {}}\n{# text #}\n'])(
  'Jinja around states is reported: %j',
  states => {
    for (const line of problems(states))
      expect(line).toMatch(/is Jinja, and a YAML file is not a template \| Use `when`/)
    expect(problems(states)).toHaveLength(states.split(/\{[%#]/).length - 1)
  },
)

it('a shell line in cmd.run is answered with `shell: true`, never with a list that contains operators', () => {
  expect(problems('x: {cmd.run: {cmd: apt update && apt upgrade -y}}')).toEqual([
    expect.stringMatching(/`cmd` uses shell syntax: add `shell: true`/),
  ])
  expect(problems('x: {cmd.run: {cmd: apt update}}')[0]).toContain('write `cmd: ["apt","update"]`')
})

it.each([
  ['item', '`as: item` next to the state type'],
  ['inventory_hostname', 'Use `minion.id`.'],
  ['ansible_facts.os_family', 'Use `grains`'],
  ['hostvars.db1', 'an export of the other role'],
  ['vault_password', 'Seal the secret'],
  ['salt.x', 'Use `pillar`, `grains` or `minion`'],
])('a foreign variable name is answered with the Saltern name: %s', (name, hint) => {
  expect(problems(`/etc/x: {file.managed: {contents: "{{ ${name} }}"}}`)).toEqual([
    expect.stringMatching(new RegExp(`NAME_UNKNOWN there is no .* \\| .*${hint}`)),
  ])
})

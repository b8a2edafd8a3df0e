import { expect, it } from 'vitest'
import { parseRunbook } from '../../master/runbooks/parse.ts'
import { Plan } from '../../master/runbooks/plan.ts'
import { filesBelow, readSource } from './source-files.ts'

const host = (id: string, ...roles: readonly string[]) => ({
  id,
  level: 'staging',
  roles,
  ip4: `10.0.0.${id.slice(-1)}`,
})
const members = [host('db1', 'db', 'masterdb'), host('db2', 'db'), host('db3', 'db')]
const names = { params: { to: members[1] ?? {} }, holders: { masterdb: members[0] ?? {} }, level: 'staging' }

it.each(filesBelow(['runbooks'], '.yml'))('the bundled runbook %s has no problem and a summary', path => {
  const book = parseRunbook(path.slice('runbooks/'.length, -'.yml'.length), readSource(path))

  expect(book.problems).toEqual([])
  expect(book.summary.length).toBeGreaterThan(20)
})

it('db-promote fences the old primary and moves the allocation before it opens the new one, and has no undo after that step', () => {
  const plan = new Plan({ runbook: 'db-promote', text: readSource('runbooks/db-promote.yml'), names, members })
  const rows = plan.rows().map(({ name, kind, on, final }) => [kind, on ?? '-', name, final === true])

  expect(rows).toEqual([
    ['require', '-', 'db2 is a db of the level and not its masterdb', false],
    ['run', 'db2', 'db2 follows db1 closely', false],
    ['confirm', '-', 'db1 stops to write, db2 begins', false],
    ['run', 'db1', 'db1 stays read-only over a restart', false],
    ['run', 'db1', 'db1 takes no writes any more', false],
    ['run', 'db2', 'db2 has all that db1 wrote', false],
    ['run', 'db1', 'db1 is still fenced', false],
    ['allocation', 'masterdb to db2', 'the allocation of masterdb goes to db2', false],
    ['run', 'db2', 'db2 writes', true],
    ['run', 'db2', 'db2 writes after a restart too', false],
    ['run', 'db1', 'db1 takes its last transaction for its place', false],
    ['run', 'db3', 'db3 follows db2', false],
    [
      'apply',
      'role=db and level=staging',
      'all db hosts, and who reads where the masterdb is, are brought to it',
      false,
    ],
    ['run', 'db1', 'db2 writes, and db1 follows it', false],
  ])
})

it('db-promote writes the same file as the role db, so that an apply changes nothing', () => {
  const template = readSource('roles/db/templates/61-writer.cnf.hbs')
  const [head = ''] = template.split('read_only')
  const inputs = readSource('runbooks/db-promote.yml').match(/^ +stdin: "# Written by Saltern.*"$/gm) ?? []

  expect(inputs).toHaveLength(3)
  for (const input of inputs) {
    const text = JSON.parse(input.trim().slice('stdin: '.length)) as string
    expect(text).toMatch(/^[^]*read_only = (ON|OFF)\n$/)
    expect(text.split('read_only')[0]).toBe(head)
  }
})

it('docs/runbooks.md shows a runbook that parses', () => {
  const [, example = ''] = /^```yaml\n(.*?)^```$/ms.exec(readSource('docs/runbooks.md')) ?? []

  expect(parseRunbook('move', example)).toMatchObject({ problems: [], summary: 'Moves the leader' })
})

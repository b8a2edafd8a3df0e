import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Invocation } from '../../../master/cli/invocation.ts'
import { parseCommand } from '../../../master/cli/parse.ts'
import { parseIds, withTargetLists } from '../../../master/cli/target-lists.ts'
import { AppError } from '../../../protocol/errors.ts'

let directory: string
let hosts: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saltern-lists-'))
  hosts = join(directory, 'hosts')
  await writeFile(hosts, '# the edge\nweb1\nweb2   # new\n\nlb*, web1\n')
  await writeFile(join(directory, 'empty'), '# nobody\n')
})
afterAll(() => rm(directory, { recursive: true }))

/** What a command line asks for once its lists are read. */
function read(words: readonly string[], stdin?: string): Promise<Invocation> {
  const context = {
    readStdin: () => (stdin === undefined ? Promise.reject(new Error('nobody reads')) : Promise.resolve(stdin)),
    stdinIsTerminal: stdin === undefined,
  }
  return withTargetLists(context, parseCommand(words, '1'))
}

async function targetOf(words: readonly string[], stdin?: string): Promise<unknown> {
  const invocation = await read(words, stdin)
  if (invocation.kind === 'call' || invocation.kind === 'compliance') {
    return (invocation.call.input as { readonly target?: string }).target
  }
  return (invocation as { readonly target?: string }).target
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work)
  } catch (thrown) {
    return (thrown as AppError).problems.map(({ code, message }) => `${code} ${message}`).join()
  }
}

it('a list of minions in a target is read from the file that `@` names, or from stdin for `-`', async () => {
  expect(await targetOf(['apply', `@${hosts}`])).toBe('id=web1,web2,lb*')
  expect(await targetOf(['ping', '-'], 'db1\ndb2\n')).toBe('id=db1,db2')
  expect(await targetOf(['compliance', `@${hosts}`])).toBe('id=web1,web2,lb*')
  expect(await targetOf(['ssh-config', `@${hosts}`])).toBe('id=web1,web2,lb*')
  expect(await targetOf(['run', `@${hosts}`, '--', 'uptime'])).toBe('id=web1,web2,lb*')
  expect(await read(['cp', 'a', `@${hosts}:/a`])).toMatchObject({ wish: { target: 'id=web1,web2,lb*', to: '/a' } })
})

it('a list of minions in a target stands among other words, which narrow it or leave it out', async () => {
  expect(await targetOf(['test', `@${hosts}`, 'role=web'])).toBe('id=web1,web2,lb* role=web')
  expect(await targetOf(['test', 'role=web', 'not', `@${hosts}`])).toBe('role=web not id=web1,web2,lb*')
  expect(await targetOf(['test', `(id=@${hosts}`, 'or', 'db1)'])).toBe('(id=web1,web2,lb* or db1)')
  expect(await targetOf(['test', `id=db1,@${hosts},-`], 'db9')).toBe('id=db1,web1,web2,lb*,db9')
})

it('a list of minions in a target does not read a file or stdin for any other word', async () => {
  for (const target of ['web-1', 'role=a-b', 'grain.fqdn=a@b', 'web1 not web-2', '*']) {
    expect(await targetOf(['test', target])).toBe(target)
  }
})

it('a list of minions in a target of stdin leaves no input for the program that runs', async () => {
  expect(await read(['run', '-', '--', 'cat'], 'web1')).toMatchObject({ target: 'id=web1', stdin: false })
  expect(await read(['run', `@${hosts}`, '--', 'cat'])).toMatchObject({ stdin: true })
})

it('a list of minions in a target that is empty or cannot be read selects nothing and is an error', async () => {
  expect(await refusal(read(['apply', `@${directory}/empty`]))).toMatch(/^TARGET_SYNTAX .*empty` has no ids$/)
  expect(await refusal(read(['apply', '-'], ''))).toBe('TARGET_SYNTAX stdin has no ids')
  expect(await refusal(read(['apply', '-']))).toBe('USAGE `-` reads ids from stdin, and stdin is a terminal')
  expect(await refusal(read(['apply', `@${directory}/none`]))).toMatch(
    /^FILE_UNREADABLE cannot read the list of minions .*: ENOENT$/,
  )
})

it('a list of minions in a target holds ids and globs only, so no other word of a file selects anything', () => {
  for (const word of [
    '*',
    '**',
    'role=db',
    'not',
    '(web1',
    '!web1',
    '@other',
    'WEB1',
    'online',
    'offline',
    'failed',
    'outdated',
    'all',
    'and',
  ]) {
    let thrown: unknown
    try {
      parseIds('hosts', `web1\nweb2 ${word}\n`)
    } catch (error) {
      thrown = error
    }
    const source = { file: 'hosts', line: 2, column: 6 }
    expect([word, (thrown as AppError).problems]).toMatchObject([word, [{ code: 'TARGET_SYNTAX', source }]])
  }
  expect(() => parseIds('hosts', 'x'.repeat(300_000))).toThrow(AppError)
})

it('a list of minions in a target becomes `id=`, so that an entry with the name of a group selects that minion only', async () => {
  expect(await targetOf(['apply', '-'], 'edge\n')).toBe('id=edge')
  expect(await targetOf(['apply', 'web*', 'id=-'], 'edge\n')).toBe('web* id=edge')
  expect(await targetOf(['apply', 'web*', 'and', '-'], 'edge\n')).toBe('web* and id=edge')
  expect(await targetOf(['apply', 'not', '-'], 'edge\nedge\n')).toBe('not id=edge')
  expect(await targetOf(['apply', '-', 'or', 'db1'], 'edge\n')).toBe('id=edge or db1')
  expect(await targetOf(['apply', `@${hosts}`, 'not', 'web1'])).toBe('id=web1,web2,lb* not web1')
  expect(await refusal(read(['apply', '-'], 'online\n'))).toBe(
    'TARGET_SYNTAX expected an id or a glob of ids, got `online`, a target word',
  )
})

it('a list of minions in a target is refused where it would stand for values of a field, or beside a bare word', async () => {
  for (const field of ['role', 'level', 'os', 'group', 'grain.arch']) {
    expect(await refusal(read(['apply', `${field}=web,@${hosts}`]))).toBe(
      `TARGET_SYNTAX a list of ids cannot stand behind \`${field}=\``,
    )
  }
  expect(await refusal(read(['apply', `role=@${hosts}`]))).toMatch(/cannot stand behind `role=`$/)
  expect(await refusal(read(['apply', `edge,@${hosts}`]))).toMatch(
    /`edge` cannot stand in one list with ids from a file$/,
  )
  for (const words of [
    ['db1', '@a'],
    ['@a', 'db1'],
    ['@a', '@b'],
    ['*', '@a'],
    ['not', '@a', 'db1'],
    ['not', 'db1', '@a'],
    ['web2', 'not', '@a', 'db1'],
  ]) {
    expect([words, await refusal(read(['apply', ...words]))]).toMatchObject([
      words,
      expect.stringMatching(/^TARGET_SYNTAX .* cannot stand side by side, because one is a list of ids$/),
    ])
  }
  expect(await refusal(read(['apply', 'db1', '(role=web', '(level=a)', ')', `@${hosts}`]))).toMatch(/side by side/)
})

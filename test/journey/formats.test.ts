import { afterAll, beforeAll, expect, it } from 'vitest'
import { answerOf } from '../../master/cli/answer.ts'
import { answerTo } from '../../master/cli/commands/index.ts'
import type { OutputFormat } from '../../master/cli/output.ts'
import { PLAIN } from '../../master/cli/render/style.ts'
import { VERBS } from '../../master/verbs/index.ts'
import { junitFaults } from '../master/cli/render/formats/junit-rules.ts'
import { ApiSchema } from './api-schema.ts'
import { type Answered, FormatsScene } from './formats-scene.ts'

const ALL_MS = 180_000
/** What GitHub takes as a comment. */
const MOST = 65_536

const scene = new FormatsScene()
const schema = new ApiSchema()

beforeAll(async () => {
  await scene.open()
  await scene.callAll()
}, ALL_MS)
afterAll(() => scene.close())

async function shown({ verb, result }: Answered, output: OutputFormat): Promise<string> {
  return (await answerOf(verb, result as never, PLAIN, { output, detailed: false, quiet: false })).text
}

/** Lines of annotations, and the sum at the end. */
function githubFaults(text: string): readonly string[] {
  const command = /^::(error|warning|notice) ([a-z]+=[^,:\r]*,?)+::[^\r]*$/
  return text.split('\n').filter(line => line.startsWith('::') && !command.test(line))
}

it('the output formats are judged by what every verb answers', () => {
  expect([...new Set(scene.answered.map(({ verb }) => verb))].sort()).toEqual(VERBS.map(({ name }) => name).sort())
  expect(schema.verbs).toEqual(VERBS.map(({ name }) => name).sort())
})

it('the output formats take input, print lines and end in a result as docs/api.schema.json has them', () => {
  const faults = scene.answered.flatMap(({ verb, input, lines, result }) => [
    ...schema.faults(verb, 'input', input).map(fault => `${verb} input: ${fault}`),
    ...lines.flatMap(line => schema.faults(verb, 'line', line).map(fault => `${verb} line: ${fault}`)),
    ...schema.faults(verb, 'result', result).map(fault => `${verb} result: ${fault}`),
  ])

  expect([...new Set(faults)]).toEqual([])
})

it('the output formats would be found out with a member that is missing, unknown or of another type', () => {
  const { lines } = scene.answered.find(({ verb }) => verb === 'names') ?? { lines: [] }

  expect(lines).toMatchObject([{ result: { minions: ['m1', 'm2'] } }])
  expect(schema.faults('names', 'result', {})).not.toEqual([])
  expect(schema.faults('names', 'line', { result: { minions: [1] } })).not.toEqual([])
  expect(schema.faults('jobs', 'result', { jobs: [], more: 1 })).toEqual([expect.stringContaining('"more"')])
})

it('the output formats print data that has the shape of the result, and text for every verb', async () => {
  for (const one of scene.answered) {
    expect(schema.faults(one.verb, 'result', JSON.parse(await shown(one, 'json')))).toEqual([])
    expect(schema.faults(one.verb, 'line', JSON.parse(await shown(one, 'ndjson')))).toEqual([])
    expect(typeof (await shown(one, 'text'))).toBe('string')
  }
})

it('the output formats for CI follow the rules of JUnit, of comments and of workflow commands, and name the state that failed', async () => {
  const withCi = scene.answered.filter(({ verb }) => answerTo(verb).formats?.github !== undefined)
  for (const one of withCi) {
    expect(githubFaults(await shown(one, 'github'))).toEqual([])
    expect((await shown(one, 'markdown')).length).toBeLessThan(MOST)
    if (answerTo(one.verb).formats?.junit !== undefined) expect(junitFaults(await shown(one, 'junit'))).toEqual([])
  }
  const applied = withCi.filter(({ verb }) => verb === 'apply' || verb === 'report')
  for (const one of applied) {
    expect(await shown(one, 'github')).toMatch(
      /^::error file=roles\/demo\/states\.yml,line=3,col=1,title=cmd\.run fail/,
    )
    expect(await shown(one, 'junit')).toContain('file="roles/demo/states.yml" line="3"')
    expect(await shown(one, 'markdown')).toContain('**`cmd.run fail`** failed on m2')
  }
})

it('the output formats of compliance are printed by the command line, and the report is JSON as its schema has it', async () => {
  const say = async (format: string) => (await scene.run(['compliance', 'show', '--output', format])).out

  expect(schema.faultsOfReport(JSON.parse(await say('json')))).toEqual([])
  expect(schema.faults('compliance-show', 'line', JSON.parse(await say('ndjson')))).toEqual([])
  expect(junitFaults(await say('junit'))).toEqual([])
  expect(githubFaults(await say('github'))).toEqual([])
  expect(await say('markdown')).toMatch(/^### Compliance: /)
})

it('the output formats of a job are lines while it runs, and problems are in the format that was asked for', async () => {
  const lines = (await scene.run(['apply', 'm1', '--output', 'ndjson'])).out.trim().split('\n')
  expect(lines.length).toBeGreaterThan(2)
  for (const line of lines) expect(schema.faults('apply', 'line', JSON.parse(line))).toEqual([])

  const nobody = await scene.run(['apply', 'm9', '-o', 'ndjson'])
  expect(schema.faults('apply', 'line', JSON.parse(nobody.out))).toEqual([])
  expect(await scene.run(['apply', 'm9', '-o', 'github'])).toMatchObject({
    code: 3,
    out: expect.stringMatching(/^::error title=TARGET_MATCHES_NOBODY::/),
  })
  expect(await scene.run(['apply', 'm9', '-o', 'junit'])).toMatchObject({ code: 3, out: '' })
})

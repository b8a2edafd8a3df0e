import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { VERBS } from '../../master/verbs/index.ts'
import { JsonTypes, type Schema } from './json-types.ts'
import { PROJECT, readVerbTypes, withProject } from './verb-types.ts'

const PAGE = join(PROJECT, 'docs', 'api.schema.json')

const ABOUT = `What every verb takes and answers with: \`verbs/NAME/result\` is what \`master VERB --output json\` prints, and
\`verbs/NAME/line\` is each line of \`--output ndjson\` and of the API. Compliance reports are printed as \`$defs/ComplianceReport\`.
Members are only ever added. Generated: \`node scripts/docs/schemas.ts\` writes it anew.`

interface ApiSchema {
  readonly $schema: string
  readonly title: string
  readonly description: string
  readonly verbs: {
    readonly [name: string]: { readonly input: Schema; readonly line: Schema; readonly result: Schema }
  }
  readonly $defs: { readonly [name: string]: Schema }
}

/** All of docs/api.schema.json. Reads the types of the project, which takes seconds. */
function apiSchema(): ApiSchema {
  return withProject(project => {
    const types = new JsonTypes(project.checker, PROJECT)
    const shapes = readVerbTypes(project)
    const problem = { $ref: '#/$defs/Problem' }
    const problems = {
      type: 'object',
      properties: { problems: { type: 'array', items: problem } },
      required: ['problems'],
    }
    const verbs = VERBS.map(({ name, input }) => {
      const shape = shapes.get(name)
      if (shape === undefined) throw new TypeError(`no definition of ${name} is exported`)
      const [event, result] = [types.schemaOf(shape.event), types.schemaOf(shape.result)]
      const lines = [
        ...('not' in event ? [] : [wrapped('event', event)]),
        wrapped('result', { $ref: `#/verbs/${name}/result` }),
        { $ref: '#/$defs/Problems' },
      ]
      return [name, { input: inputOf(input), line: { anyOf: lines }, result }] as const
    })
    return {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Saltern',
      description: ABOUT.replaceAll('\n', ' '),
      verbs: Object.fromEntries(verbs.toSorted(([a], [b]) => (a < b ? -1 : 1))),
      $defs: { Problems: problems, ...types.definitions() },
    }
  })
}

/** The same as text. */
export function apiSchemaText(): string {
  return `${JSON.stringify(apiSchema(), null, 2)}\n`
}

function wrapped(name: string, schema: Schema): Schema {
  return { type: 'object', properties: { [name]: schema }, required: [name] }
}

function inputOf(input: z.ZodType): Schema {
  const { $schema: _draft, ...schema } = z.toJSONSchema(input, { io: 'input' })
  return schema
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, apiSchemaText())

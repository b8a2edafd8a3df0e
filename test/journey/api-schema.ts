import { Ajv2020 } from 'ajv/dist/2020.js'
import type { VerbName } from '../../master/verbs/index.ts'
import { readSource } from '../house/source-files.ts'

interface Schema {
  readonly [keyword: string]: unknown
}

/** Judges values by docs/api.schema.json. A member that the schema does not have is a fault too: it is not documented. */
export class ApiSchema {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  readonly verbs: readonly string[]

  constructor() {
    const schema = closed(JSON.parse(readSource('docs/api.schema.json'))) as Schema & { readonly verbs: Schema }
    this.#ajv.addSchema({ ...schema, $id: 'api' })
    this.verbs = Object.keys(schema.verbs)
  }

  /** Every fault of an input, a line or a result. */
  faults(verb: VerbName, part: 'input' | 'line' | 'result', value: unknown): readonly string[] {
    return this.#faultsBy(`api#/verbs/${verb}/${part}`, value)
  }

  faultsOfReport(value: unknown): readonly string[] {
    return this.#faultsBy('api#/$defs/ComplianceReport', value)
  }

  #faultsBy($ref: string, value: unknown): readonly string[] {
    const validate = this.#ajv.getSchema($ref)
    if (validate === undefined) return [`no schema ${$ref}`]
    if (validate(value) === true) return []
    return (validate.errors ?? []).map(({ instancePath, message = '', params }) => {
      return `${instancePath} ${message} ${JSON.stringify(params)}`
    })
  }
}

/** The same schema without room for members that it does not name. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const made = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]))
  const isObject = made['type'] === 'object' && 'properties' in made && !('additionalProperties' in made)
  return isObject ? { ...made, additionalProperties: false } : made
}

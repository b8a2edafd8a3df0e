import { isJsonObject } from '../protocol/json.ts'
import { describeValue, type Fault, type Kind } from './kinds.ts'
import type { Param } from './params.ts'

interface Fields {
  readonly [name: string]: Param<unknown>
}

type FieldValues<F extends Fields> = { readonly [K in keyof F]: F[K] extends Param<infer T> ? T : never }

/** A map with exactly these keys; each is required, optional or has a default, like arguments. */
export function recordOf<const F extends Fields>(fields: F): Kind<FieldValues<F>> {
  const names = Object.entries(fields).map(([name, { presence }]) => (presence === 'required' ? name : `${name}?`))
  const expected = `a map with ${names.map(name => `\`${name}\``).join(', ')}`
  return {
    expected,
    secret: false,
    check(value) {
      const wrong = (fault: Fault) => ({ ok: false, fault }) as const
      if (!isJsonObject(value)) return wrong({ at: '', expected, found: describeValue(value) })
      const unknown = Object.keys(value).find(name => !Object.hasOwn(fields, name))
      if (unknown !== undefined) return wrong({ at: '', expected, found: `one with \`${unknown}\`` })
      const values: { [name: string]: unknown } = {}
      for (const [name, { kind, presence, default: preset }] of Object.entries(fields)) {
        // Pillar data has null for a value that is not given.
        const given = value[name] ?? undefined
        if (given === undefined && presence === 'required') {
          return wrong({ at: `.${name}`, expected: kind.expected, found: 'nothing' })
        }
        if (given === undefined) {
          if (presence === 'default') values[name] = preset
          continue
        }
        const checked = kind.check(given)
        if (!checked.ok) return wrong({ ...checked.fault, at: `.${name}${checked.fault.at}` })
        values[name] = checked.value
      }
      return { ok: true, value: values as FieldValues<F> }
    },
  }
}

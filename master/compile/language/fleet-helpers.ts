import { type Helper, helper } from './helper.ts'
import { text } from './helper-values.ts'
import { type Environment, ExpressionError } from './scope.ts'
import type { Value } from './value.ts'

/** Helpers about other minions. */
export const FLEET_HELPERS: { readonly [name: string]: Helper } = {
  minions: {
    ...helper([0, 0], 'minions role="db"', (_values, named, environment) => {
      return environment.members(named['role'] === undefined ? undefined : text(named['role']))
    }),
    named: ['role'],
  },
  exports: helper([2, 2], 'exports "db" "endpoint"', ([role, name], _named, environment) => {
    demandFitting(text(role), text(name), environment)
    return environment.exported(text(role), text(name)).map(({ minion, value }) => ({ minion, value }))
  }),
  export: helper([2, 2], 'export "masterdb" "address"', ([role, name], _named, environment) => {
    return exactlyOne(text(role), text(name), environment)
  }),
  export_of: helper([3, 3], 'export_of "db1" "db" "address"', ([minion, role, name], _named, environment) => {
    demandFitting(text(role), text(name), environment, text(minion))
    const all = environment.exported(text(role), text(name))
    return all.find(one => one.minion === text(minion))?.value ?? null
  }),
}

/** Throws EXPORT_INVALID when a minion (`of`: this one) sent a value that does not fit: it names the minion. */
function demandFitting(role: string, name: string, environment: Environment, of?: string): void {
  const [refused] = environment.refused(role, name).filter(({ minion }) => of === undefined || minion === of)
  if (refused !== undefined) throw new ExpressionError(refused.problem)
}

function exactlyOne(role: string, name: string, environment: Environment): Value {
  demandFitting(role, name, environment)
  const [only, ...others] = environment.exported(role, name)
  if (only !== undefined && others.length === 0) return only.value
  const [waited, ...more] = environment.pending(role, name)
  const [unfit] = environment.unfit(role, name)
  if (only === undefined && unfit !== undefined) {
    throw new ExpressionError({ ...unfit.problem, code: 'EXPORT_PENDING' })
  }
  if (only === undefined && waited !== undefined) {
    throw new ExpressionError({
      code: 'EXPORT_PENDING',
      message: `the export \`${name}\` of the role \`${role}\` is reported by ${[waited, ...more].join(', ')} when it is applied`,
      hint: `Apply it first, or both together: \`master apply role=${role}\`.`,
    })
  }
  if (only === undefined) {
    throw new ExpressionError({
      code: 'EXPORT_MISSING',
      message: `no minion of this level exports \`${name}\` of the role \`${role}\``,
      hint: `Give one minion the role \`${role}\` in inventory.yml, and let it connect once.`,
    })
  }
  throw new ExpressionError({
    code: 'EXPORT_AMBIGUOUS',
    message: `expected one minion that exports \`${name}\` of the role \`${role}\`, there are ${[only, ...others].map(({ minion }) => minion).join(', ')}`,
    hint: `Use \`{{#each (exports "${role}" "${name}")}}\`, or take the role from all but one.`,
  })
}

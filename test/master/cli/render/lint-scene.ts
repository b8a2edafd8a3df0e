import { type FleetProblem, sharedProblems } from '../../../../master/control/fleet-problem.ts'
import type { LintResult } from '../../../../master/verbs/fleet.ts'
import type { Problem } from '../../../../protocol/errors.ts'

const IDS = Array.from({ length: 40 }, (_, at) => (at < 25 ? `web${at + 1}` : `db${at - 24}`))

function place(file: string, line: number, column: number, excerpt: string): Pick<Problem, 'source' | 'excerpt'> {
  return { source: { file, line, column }, excerpt }
}

/** Of each web host: a state and an argument that do not exist, and three pillar keys without a value. */
function ofWeb(id: string): readonly Problem[] {
  const keys = ['domain', 'port', 'workers'].map((key, at): Problem => {
    return {
      code: 'PILLAR_MISSING',
      message: `the pillar key \`web.${key}\` has no value for ${id}: expected text`,
      hint: `Write \`web: {${key}: ...}\` into a pillar file that ${id} sees (pillar/top.yml).`,
      ...place('roles/web/role.yml', 3 + at, 3, `  web.${key}: {type: text}`),
    }
  })
  return [
    {
      code: 'STATE_UNKNOWN',
      message: 'there is no state `pkg.instaled`',
      hint: 'Did you mean `pkg.installed`?',
      ...place('roles/web/states.yml', 2, 3, '  pkg.instaled: {}'),
    },
    {
      code: 'PARAM_UNKNOWN',
      message:
        'file.managed has no argument `src`; it has name, contents, source, mode, user, group, replace, makedirs, show_diff; every state also has require, watch, onchanges',
      hint: 'Use `source`.',
      ...place('roles/web/states.yml', 4, 18, '  file.managed: {src: templates/site.conf.hbs}'),
    },
    ...keys,
  ]
}

/** Of each database host: one of five mistakes of its own, and an address that nobody knows. */
function ofDb(id: string, at: number): readonly Problem[] {
  const line = 10 + at * 3
  return [
    {
      code: 'PILLAR_UNDECLARED',
      message: `the pillar key \`db.tuning.${at}\` is not declared by this role`,
      hint: `Declare it in roles/db/role.yml, or remove it.`,
      ...place('roles/db/states.yml', line, 32, `  file.managed: {contents: "{{pillar.db.tuning.${at}}}"}`),
    },
    {
      code: 'ADDRESS_UNKNOWN',
      message: `\`${id}\` has no trusted address: its connection provides none, and the inventory has none`,
      hint: `Set it in inventory.yml: \`${id}: {address: 10.0.0.5}\`. See \`master address list\`.`,
    },
  ]
}

/** A fleet of 40 minions in the middle of a change: 30 problems, as `master lint` finds them. */
export function lintOf40(): Pick<LintResult, 'problems' | 'warnings'> {
  const found = IDS.map((id, at) => ({ minion: { id }, problems: at < 25 ? ofWeb(id) : ofDb(id, at - 25) }))
  const files = Array.from({ length: 9 }, (_, at): FleetProblem => {
    return {
      code: 'FLEET_INVALID',
      message: `\`levle\` is no key of an entry; it has roles, level, address, vars`,
      hint: 'Did you mean `level`?',
      ...place('inventory.yml', 41 + at, 9, `old${at}: {levle: staging}`),
    }
  })
  const withheld = ['web3', 'web4'].map((id): FleetProblem => {
    return {
      code: 'ENTRY_WITHHELD',
      message: `${id} joined with a token for \`web*\`, so the entry \`${id}\` of inventory.yml does not apply to it`,
      hint: `Compare the fingerprint in \`master keys\` with \`minion status\` on the host. If it is the right host: \`master keys accept ${id}\`; otherwise \`master keys revoke ${id}\`.`,
      minions: [id],
    }
  })
  return { problems: [...sharedProblems(found), ...files], warnings: withheld }
}

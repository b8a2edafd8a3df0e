import { exitOfProblems } from '../exit-codes.ts'
import { renderProblems, renderWarnings } from '../render/problems.ts'
import { ROLES, renderRoles } from '../render/roles.ts'
import { safe } from '../render/style.ts'
import { defineCommand } from './define.ts'
import { flag, one, text } from './options.ts'

/** Commands for the fleet directory. */
export const fleetCommands = [
  defineCommand({
    words: 'roles',
    help: 'list roles and the minions that have them',
    verb: 'roles',
    input: () => ({}),
    table: ROLES,
    render: ({ roles }, style, { table }) => renderRoles(roles, style, table),
  }),
  defineCommand({
    words: 'lint',
    help: 'compile the catalogs of all minions and list every problem',
    options: { short: flag('--short', 'warn about secrets of fewer than 6 characters instead of refusing them') },
    verb: 'lint',
    input: wanted => wanted,
    render: ({ minions, roles, problems, warnings }, style) => {
      const warned = renderWarnings(warnings, style)
      const gap = warned === '' ? '' : '\n'
      if (problems.length > 0) return warned + gap + renderProblems(problems, style)
      const counted = `${minions} ${minions === 1 ? 'minion' : 'minions'} and ${roles} ${roles === 1 ? 'role' : 'roles'}`
      return `${warned}${gap}${counted}: no problems\n`
    },
    exitCode: ({ problems }) => exitOfProblems(problems),
    formats: {
      markdown: async result => (await import('../render/formats/problems.ts')).lintAsMarkdown(result),
      github: async result => (await import('../render/formats/problems.ts')).lintAsGithub(result),
    },
  }),
  defineCommand({
    words: 'render',
    help: "show a minion's catalog, with *** for secrets",
    arguments: { minion: one('<minion>') },
    options: { file: text('--file <path>', 'show only the content of this file') },
    verb: 'render',
    input: wanted => wanted,
    render: async ({ catalog, file }) => safe(file ?? (await asYaml(catalog)), { lines: true }),
  }),
]

/** Loads the YAML library only for the one verb that needs it. */
async function asYaml(value: object): Promise<string> {
  const { yamlText } = await import('../yaml-text.ts')
  return yamlText(value)
}

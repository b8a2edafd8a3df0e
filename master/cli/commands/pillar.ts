import { renderWarnings } from '../render/problems.ts'
import { safe } from '../render/style.ts'
import { defineAnswer, defineCommand, defineGroup, defineLocal } from './define.ts'
import { flag, one, text } from './options.ts'

/** The commands about values of the pillar. */
export const pillarCommands = [
  defineGroup('pillar', 'seal and open values of the pillar'),
  defineLocal({
    words: 'pillar set',
    help: 'seal the value on stdin into a pillar file: master pillar set mariadb.root.password < file',
    arguments: { path: one('<path>') },
    options: {
      file: text('--file <name>', 'file below pillar/, without .yml (default: the one that has the path, else common)'),
      short: flag('--short', 'insist on a secret of fewer than 6 characters'),
    },
    answers: [
      defineAnswer({
        verb: 'pillar-set',
        render: ({ path, file, warnings }, style) =>
          `${renderWarnings(warnings, style)}sealed ${safe(path)} in ${safe(file)}\n`,
      }),
    ],
    invocation: (wanted, { view, socket }) => ({ kind: 'pillar-set', ...wanted, view, socket }),
  }),
  defineCommand({
    words: 'pillar get',
    help: 'print a value in clear',
    arguments: { path: one('<path>') },
    options: { minion: text('--minion <minion>', 'as this minion sees it') },
    verb: 'pillar-get',
    input: wanted => wanted,
    render: ({ value }) => `${safe(value, { lines: true })}\n`,
  }),
]

import { renderWarnings } from '../render/problems.ts'
import { safe } from '../render/style.ts'
import { defineAnswer, defineCommand, defineGroup, defineLocal } from './define.ts'
import { flag, one, text } from './options.ts'

/** Commands for pillar values. */
export const pillarCommands = [
  defineGroup('pillar', 'encrypt and decrypt pillar values'),
  defineLocal({
    words: 'pillar set',
    help: 'encrypt the value on stdin into a pillar file: master pillar set mariadb.root.password < file',
    arguments: { path: one('<path>') },
    options: {
      file: text(
        '--file <name>',
        'file below pillar/, without .yml (default: the file that has the path, else common)',
      ),
      short: flag('--short', 'allow a secret of fewer than 6 characters'),
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
    help: 'print a value in plain text',
    arguments: { path: one('<path>') },
    options: { minion: text('--minion <minion>', 'show the value for this minion') },
    verb: 'pillar-get',
    input: wanted => wanted,
    render: ({ value }) => `${safe(value, { lines: true })}\n`,
  }),
]

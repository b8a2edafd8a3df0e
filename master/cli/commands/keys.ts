import { AppError } from '../../../protocol/errors.ts'
import { KEYS, renderKeys } from '../render/keys.ts'
import { renderFollows } from '../render/lists.ts'
import { safe } from '../render/style.ts'
import { calling, defineAnswer, defineCommand, defineGroup, defineLocal } from './define.ts'
import { flag, one, text, texts } from './options.ts'

/** Commands for the keys of minions. */
export const keyCommands = [
  defineGroup('keys', 'list, accept, reject and revoke minion keys'),
  defineCommand({
    words: 'keys list',
    isDefault: true,
    help: 'list all keys with their fingerprints',
    verb: 'keys',
    input: () => ({}),
    table: KEYS,
    render: ({ keys }, style, { table }) => renderKeys(keys, style, table),
  }),
  defineLocal({
    words: 'keys accept',
    help: 'accept the key of a minion',
    arguments: { id: one('<minion>') },
    options: {
      fingerprint: text(
        '--fingerprint <SHA256:...>',
        'fingerprint that the minion prints; required if it has several pending keys',
      ),
      roles: texts('--role <role...>', 'roles of the minion, in addition to the inventory'),
      level: text('--level <level>', 'level of the minion, if the inventory does not set one'),
      yes: flag('--yes', 'do not ask for confirmation'),
    },
    answers: [
      defineAnswer({
        verb: 'key-accept',
        render: row => `accepted ${safe(row.minion)} ${safe(row.fingerprint)}, with ${renderFollows(row)}\n`,
      }),
    ],
    invocation: ({ id, fingerprint, roles, level, yes }, { view, socket }) => {
      const input = { id, fingerprint, level, ...(roles.length === 0 ? {} : { roles }) }
      return { kind: 'key-accept', input, yes, view, socket }
    },
  }),
  defineLocal({
    words: 'keys reject',
    help: 'reject a pending key, or all of them',
    arguments: { id: text('[minion]') },
    options: {
      fingerprint: text('--fingerprint <SHA256:...>', 'fingerprint of the key, if the minion has several'),
      all: flag('--all-pending', 'reject every pending key'),
    },
    answers: [
      defineAnswer({
        verb: 'key-reject',
        render: row => `rejected ${safe(row.minion)} ${safe(row.fingerprint)}\n`,
      }),
      defineAnswer({
        verb: 'key-reject-pending',
        render: ({ rejected }) => `rejected ${rejected} pending ${rejected === 1 ? 'key' : 'keys'}\n`,
      }),
    ],
    invocation: ({ id, fingerprint, all }, typed) => {
      if (all && id === undefined) return calling({ verb: 'key-reject-pending', input: {} }, typed)
      if (!all && id !== undefined) return calling({ verb: 'key-reject', input: { id, fingerprint } }, typed)
      throw new AppError({
        code: 'USAGE',
        message: `keys reject: expected a minion or \`--all-pending\`, found ${all ? `the minion \`${id}\` and \`--all-pending\`` : 'neither'}`,
        hint: 'Type `master keys reject MINION` or `master keys reject --all-pending`.',
      })
    },
  }),
  defineCommand({
    words: 'keys revoke',
    help: 'revoke the key of a minion and disconnect it',
    arguments: { id: one('<minion>') },
    options: { fingerprint: text('--fingerprint <SHA256:...>', 'fingerprint of the key, if the minion has several') },
    verb: 'key-revoke',
    input: wanted => wanted,
    render: row => `revoked ${safe(row.minion)} ${safe(row.fingerprint)}\n`,
  }),
]

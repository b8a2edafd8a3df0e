import type { TokenCreated } from '../../verbs/join-tokens.ts'
import { renderTokens, TOKENS } from '../render/join-tokens.ts'
import { safe } from '../render/style.ts'
import { moment } from '../render/time.ts'
import { defineCommand, defineGroup } from './define.ts'
import { count, duration, one, parsedOr, text, texts } from './options.ts'

/** Commands for join tokens. */
export const joinTokenCommands = [
  defineGroup('join-token', 'create, list and revoke join tokens for new minions'),
  defineCommand({
    words: 'join-token create',
    help: 'create a token; it is printed once and not stored',
    options: {
      roles: texts('--role <role...>', 'roles of the minion that joins'),
      level: text('--level <level>', 'level of the minion that joins'),
      minion: text('--id <minion>', 'minion id that can use the token, or a pattern such as "web*" (default: any)'),
      uses: parsedOr('--uses <count>', 'how many minions can use it', count, 1),
      ttlMs: parsedOr('--ttl <time>', 'lifetime of the token, for example 1h', duration, 3_600_000),
    },
    verb: 'token-create',
    input: wanted => wanted,
    render: ({ token }) => `${token}\n`,
    aside: asideOfToken,
  }),
  defineCommand({
    words: 'join-token list',
    isDefault: true,
    help: 'list tokens',
    verb: 'tokens',
    input: () => ({}),
    table: TOKENS,
    render: ({ tokens }, style, { table }) => renderTokens(tokens, style, table),
  }),
  defineCommand({
    words: 'join-token revoke',
    help: 'revoke a token',
    arguments: { token: one('<token>') },
    verb: 'token-revoke',
    input: ({ token }) => ({ token }),
    render: ({ token }) => `revoked ${safe(token)}\n`,
  }),
]

function asideOfToken(created: TokenCreated): string {
  const { command, expiresAt, package: deb, minion } = created
  const whom = minion === '*' ? 'any id' : `every id that matches \`${safe(minion)}\``
  const wide = /[*?]/.test(minion)
    ? `This token is for ${whom}: a minion that joins with it gets no roles of narrower entries of inventory.yml, nor of an entry of its
own id. For a minion that the inventory names, use \`--id ID\`.
`
    : ''
  return `${wide}Valid until ${moment(expiresAt)} UTC. On the host, type these two lines, then paste the token and press Enter:
  apt-get install ./${safe(deb)}
  ${safe(command)}
${guessText(created)}`
}

const SETTING = 'write `address: NAME` into /etc/saltern/master.yml, then type `systemctl restart saltern-master`.\n'

/** Says that the address in the printed command was not configured, how it was chosen, and which setting fixes it. */
function guessText({ isGuess, guess, master }: TokenCreated): string {
  if (!isGuess) return ''
  if (guess === undefined) {
    return `This machine has no address to connect to: replace \`THIS-HOST\` by the name of the master. To set it, ${SETTING}`
  }
  const more = guess.others.length === 0 ? '' : `; this machine also has ${safe(guess.others.slice(0, 5).join(', '))}`
  return `The address ${safe(master)} is a guess, because none is configured: it is the first one of this machine, on the
interface ${safe(guess.interface)}${more}. If minions cannot reach it, ${SETTING}`
}

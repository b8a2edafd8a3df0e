import { EXIT } from '../exit-codes.ts'
import { CONTRACTS, isBroken, renderContract } from '../render/contract.ts'
import { defineCommand } from './define.ts'
import { text } from './options.ts'

/** Command for the contracts of roles. */
export const contractCommands = [
  defineCommand({
    words: 'contract',
    help: 'check the contracts of roles against what minions last reported',
    arguments: { role: text('[role]') },
    verb: 'contract',
    input: wanted => wanted,
    table: CONTRACTS,
    render: (result, style, { table }) => renderContract(result, style, table),
    exitCode: ({ findings }) => (isBroken(findings) ? EXIT.failed : EXIT.fine),
  }),
]

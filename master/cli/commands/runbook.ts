import { InvalidArgumentError } from 'commander'
import type { RunbookResult } from '../../verbs/runbook.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { RUNBOOKS, renderRunbookPlan, renderRunbookResult, renderRunbooks } from '../render/runbook.ts'
import { defineCommand, defineGroup } from './define.ts'
import { flag, one, parsedOr, text } from './options.ts'

interface Params {
  readonly [name: string]: string
}

const PARAMS = {
  to: text('--to <minion>', 'value of the parameter `to`'),
  set: parsedOr('--set <name=value...>', 'value of any parameter', parameter, {} as Params),
}

/** Commands for runbooks. */
export const runbookCommands = [
  defineGroup('runbook', 'run procedures across several minions, step by step'),
  defineCommand({
    words: 'runbook list',
    isDefault: true,
    help: 'list runbooks and their runs',
    verb: 'runbook-list',
    input: () => ({}),
    table: RUNBOOKS,
    render: (result, style, { table }) => renderRunbooks(result, style, table),
  }),
  defineCommand({
    words: 'runbook plan',
    help: 'show the steps of a runbook without running it',
    arguments: { runbook: one('<runbook>') },
    options: PARAMS,
    verb: 'runbook-plan',
    input: ({ runbook, to, set }) => ({ runbook, params: paramsOf(set, to) }),
    render: renderRunbookPlan,
  }),
  defineCommand({
    words: 'runbook run',
    help: 'run a runbook',
    arguments: { runbook: one('<runbook>') },
    options: { ...PARAMS, yes: flag('--yes', 'answer all questions with yes (default: wait at each question)') },
    verb: 'runbook-run',
    input: ({ runbook, to, set, yes }) => ({ runbook, params: paramsOf(set, to), yes }),
    render: renderRunbookResult,
    exitCode: exitOfRun,
  }),
  defineCommand({
    words: 'runbook show',
    help: 'show the state of a run',
    arguments: { id: one('<id>') },
    verb: 'runbook-show',
    input: ({ id }) => ({ id }),
    render: renderRunbookResult,
    exitCode: exitOfRun,
  }),
  defineCommand({
    words: 'runbook resume',
    help: 'resume a run that is waiting or has failed',
    arguments: { id: one('<id>') },
    options: { yes: flag('--yes', 'answer all questions with yes') },
    verb: 'runbook-resume',
    input: wanted => wanted,
    render: renderRunbookResult,
    exitCode: exitOfRun,
  }),
  defineCommand({
    words: 'runbook abort',
    help: 'undo the completed steps of a run',
    arguments: { id: one('<id>') },
    verb: 'runbook-abort',
    input: ({ id }) => ({ id }),
    render: renderRunbookResult,
    // Undo was requested, so `undone` means success.
    exitCode: ({ state }) => (state === 'undone' ? EXIT.fine : EXIT.failed),
  }),
]

/** A run that waits for an answer has not failed. */
function exitOfRun({ state }: RunbookResult): ExitCode {
  return state === 'undone' || state === 'halted' ? EXIT.failed : EXIT.fine
}

function paramsOf(set: Params, to: string | undefined): Params {
  return { ...set, ...(to === undefined ? {} : { to }) }
}

function parameter(value: string, before: Params): Params {
  const [, key, rest] = /^([a-z][a-z0-9_]*)=(.*)$/s.exec(value) ?? []
  if (key === undefined || rest === undefined) throw new InvalidArgumentError('For example, write `--set to=db2`.')
  return { ...before, [key]: rest }
}

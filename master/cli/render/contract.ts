import type { ContractFinding } from '../../../protocol/contract.ts'
import type { ContractResult } from '../../verbs/contract.ts'
import { type Style, safe } from './style.ts'
import { renderTable, type Table, type TableWish } from './table.ts'

export const CONTRACTS: Table<ContractFinding> = [
  { name: 'level', wraps: 8, cell: ({ level }) => level },
  { name: 'role', cell: ({ role }) => role ?? '-' },
  { name: 'minion', cell: ({ minion }) => minion ?? '-' },
  { name: 'contract', wraps: 10, cell: ({ kind }, { colours }) => ({ text: kind, paint: colours.red }) },
  { name: 'expected', wraps: 16, breaks: true, cell: ({ expected }) => expected },
  { name: 'found', wraps: 16, breaks: true, cell: ({ found }) => found },
]

/** Renders `master contract`: first what is not met, then one line with the counts. Pure. */
export function renderContract({ findings, unseen }: ContractResult, style: Style, wish?: TableWish): string {
  const { colours } = style
  const broken = findings.filter(({ ok }) => !ok)
  const table = renderTable(CONTRACTS, broken, style, wish)
  const met = findings.length - broken.length
  const requirements = (count: number): string => (count === 1 ? '1 requirement' : `${count} requirements`)
  const sum = broken.length === 0 ? `${requirements(met)} met` : `${requirements(broken.length)} not met, ${met} met`
  const silent =
    unseen.length === 0
      ? ''
      : `${colours.yellow(`${unseen.map(id => safe(id)).join(', ')} ${unseen.length === 1 ? 'has' : 'have'} not reported about ${unseen.length === 1 ? 'its host' : 'their hosts'} yet`)}: run \`master test\`\n`
  return `${table}${findings.length === 0 ? 'no role has a contract' : sum}\n${silent}`
}

/** True when a contract is broken; the exit code is then 1. Pure. */
export function isBroken(findings: readonly ContractFinding[]): boolean {
  return findings.some(({ ok }) => !ok)
}

import type { ContractFinding } from '../../../protocol/contract.ts'
import type { ContractResult } from '../../verbs/contract.ts'
import { type Style, safe } from './style.ts'
import { renderTable } from './table.ts'

/** Renders `master contract`: first what is broken, then one line for what is kept. Pure. */
export function renderContract({ findings, unseen }: ContractResult, style: Style): string {
  const { colours } = style
  const broken = findings.filter(({ ok }) => !ok)
  const rows = broken.map(finding => [
    finding.level,
    finding.role ?? '-',
    finding.minion ?? '-',
    { text: finding.kind, paint: colours.red },
    finding.expected,
    finding.found,
  ])
  const table = renderTable(['level', 'role', 'minion', 'contract', 'expected', 'found'], rows, style)
  const kept = findings.length - broken.length
  const demands = (count: number): string => (count === 1 ? '1 demand' : `${count} demands`)
  const sum = broken.length === 0 ? `${demands(kept)} kept` : `${demands(broken.length)} broken, ${kept} kept`
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

import { type Contract, formatPorts } from '../../protocol/contract.ts'

/** Summarizes a contract, such as `1..2, public, 25/tcp public`; empty for one without requirements. Pure. */
export function contractWords(contract: Contract): string {
  const { count, publicIp, volume, ports, publicHostname, reverseDns } = contract
  const words = [
    count === undefined ? '' : countWords(count),
    publicIp === undefined ? '' : publicIp ? 'public address' : 'no public address',
    volume ?? '',
    ...(ports?.public.map(range => `${formatPorts(range)} public`) ?? []),
    ...(ports?.internal.map(formatPorts) ?? []),
    ...(ports?.optional?.map(range => `${formatPorts(range)} optional`) ?? []),
    publicHostname === undefined ? '' : 'host name',
    reverseDns === undefined ? '' : 'reverse DNS',
    ...(contract.with ?? []).map(role => `with ${role}`),
    ...(contract.needs ?? []).map(role => `needs ${role}`),
  ]
  return words.filter(word => word !== '').join(', ')
}

function countWords({ exactly, min = 0, max }: NonNullable<Contract['count']>): string {
  if (exactly !== undefined) return `${exactly}`
  if (max === undefined) return min === 0 ? '' : `${min} or more`
  return min === max ? `${min}` : `${min} to ${max}`
}

import ipaddr from 'ipaddr.js'
import { isJsonObject, type Json } from '../../protocol/json.ts'

/**
 * Elements of nftables sets as text: parts joined by ` . `, without quotes, addresses in their shortest form, so that equal
 * elements are equal texts. Pure.
 */

/** Parses one element per line; ignores empty lines and comments after `#`. Sorted, without duplicates. */
export function elementsOfText(text: string): readonly string[] {
  const lines = text.split('\n').map(line => line.replace(/#.*$/, '').trim().replace(/,$/, ''))
  return [...new Set(lines.filter(line => line !== '').map(normalElement))].sort()
}

/** Parses the output of `nft -j list set`; undefined when it has no set. */
export function elementsOfJson(text: string): readonly string[] | undefined {
  const parsed = JSON.parse(text) as Json
  const parts = isJsonObject(parsed) && Array.isArray(parsed['nftables']) ? parsed['nftables'] : []
  for (const part of parts as readonly Json[]) {
    const set = isJsonObject(part) ? part['set'] : undefined
    if (!isJsonObject(set as Json)) continue
    const { elem = [] } = set as { readonly elem?: readonly Json[] }
    return [...new Set(elem.map(textOfElement))].sort()
  }
  return undefined
}

/** Formats an element for nft(8): words that are not addresses or numbers are quoted. */
export function writtenElement(element: string): string {
  return element
    .split(' . ')
    .map(part => (/^[0-9a-f:.]+([/-][0-9a-f:.]+)?$/.test(part) ? part : `"${part}"`))
    .join(' . ')
}

function normalElement(text: string): string {
  return text
    .split(/\s+\.\s+/)
    .map(part => normalPart(part.replace(/^"(.*)"$/, '$1')))
    .join(' . ')
}

function normalPart(part: string): string {
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(part)) return part.toLowerCase()
  const [, address = '', rest = ''] = /^([0-9a-f:]*:[0-9a-f:.]*)(\/\d+)?$/i.exec(part) ?? []
  if (!ipaddr.IPv6.isValid(address)) return part
  return `${ipaddr.IPv6.parse(address).toRFC5952String()}${rest}`
}

function textOfElement(value: Json): string {
  if (typeof value === 'string' || typeof value === 'number') return normalPart(String(value))
  if (!isJsonObject(value)) return JSON.stringify(value)
  const { concat, prefix, range, elem } = value as { readonly [form: string]: Json | undefined }
  if (Array.isArray(concat)) return concat.map(part => textOfElement(part as Json)).join(' . ')
  if (Array.isArray(range)) return range.map(part => textOfElement(part as Json)).join('-')
  if (isJsonObject(prefix as Json)) {
    const { addr, len } = prefix as { readonly addr: Json; readonly len: Json }
    return `${textOfElement(addr)}/${textOfElement(len)}`
  }
  if (isJsonObject(elem as Json)) return textOfElement((elem as { readonly val: Json }).val)
  return JSON.stringify(value)
}

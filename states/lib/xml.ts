import { XMLParser, XMLValidator } from 'fast-xml-parser'

/** The subset of XML that libvirt uses: elements, attributes, text. No namespaces, no mixed content. Pure. */
export interface XmlElement {
  readonly name: string
  readonly attributes: { readonly [name: string]: string }
  readonly children: readonly XmlElement[]
  /** Trimmed; empty if there are children. */
  readonly text: string
}

export function xml(
  name: string,
  attributes: { readonly [name: string]: string | number | undefined } = {},
  inside: string | number | readonly (XmlElement | undefined)[] = [],
): XmlElement {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined)
  return {
    name,
    attributes: Object.fromEntries(given.map(([key, value]) => [key, String(value)])),
    children: typeof inside === 'object' ? inside.filter(child => child !== undefined) : [],
    text: typeof inside === 'object' ? '' : String(inside),
  }
}

export function writeXml({ name, attributes, children, text }: XmlElement, indent = ''): string {
  const start = `${indent}<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}='${escaped(value)}'`)
    .join('')}`
  if (children.length > 0) {
    return `${start}>\n${children.map(child => writeXml(child, `${indent}  `)).join('')}${indent}</${name}>\n`
  }
  return text === '' ? `${start}/>\n` : `${start}>${escaped(text)}</${name}>\n`
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  htmlEntities: true,
})

/** Parses XML; undefined unless it is one well-formed element without a document type, which libvirt never prints. Pure. */
export function parseXml(source: string): XmlElement | undefined {
  if (source.includes('<!DOCTYPE') || XMLValidator.validate(source) !== true) return undefined
  const [root, ...others] = elementsOf(source)
  return root === undefined || others.length > 0 ? undefined : elementOf(root)
}

/** Returns no elements when the parser refuses the input, such as names like `__proto__` or deep nesting. */
function elementsOf(source: string): readonly Parsed[] {
  try {
    return parser.parse(source)
  } catch {
    return []
  }
}

/**
 * Path of the first part of `wanted` that is missing in `found`; undefined when all of it is present. Ignores additional parts.
 */
export function firstMissing(wanted: XmlElement, found: XmlElement, at = `/${wanted.name}`): string | undefined {
  for (const [key, value] of Object.entries(wanted.attributes)) {
    if (found.attributes[key] !== value) return `${at}/@${key}`
  }
  if (wanted.text !== '' && wanted.text !== found.text) return at
  const left = [...found.children]
  for (const child of wanted.children) {
    const alike = left.filter(other => other.name === child.name)
    const index = left.findIndex(other => other.name === child.name && firstMissing(child, other) === undefined)
    if (index === -1) {
      const [only] = alike
      const path = `${at}/${child.name}`
      return alike.length === 1 && only !== undefined ? firstMissing(child, only, path) : path
    }
    left.splice(index, 1)
  }
  return undefined
}

/** An element as returned by the parser: its name is the key that is neither text nor attributes. */
interface Parsed {
  readonly [name: string]: readonly Parsed[] | string | { readonly [attribute: string]: string } | undefined
  readonly '#text'?: string
  readonly ':@'?: { readonly [attribute: string]: string }
}

function elementOf(parsed: Parsed): XmlElement | undefined {
  const name = Object.keys(parsed).find(key => key !== ':@' && key !== '#text')
  if (name === undefined) return undefined
  const inside = parsed[name]
  const parts = Array.isArray(inside) ? (inside as readonly Parsed[]) : []
  return {
    name,
    attributes: parsed[':@'] ?? {},
    children: parts.map(elementOf).filter(child => child !== undefined),
    text: parts
      .map(part => part['#text'] ?? '')
      .join('')
      .trim(),
  }
}

const NAMED: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function escaped(text: string): string {
  return text.replaceAll(/[&<>'"]/g, letter => `&${Object.keys(NAMED).find(name => NAMED[name] === letter) ?? ''};`)
}

/** The little of XML that libvirt prints: elements, attributes, text. No namespaces, no mixed content. Pure. */
export interface XmlElement {
  readonly name: string
  readonly attributes: { readonly [name: string]: string }
  readonly children: readonly XmlElement[]
  /** Trimmed; empty where there are children. */
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

/** undefined for what is no well-formed element of this little. */
export function parseXml(source: string): XmlElement | undefined {
  const tokens = source.replaceAll(/<\?.*?\?>|<!--.*?-->/gs, '').matchAll(/<(\/?)([^\s/>]+)([^>]*?)(\/?)>|([^<]+)/gs)
  const root: Open = { name: '', attributes: {}, children: [], text: '' }
  const path: Open[] = [root]
  for (const [, closes, name = '', rest = '', isEmpty, text] of tokens) {
    const here = path.at(-1) ?? root
    if (text !== undefined) here.text += plain(text)
    else if (closes === '/') {
      if (here.name !== name || path.length === 1) return undefined
      here.text = here.text.trim()
      path.pop()
    } else {
      const element: Open = { name, attributes: attributesOf(rest), children: [], text: '' }
      here.children.push(element)
      if (isEmpty === '') path.push(element)
    }
  }
  return path.length === 1 && root.children.length === 1 ? root.children[0] : undefined
}

/** The first of what `wanted` says that `found` does not, as a path; undefined when all of it is there. More may be. */
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

interface Open {
  readonly name: string
  readonly attributes: { readonly [name: string]: string }
  readonly children: XmlElement[]
  text: string
}

function attributesOf(text: string): { readonly [name: string]: string } {
  return Object.fromEntries(
    [...text.matchAll(/([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/g)].map(([, key = '', value = '']) => [
      key,
      plain(value.slice(1, -1)),
    ]),
  )
}

const NAMED: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function plain(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => NAMED[name] ?? '')
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>'"]/g, letter => `&${Object.keys(NAMED).find(name => NAMED[name] === letter) ?? ''};`)
}

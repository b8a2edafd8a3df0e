import { XMLParser, XMLValidator } from 'fast-xml-parser'

interface Node {
  readonly name: string
  readonly attributes: { readonly [name: string]: string }
  readonly children: readonly Node[]
}

/** What an element must have, may have, and contain: the part of the XSDs of Ant and Jenkins that readers rely on. */
const RULES: {
  readonly [name: string]: {
    readonly must: readonly string[]
    readonly may: readonly string[]
    readonly in: readonly string[]
  }
} = {
  testsuites: { must: ['name', 'tests', 'failures', 'errors', 'skipped'], may: ['time'], in: ['testsuite'] },
  testsuite: {
    must: ['name', 'tests', 'failures', 'errors', 'skipped', 'hostname'],
    may: ['time', 'timestamp'],
    in: ['testcase'],
  },
  testcase: {
    must: ['classname', 'name', 'time'],
    may: ['file', 'line'],
    in: ['failure', 'error', 'skipped', 'system-out'],
  },
  failure: { must: ['message', 'type'], may: [], in: [] },
  error: { must: ['message', 'type'], may: [], in: [] },
  skipped: { must: ['message'], may: [], in: [] },
  'system-out': { must: [], may: [], in: [] },
}
const COUNTED = { failures: 'failure', errors: 'error', skipped: 'skipped' } as const
const VALUES: { readonly [attribute: string]: RegExp } = {
  time: /^\d+(\.\d+)?$/,
  line: /^[1-9]\d*$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
}

/** Everything in which a text is no JUnit XML. Pure. */
export function junitFaults(text: string): readonly string[] {
  const valid = XMLValidator.validate(text)
  if (valid !== true) return [valid.err.msg]
  const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '' })
  const roots = nodesOf(parser.parse(text) as unknown).filter(({ name }) => name !== '?xml')
  const names = roots.map(({ name }) => name)
  return [...(names.join() === 'testsuites' ? [] : [`root ${names.join()}`]), ...roots.flatMap(faultsOf)]
}

function faultsOf(node: Node): readonly string[] {
  const rule = RULES[node.name]
  if (rule === undefined) return [`unknown element ${node.name}`]
  const has = Object.keys(node.attributes)
  return [
    ...rule.must.filter(name => !has.includes(name)).map(name => `${node.name} without ${name}`),
    ...has.filter(name => ![...rule.must, ...rule.may].includes(name)).map(name => `${node.name} with ${name}`),
    ...has
      .filter(name => VALUES[name]?.test(node.attributes[name] ?? '') === false)
      .map(name => `${node.name} ${name} is no value`),
    ...node.children.filter(({ name }) => !rule.in.includes(name)).map(({ name }) => `${name} in ${node.name}`),
    ...(node.name === 'testcase' && node.children.length > 1 ? ['a case with two ends'] : []),
    ...countFaults(node),
    ...node.children.flatMap(faultsOf),
  ]
}

function countFaults(node: Node): readonly string[] {
  if (!node.name.startsWith('testsuite')) return []
  const cases = node.name === 'testsuite' ? node.children : node.children.flatMap(({ children }) => children)
  const counts = Object.entries(COUNTED).map(([attribute, element]) => {
    return [attribute, cases.filter(({ children }) => children.some(({ name }) => name === element)).length] as const
  })
  return [['tests', cases.length] as const, ...counts]
    .filter(([attribute, count]) => node.attributes[attribute] !== String(count))
    .map(([attribute, count]) => `${node.name} ${attribute}: ${node.attributes[attribute]}, counted ${count}`)
}

function nodesOf(parsed: unknown): readonly Node[] {
  const list = parsed as readonly { readonly [name: string]: unknown }[]
  return list.flatMap(entry => {
    const name = Object.keys(entry).find(key => key !== ':@')
    if (name === undefined || name === '#text') return []
    const attributes = (entry[':@'] ?? {}) as Node['attributes']
    return [{ name, attributes, children: nodesOf(entry[name]) }]
  })
}

import { transform } from 'esbuild'

/**
 * Built-in modules that are loaded when something of them is used, not when a script starts: most commands need none of them.
 * An ES import of `node:http` also loads undici, because it reads all names of the module; it takes twice as long as all of Node.
 */
export const LAZY_MODULES: readonly string[] = [
  'child_process',
  'crypto',
  'dgram',
  'dns',
  'dns/promises',
  'fs/promises',
  'http',
  'https',
  'inspector',
  'module',
  'net',
  'perf_hooks',
  'readline',
  'readline/promises',
  'stream/consumers',
  'stream/promises',
  'tls',
  'v8',
  'vm',
  'worker_threads',
  'zlib',
].map(name => `node:${name}`)

const IMPORT = /\bimport\s*([\w$*{][^;"']*?)\s*from\s*["'](node:[^"']+)["']/g

/** Turns a module that esbuild wrote into a script for packaging/start/main.cjs. Throws for an import that cannot wait. */
export async function compactScript(text: string): Promise<string> {
  for (const [statement, names = '', module = ''] of text.matchAll(IMPORT)) {
    if (!LAZY_MODULES.includes(module) || names.startsWith('{') || /^[\w$]+$/.test(names)) continue
    throw new Error(
      `${statement}: expected an import of a default or of names, because ${module} is loaded when it is used`,
    )
  }
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    charset: 'ascii',
    minifyWhitespace: true,
    minifySyntax: true,
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'importMeta.url', 'import.meta.dirname': 'importMeta.dirname' },
  })
  // Names of scripts; those of worker threads stay.
  return code.replaceAll(/require\("\.\/([\w-]+)\.js"\)/g, 'require("./$1.cjs")')
}

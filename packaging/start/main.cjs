'use strict'
/*
 * Starts the program in this directory: loads its scripts, with the code that precompile.cjs stored for them when the package
 * was installed. Code is stored below the hash of the scripts; what V8 does not accept is compiled anew.
 */
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script } = require('node:vm')

/** Written by the build: the hash of all scripts. */
const BUILD = '@BUILD@'
const CODE = join(__dirname, '..', 'code')
/** Built-in modules that most commands never use: each is loaded when something of it is used. */
const LAZY = new Set('@LAZY@'.split(' '))

const scripts = new Map()
const modules = new Map()

function load(name) {
  const known = modules.get(name)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  modules.set(name, module)
  const path = join(__dirname, name)
  // The build writes nothing but ASCII, for which this is the fastest decoder.
  const source = `(function(exports,require,module,__filename,__dirname,importMeta){${readFileSync(path, 'latin1')}\n})`
  const script = new Script(source, { filename: path, cachedData: storedCode(name) })
  scripts.set(name, script)
  script.runInThisContext()(module.exports, ours, module, path, __dirname, metaOf(path))
  return module.exports
}

function ours(id) {
  if (id.startsWith('./')) return load(id.slice(2))
  return LAZY.has(id) ? lazily(id) : require(id)
}

function storedCode(name) {
  try {
    return readFileSync(join(CODE, BUILD, name))
  } catch {
    return undefined
  }
}

/** Stands for a built-in module until it is used. What esbuild itself asks for is no use. */
function lazily(id) {
  let real
  return new Proxy({}, { get: (_, key) => (key === '__esModule' ? undefined : (real ??= require(id))[key]) })
}

function metaOf(path) {
  return {
    dirname: __dirname,
    get url() {
      return require('node:url').pathToFileURL(path).href
    },
  }
}

module.exports = { BUILD, CODE, load, scripts }
if (require.main === module) load('program.cjs')

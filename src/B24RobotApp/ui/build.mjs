// Builds the pages into wwwroot/ui, once: several builds at the same time wait for each other, and what did not change is not built again.
import { execSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const target = join(here, '..', 'wwwroot', 'ui')
const lock = join(here, '.lock')
const staleAfter = 15 * 60_000

const sleep = milliseconds => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
}

function hashOf(files) {
  const hash = createHash('sha256')
  files.sort().forEach(file => hash.update(file.slice(here.length)).update(readFileSync(file)))
  return hash.digest('hex')
}

function isAt(file, value) {
  return existsSync(file) && readFileSync(file, 'utf8') === value
}

while (true) {
  try {
    mkdirSync(lock)
    break
  } catch (problem) {
    if (problem.code !== 'EEXIST') {
      throw problem
    }

    try {
      if (Date.now() - statSync(lock).mtimeMs > staleAfter) {
        rmSync(lock, { recursive: true })
      }
    } catch {
      // Whoever held it has just let it go.
    }

    sleep(300)
  }
}

try {
  const packages = hashOf([join(here, 'package.json'), join(here, 'package-lock.json')])
  const installed = join(here, 'node_modules', '.installed')
  if (!isAt(installed, packages)) {
    execSync('npm ci --no-audit --no-fund --loglevel=error', { cwd: here, stdio: 'inherit' })
    writeFileSync(installed, packages)
  }

  const sources = hashOf([...filesOf(join(here, 'src')), ...['package-lock.json', 'vite.config.ts', 'tsconfig.json', 'build.mjs'].map(name => join(here, name))])
  const stamp = join(here, 'node_modules', '.built')
  if (!isAt(stamp, sources) || !existsSync(join(target, 'main.js'))) {
    execSync('npm run build --silent', { cwd: here, stdio: 'inherit' })
    writeFileSync(stamp, sources)
  }
} finally {
  rmSync(lock, { recursive: true, force: true })
}

// A day's 25 households on the network: bytes and round trips beside the budget, then seconds over a bad line, 64 kbit/s with
// 30 % of the packets lost, in a network namespace of its own. Both directions share the 64 kbit/s, so it is a little worse
// than the budget's. Needs root, and a kernel with namespaces, tbf and nftables; where they are missing it says so.
//
//   DAYS=9 LOSS=30 node scripts/day.mjs
//
// The phone is crates/fleet/examples/day.rs: the real device core against the real server.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Office } from '../web/e2e/office.mjs'

const { DAYS = '9', LOSS = '30', LINE, CARGO_TARGET_DIR = 'target' } = process.env
const RATE = '64kbit'
const lossy = `table inet lossy {
  chain arriving {
    type filter hook input priority 0;
    numgen random mod 100 < ${LOSS} drop
  }
}
`
const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })

/** Loses packets where they arrive, as radio does: the sender hears nothing. */
function worsen() {
  run('ip', 'link', 'set', 'lo', 'mtu', '1400')
  run('tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'tbf', 'rate', RATE, 'burst', '3000', 'latency', '2s')
  execFileSync('nft', ['-f', '-'], {
    input: lossy,
  })
}

/** Whether this machine can do all that: tried, and taken away with its namespace. */
function able(space) {
  try {
    run('ip', 'netns', 'add', space)
    run('ip', 'netns', 'exec', space, 'ip', 'link', 'set', 'lo', 'up')
    run('ip', 'netns', 'exec', space, 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'tbf', 'rate', RATE, 'burst', '3000', 'latency', '2s')
    run('ip', 'netns', 'exec', space, 'tc', 'qdisc', 'del', 'dev', 'lo', 'root')
    execFileSync('ip', ['netns', 'exec', space, 'nft', '-c', '-f', '-'],
      { input: lossy, stdio: ['pipe', 'ignore', 'ignore'] })
    return true
  } catch {
    return false
  }
}

async function measure(bad) {
  const office = await Office.make()
  try {
    const code = await office.letter('E-1')
    await office.start()
    const day = spawn(`${CARGO_TARGET_DIR}/debug/examples/day`, [`127.0.0.1:${office.port}`, code, DAYS, 'wait'], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: day.stdout }).on('line', (line) => {
      if (line !== 'ready') return console.log(line)
      if (bad) worsen()
      day.stdin.end('\n')
    })
    const status = await new Promise((resolve) => day.on('close', resolve))
    if (status !== 0) throw new Error(`the phone ended with ${status}`)
  } finally {
    await office.remove()
  }
}

if (LINE) await measure(LINE === 'bad')
else {
  console.log('-- a good line')
  await measure(false)
  const space = `quipu-day-${process.pid}`
  try {
    if (able(space)) {
      console.log(`-- ${RATE} both ways together, ${LOSS} % of the packets lost`)
      const { status } = spawnSync('ip', ['netns', 'exec', space, process.execPath, process.argv[1]], { stdio: 'inherit', env: { ...process.env, LINE: 'bad' } })
      process.exitCode = status ?? 1
    } else console.log('skipped 1: this machine cannot make a bad line (ip netns, tc tbf, nft numgen)')
  } finally {
    spawnSync('ip', ['netns', 'del', space])
  }
}

// Runs a module in Node, with Node's own WASI, and prints one line of JSON: what ../README.md says.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { blank, parse } from './command.mjs';

/// What is kept of a stream of the guest's.
const STREAM = 64 * 1024;

if (isMainThread) {
  main();
} else {
  // Node says on standard error that its WASI is experimental, as soon as it is loaded.
  process.emitWarning = () => {};
  const { run } = await import('./run.mjs');
  parentPort.postMessage(run(workerData));
}

function main() {
  let job;
  try {
    job = parse(process.argv.slice(2));
    job.bytes = fs.readFileSync(job.module);
  } catch (error) {
    fs.writeSync(2, `host: ${error.message}\n`);
    process.exit(2);
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'host-'));
  const open = (name) => fs.openSync(path.join(folder, name), 'w+');
  job.streams = [0, open('stdout'), open('stderr')];
  const end = (outcome) => {
    const [out, err] = [kept(path.join(folder, 'stdout')), kept(path.join(folder, 'stderr'))];
    fs.rmSync(folder, { recursive: true, force: true });
    const streams = { stdout: out.text, stderr: err.text, cut: out.cut || err.cut };
    print({ host: `node ${process.versions.node}`, ...outcome, ...streams });
    // A thread that waits in a call of the system's cannot be ended, and `exit` would wait for it.
    if (outcome.ended === 'timeout') process.kill(process.pid, 'SIGKILL');
    process.exit(0);
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: job });
  worker.on('message', end);
  worker.on('error', (error) => {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.writeSync(2, `host: ${error.stack}\n`);
    process.exit(2);
  });
  setTimeout(() => end({ ...blank(), ended: 'timeout', message: `more than ${job.limit} ms` }), job.limit);
}

/// By its name: a guest that closes or renumbers its stream closes this process's.
function kept(file) {
  const stream = fs.openSync(file);
  const { size } = fs.fstatSync(stream);
  const bytes = Buffer.alloc(Math.min(size, STREAM));
  fs.readSync(stream, bytes, 0, bytes.length, 0);
  return { text: bytes.toString('base64'), cut: size > STREAM };
}

function print(value) {
  const bytes = Buffer.from(JSON.stringify(value) + '\n');
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (error) {
      // A pipe whose reader is slow.
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

// One run: compile, link, start, then step by step until one does not return.
import { WASI } from 'node:wasi';
import { blank, number } from './command.mjs';
import { kind } from './kind.mjs';
import { steady } from './steady.mjs';
import { stubs } from './stubs.mjs';

const WASI_MODULE = 'wasi_snapshot_preview1';

/// What a job comes to.
export function run(job) {
  const outcome = blank();
  const fail = (at, ended, error) => {
    const message = String(error?.message ?? error).slice(0, 300);
    return Object.assign(outcome, { ended, at, kind: ended === 'trapped' ? kind(error) : '', message });
  };
  let module;
  try {
    module = new WebAssembly.Module(job.bytes);
  } catch (error) {
    return fail('compile', 'refused', error);
  }
  const imports = WebAssembly.Module.imports(module);
  const wasi = imports.some((one) => one.module === WASI_MODULE) ? newWasi(job) : null;
  const guest = { memory: () => guest.instance?.exports.memory };
  const object = stubs(imports.filter((one) => one.module !== WASI_MODULE), job, guest, outcome);
  if (wasi) object[WASI_MODULE] = { ...wasi.wasiImport, ...(job.steady ? steady(guest) : {}) };
  try {
    guest.instance = new WebAssembly.Instance(module, object);
  } catch (error) {
    return error instanceof WebAssembly.LinkError || error instanceof TypeError ? fail('link', 'refused', error) : fail('start', 'trapped', error);
  }
  const { exports } = guest.instance;
  const state = { step: '' };
  const all = () => everyStep(exports, job, outcome, state);
  try {
    if (wasi) {
      // Node runs a command, or initialises a reactor: what is asked for here is called as a command.
      const code = wasi.start({ exports: { memory: exports.memory, _start: () => (all(), (state.returned = true)) } });
      if (!state.returned) Object.assign(outcome, { ended: 'exited', at: state.step, exit: code >>> 0 });
    } else {
      all();
    }
  } catch (error) {
    return state.step ? fail(state.step, state.usage ? 'refused' : 'trapped', error) : fail('link', 'refused', error);
  }
  return outcome;
}

function newWasi(job) {
  const [stdin, stdout, stderr] = job.streams;
  return new WASI({ version: 'preview1', args: job.args, env: job.env, preopens: job.dirs, stdin, stdout, stderr });
}

function everyStep(exports, job, outcome, state) {
  const steps = [...job.steps];
  const first = steps[0][0];
  if (exports._initialize && first !== '_initialize' && first !== '_start') steps.unshift(['_initialize']);
  let last = 0;
  steps.forEach(([name, ...words], at) => {
    state.step = name;
    state.usage = true;
    const numbers = name === '+write' ? [resolve(words[0], last)] : words.map((word) => resolve(word, last));
    const memory = () => new Uint8Array(exports.memory.buffer);
    if (name === '+write') {
      memory().set(Buffer.from(words[1]), numbers[0] >>> 0);
      return;
    }
    if (name === '+read') {
      const [start, length] = numbers.map((value) => value >>> 0);
      if (length > 65536) throw new Error('more than 64 KiB to read');
      outcome.read.push(Buffer.from(memory().subarray(start, start + length)).toString('base64'));
      return;
    }
    if (typeof exports[name] !== 'function') throw new Error(`no function is exported as ${name}`);
    state.usage = false;
    const times = at === steps.length - 1 ? job.repeat : 1;
    for (let time = 0; time < times; time += 1) last = call(exports, name, numbers, job, outcome);
  });
}

function call(exports, name, numbers, job, outcome) {
  const { ringfence_fuel: fuel, ringfence_exhausted: exhausted } = exports;
  const metered = fuel instanceof WebAssembly.Global && exhausted instanceof WebAssembly.Global;
  if (metered && job.fuel !== null) {
    fuel.value = job.fuel;
    exhausted.value = 0;
  }
  const step = { name, results: [], fuel: null, exhausted: null };
  const begun = process.hrtime.bigint();
  try {
    const result = exports[name](...numbers);
    step.results = result === undefined ? [] : [].concat(result).map(String);
    return result ?? 0;
  } finally {
    if (job.repeat > 1) outcome.micros.push(Number((process.hrtime.bigint() - begun) / 1000n));
    if (metered) Object.assign(step, { fuel: String(fuel.value), exhausted: exhausted.value });
    if (outcome.steps.length < 1000) outcome.steps.push(step);
  }
}

/// A number, or a part of the last result.
function resolve(word, last) {
  switch (word) {
    case '@': return last;
    case '@low': return Number(BigInt.asIntN(32, BigInt(last)));
    case '@high': return Number(BigInt.asIntN(32, BigInt(last) >> 32n));
    default: return number(word);
  }
}

// Functions of the host's: each writes down how it was called, and gives a fixed answer.

/// How many calls are written down; the others are counted.
const RECORDED = 1000;

/// An import object for all of `imports` that are functions.
export function stubs(imports, job, guest, outcome) {
  const object = {};
  for (const { module, name, kind } of imports) {
    if (kind !== 'function') continue;
    const key = `${module}.${name}`;
    object[module] ??= {};
    object[module][name] = (...given) => {
      outcome.called += 1;
      if (outcome.calls.length < RECORDED) outcome.calls.push([key, ...given.map(String), ...text(job.texts[key], given, guest)]);
      return job.answers[key] ?? 0;
    };
  }
  return object;
}

function text(described, given, guest) {
  if (!described) return [];
  const [start, length] = described.map((index) => Number(given[index]) >>> 0);
  const memory = guest.memory();
  if (!(memory instanceof WebAssembly.Memory)) return ['<no memory>'];
  if (start + length > memory.buffer.byteLength) return ['<outside>'];
  return [Buffer.from(memory.buffer, start, Math.min(length, 256)).toString('latin1')];
}

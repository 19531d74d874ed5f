// The command line, the same for every host.

/// An outcome, before anything has happened.
export function blank() {
  return { ended: 'returned', at: '', kind: '', message: '', exit: null, steps: [], read: [], called: 0, calls: [], micros: [] };
}

/// What a command line asks for.
export function parse(words) {
  const job = {
    args: ['plugin'], env: {}, dirs: {}, answers: {}, texts: {},
    fuel: null, limit: 10000, steady: false, repeat: 1, module: null, steps: [],
  };
  const rest = [...words];
  while (rest.length > 0 && rest[0].startsWith('--')) option(job, rest.shift(), rest);
  job.module = rest.shift();
  if (job.module === undefined) throw new Error('usage: host [OPTION]... MODULE [STEP [, STEP]...]');
  job.steps = steps(rest);
  return job;
}

function option(job, name, rest) {
  if (name === '--steady') {
    job.steady = true;
    return;
  }
  const value = rest.shift();
  if (value === undefined) throw new Error(`${name} needs a value`);
  switch (name) {
    case '--arg': job.args.push(value); break;
    case '--env': set(job.env, name, value); break;
    case '--dir': set(job.dirs, name, value); break;
    case '--answer': job.answers[key(name, value)] = number(after(value)); break;
    case '--text': job.texts[key(name, value)] = after(value).split(',').map((part) => whole(name, part)); break;
    case '--fuel': job.fuel = big(value); break;
    case '--limit': job.limit = whole(name, value); break;
    case '--repeat': job.repeat = whole(name, value); break;
    default: throw new Error(`no option ${name}`);
  }
}

function set(map, name, value) {
  map[key(name, value)] = after(value);
}

function key(name, value) {
  const at = value.indexOf('=');
  if (at < 1) throw new Error(`${name} needs NAME=VALUE, not ${value}`);
  return value.slice(0, at);
}

function after(value) {
  return value.slice(value.indexOf('=') + 1);
}

function whole(name, text) {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`${name} needs a number, not ${text}`);
  return Number(text);
}

function big(text) {
  if (!/^-?[0-9]{1,19}$/.test(text)) throw new Error(`${text} is no number`);
  return BigInt(text);
}

/// `5` is an i32, `i64:5` an i64.
export function number(text) {
  return text.startsWith('i64:') ? BigInt.asIntN(64, big(text.slice(4))) : Number(BigInt.asIntN(32, big(text)));
}

function steps(words) {
  if (words.length === 0) return [['_start']];
  const all = [[]];
  for (const word of words) {
    if (word === ',') all.push([]);
    else all.at(-1).push(word);
  }
  for (const [name, ...rest] of all) {
    if (name === undefined) throw new Error('an empty step');
    if ((name === '+write' || name === '+read') && rest.length !== 2) throw new Error(`${name} needs two words`);
  }
  return all;
}

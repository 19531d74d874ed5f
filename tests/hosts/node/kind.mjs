// V8's words for traps, and ours.

const KINDS = [
  [/^unreachable$/, 'unreachable'],
  [/memory access out of bounds|data segment/, 'memory'],
  [/table|null function or function signature mismatch|element segment/, 'table'],
  [/(divide|remainder) by zero/, 'divide'],
  [/divide result unrepresentable/, 'overflow'],
  [/float unrepresentable/, 'conversion'],
  [/call stack size exceeded/, 'stack'],
];

/// What kind of trap it was; `other` where no words are known.
export function kind(error) {
  const message = String(error?.message);
  return KINDS.find(([words]) => words.test(message))?.[1] ?? 'other';
}

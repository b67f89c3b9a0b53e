import { WORD } from './character-set.ts';
import type { Instruction } from './program.ts';
import type { Assertion } from './syntax.ts';

const NEWLINE = 0x0a;

/**
 * Runs a program over a text: all threads at once, a character at a time (Pike's algorithm, as in
 * RE2). A thread is a place in the program; of two at the same place only the preferred goes on, so
 * a character costs at most one visit an instruction, whatever the text.
 *
 * One machine is used again and again, but for one text at a time.
 */
export class Machine {
  readonly #program: readonly Instruction[];
  readonly #slots: number;
  #current: Threads;
  #next: Threads;
  /** The slots of the thread that is being followed. */
  readonly #captures: Int32Array;
  /** Places still to visit; below zero, a slot to put back, its value beneath. */
  readonly #stack: number[] = [];
  #visits = 0;

  constructor(program: readonly Instruction[], slots: number) {
    this.#program = program;
    this.#slots = slots;
    this.#current = new Threads(program.length, slots);
    this.#next = new Threads(program.length, slots);
    this.#captures = new Int32Array(slots);
  }

  /** Instructions visited in the last run: what it cost. */
  get visits(): number {
    return this.#visits;
  }

  /**
   * The leftmost match, and of those that begin there the one that the pattern prefers: where each
   * group begins and ends, -1 for one that took no part. Undefined when there is none. With no
   * slots, a match is an empty array, and the first found will do.
   */
  run(text: string): Int32Array | undefined {
    this.#visits = 0;
    this.#current.clear();
    let found: Int32Array | undefined;
    for (let at = 0; at <= text.length; at++) {
      if (found === undefined) {
        this.#captures.fill(-1);
        this.#follow(this.#current, 0, text, at);
      }
      if (found !== undefined && this.#current.count === 0) break;
      this.#next.clear();
      found = this.#step(text, at) ?? found;
      if (found !== undefined && this.#slots === 0) break;
      [this.#current, this.#next] = [this.#next, this.#current];
    }
    return found;
  }

  /**
   * Moves each thread past the character at `at`, the preferred first. A match ends those less
   * preferred.
   */
  #step(text: string, at: number): Int32Array | undefined {
    const code = at < text.length ? text.charCodeAt(at) : -1;
    const { places, count } = this.#current;
    for (let i = 0; i < count; i++) {
      const place = places[i] as number;
      const instruction = this.#program[place] as Instruction;
      this.#visits++;
      if (instruction.op === 'match') return this.#current.slotsOf(place).slice();
      if (instruction.op === 'character') {
        if (instruction.code !== code) continue;
      } else if (instruction.op !== 'set' || code < 0 || !instruction.set.has(code)) {
        continue;
      }
      if (this.#slots > 0) this.#captures.set(this.#current.slotsOf(place));
      this.#follow(this.#next, place + 1, text, at + 1);
    }
    return undefined;
  }

  /** Adds the threads that can be at `start` without taking a character. */
  #follow(threads: Threads, start: number, text: string, at: number): void {
    const stack = this.#stack;
    stack.push(start);
    while (stack.length > 0) {
      const top = stack.pop() as number;
      if (top < 0) this.#captures[-top - 1] = stack.pop() as number;
      else this.#walk(threads, top, text, at);
    }
  }

  #walk(threads: Threads, start: number, text: string, at: number): void {
    let place = start;
    while (threads.visit(place)) {
      this.#visits++;
      const instruction = this.#program[place] as Instruction;
      switch (instruction.op) {
        case 'jump':
          place = instruction.to;
          break;
        case 'split':
          this.#stack.push(instruction.second);
          place = instruction.first;
          break;
        case 'save':
          if (instruction.slot < this.#slots) {
            this.#stack.push(this.#captures[instruction.slot] as number, -instruction.slot - 1);
            this.#captures[instruction.slot] = at;
          }
          place++;
          break;
        case 'assert':
          if (!holds(instruction.assertion, text, at)) return;
          place++;
          break;
        default:
          threads.add(place, this.#captures);
          return;
      }
    }
  }
}

/** Threads of one position, in order of preference, and the places already looked at. */
class Threads {
  readonly places: Int32Array;
  count = 0;
  readonly #slots: number;
  readonly #captures: Int32Array;
  readonly #visited: Uint32Array;
  #round = 0;

  constructor(length: number, slots: number) {
    this.places = new Int32Array(length);
    this.#slots = slots;
    this.#captures = new Int32Array(length * slots);
    this.#visited = new Uint32Array(length);
  }

  clear(): void {
    this.count = 0;
    // Marks of earlier rounds are told apart by their number, until the numbers are used up.
    if (this.#round === 0xffff_ffff) {
      this.#visited.fill(0);
      this.#round = 0;
    }
    this.#round++;
  }

  /** False when the place was visited in this round already. */
  visit(place: number): boolean {
    if (this.#visited[place] === this.#round) return false;
    this.#visited[place] = this.#round;
    return true;
  }

  add(place: number, captures: Int32Array): void {
    this.places[this.count++] = place;
    if (this.#slots > 0) this.#captures.set(captures, place * this.#slots);
  }

  slotsOf(place: number): Int32Array {
    return this.#captures.subarray(place * this.#slots, (place + 1) * this.#slots);
  }
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case 'text start':
      return at === 0;
    case 'text end':
      return at === text.length;
    case 'line start':
      return at === 0 || text.charCodeAt(at - 1) === NEWLINE;
    case 'line end':
      return at === text.length || text.charCodeAt(at) === NEWLINE;
    case 'word boundary':
      return isWord(text, at - 1) !== isWord(text, at);
    case 'no word boundary':
      return isWord(text, at - 1) === isWord(text, at);
  }
}

function isWord(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false;
  const code = text.charCodeAt(at);
  return WORD.some(([first, last]) => first <= code && code <= last);
}

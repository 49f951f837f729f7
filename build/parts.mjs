// The parts of an executable: what starts it, the program, which is a function of `exports`, `require` and
// `__filename` and `__dirname`, and the code that V8 made of the program.
export const START = 'start.cjs';
export const PROGRAM = 'program.cjs';
export const CODE_CACHE = 'program.cache';

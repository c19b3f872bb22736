import assert from 'node:assert/strict';
import test from 'node:test';
import { typedToken } from './typedToken.ts';

test('a token is what was typed, or what the pasted link carries', () => {
  assert.equal(typedToken(' let-me-in \n'), 'let-me-in');
  assert.equal(typedToken('https://lens.example/#token=let%20me&admin=x'), 'let me');
  assert.equal(typedToken('http://localhost:3000/#admin=x'), 'http://localhost:3000/#admin=x');
  assert.equal(typedToken('has#token=in-it'), 'has#token=in-it');
});

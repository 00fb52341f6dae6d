// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AbiMismatchError,
  ConfigError,
  ExporterError,
  errorMessage,
  exitCodeOf,
  RequirementError,
  SystemError,
  VerifierError,
} from '../../src/errors.ts';

describe('the errors', () => {
  const log = ['0: (61) r1 = *(u32 *)(r1 +0)', 'R1 type=ctx'];
  const errors = [
    { error: new ExporterError('a'), name: 'ExporterError', exitCode: 1 },
    { error: new ConfigError('a'), name: 'ConfigError', exitCode: 2 },
    { error: new RequirementError('a'), name: 'RequirementError', exitCode: 2 },
    { error: new SystemError('open it', 'EBUSY'), name: 'SystemError', exitCode: 1 },
    { error: new VerifierError('p', 'no', log), name: 'VerifierError', exitCode: 1 },
    { error: new AbiMismatchError('s', 1, 2), name: 'AbiMismatchError', exitCode: 1 },
  ];

  for (const { error, name, exitCode } of errors) {
    it(`gives ${name} its name and the exit code ${exitCode}`, () => {
      assert.equal(error.name, name);
      assert.equal(exitCodeOf(error), exitCode);
      assert.ok(error instanceof ExporterError);
    });
  }

  it('says what the system call was for, how it failed and what would help', () => {
    const error = new SystemError('open "x"', 'ENOENT', 'reinstall');
    assert.equal(error.message, 'open "x": ENOENT; reinstall');
    assert.equal(error.operation, 'open "x"');
    assert.equal(error.code, 'ENOENT');
    assert.equal(new SystemError('open "x"', 'ENOENT').message, 'open "x": ENOENT');
  });

  it('keeps the whole log of the verifier, the program and the cause', () => {
    const cause = new Error('EACCES');
    const error = new VerifierError('xdp_exporter', 'R1 type=ctx', log, { cause });
    assert.equal(error.message, 'load program "xdp_exporter": verifier: R1 type=ctx');
    assert.equal(error.program, 'xdp_exporter');
    assert.equal(error.log, log);
    assert.equal(error.cause, cause);
  });

  it('says what an object should have been and what it is', () => {
    assert.equal(
      new AbiMismatchError('entries of map m', 256, 16).message,
      'check "entries of map m": expected 256, the BPF object has 16; rebuild or reinstall xdp-exporter',
    );
  });
});

describe('errorMessage', () => {
  const thrown = [
    { what: new TypeError('boom'), message: 'boom' },
    { what: 'text', message: 'text' },
    { what: undefined, message: 'undefined' },
    { what: null, message: 'null' },
    { what: 7n, message: '7' },
  ];
  for (const { what, message } of thrown) {
    it(`makes "${message}" of a thrown ${typeof what}`, () => {
      assert.equal(errorMessage(what), message);
    });
  }
});

describe('exitCodeOf', () => {
  it('is 1 for what is no error of ours', () => {
    assert.equal(exitCodeOf(new TypeError('boom')), 1);
    assert.equal(exitCodeOf({ exitCode: 2 }), 1);
    assert.equal(exitCodeOf(undefined), 1);
  });
});

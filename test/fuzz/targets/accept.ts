// SPDX-License-Identifier: Apache-2.0
// Accept headers: any text gets a format; a well-formed one gets the format that RFC 9110 prefers.
import assert from 'node:assert/strict';
import { CONTENT_TYPES, negotiateFormat } from '../../../src/export/format.ts';
import type { Target } from '../target.ts';

const TYPES: Readonly<Record<string, string>> = {
  text: 'text/plain;version=0.0.4',
  openmetrics: 'application/openmetrics-text;version=1.0.0',
  protobuf:
    'application/vnd.google.protobuf;proto=io.prometheus.client.metricfamily;encoding=delimited',
};
const MAX_LENGTH = 1000;
const TOKEN = '[a-z\\d.+*/-]+';
const WELL_FORMED = new RegExp(
  `^${TOKEN}(?: ?; ?[a-z]+=[A-Za-z\\d.-]+)*(?: ?, ?${TOKEN}(?: ?; ?[a-z]+=[A-Za-z\\d.-]+)*)*$`,
);

interface Range {
  readonly type: string;
  readonly parameters: readonly string[];
  readonly quality: number;
}

/** Undefined where it is not one whose meaning is plain. */
function rangesOf(header: string): Range[] | undefined {
  if (!WELL_FORMED.test(header) || header.length > MAX_LENGTH) {
    return undefined;
  }
  const ranges = header.split(',').map((text) => {
    const [type = '', ...all] = text.split(';').map((part) => part.trim());
    const given = all.filter((parameter) => !/^(?:charset|escaping)=/.test(parameter));
    const qualities = given.filter((parameter) => parameter.startsWith('q='));
    const parameters = given.filter((parameter) => !parameter.startsWith('q='));
    const quality = qualities.length === 0 ? 1 : Number(qualities[0]?.slice(2));
    const isPlain =
      /^(?:\*\/\*|[a-z\d.+-]+\/(?:\*|[a-z\d.+-]+))$/.test(type) &&
      qualities.length < 2 &&
      (qualities.length === 0 ||
        /^q=(?:0(?:\.\d{1,3})?|1(?:\.0{1,3})?)$/.test(qualities[0] ?? '')) &&
      // Behind the quality come no parameters of the type.
      (qualities.length === 0 || given.at(-1)?.startsWith('q=') === true) &&
      new Set(parameters.map((parameter) => parameter.split('=')[0])).size === parameters.length;
    return isPlain
      ? { type, parameters: parameters.map((each) => each.toLowerCase()), quality }
      : undefined;
  });
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

/** Of the most specific range that has it. Several as specific as that: undefined. */
function qualityOf(offer: string, ranges: readonly Range[]): number | undefined {
  const [type = '', ...has] = offer.split(';');
  const fitting = ranges
    .filter(
      (range) =>
        [type, `${type.split('/')[0]}/*`, '*/*'].includes(range.type) &&
        range.parameters.every((parameter) => has.includes(parameter)),
    )
    .map(({ type: wanted, parameters, quality }) => {
      const rank = wanted === type ? 2 : Number(wanted !== '*/*');
      return { rank: 10 * rank + parameters.length, quality };
    })
    .toSorted((one, other) => other.rank - one.rank);
  const [best] = fitting;
  const isClear = fitting.every(
    ({ rank, quality }) => rank !== best?.rank || quality === best.quality,
  );
  return isClear ? (best?.quality ?? 0) : undefined;
}

export const accept: Target = {
  name: 'accept',
  maxBytes: 1100,
  dictionary: [
    ...Object.values(TYPES),
    ...Object.values(CONTENT_TYPES),
    ...'*/* text/* application/* ;q=0 ;q=0.5 ;q=1 ;q=0.001 q=NaN ;q=-1 ;q=1e9 , ; = "'.split(' '),
    ';charset=utf-8',
    ';escaping=allow-utf-8',
    ';version=1.0.0',
    '__proto__',
    'constructor/prototype',
  ],
  run(input) {
    const header = input.toString('latin1');
    const format = negotiateFormat(header);
    assert.ok(Object.hasOwn(CONTENT_TYPES, format), format);
    const ranges = rangesOf(header);
    const qualities = ranges && Object.values(TYPES).map((offer) => qualityOf(offer, ranges));
    if (qualities?.every((quality) => quality !== undefined) === true) {
      const most = Math.max(...qualities);
      const chosen = qualities[Object.keys(TYPES).indexOf(format)];
      assert.ok(most === 0 ? format === 'text' : chosen === most, `${header}: ${format}`);
    }
    return undefined;
  },
};

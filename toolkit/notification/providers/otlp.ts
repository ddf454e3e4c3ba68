/** The one message of OTLP that is sent, as Protobuf (opentelemetry-proto 1, ExportTraceServiceRequest). Pure. */

type Bytes = Buffer<ArrayBuffer>;

export interface Span {
  /** In hex, as `spanId`. */
  traceId: string;
  spanId: string;
  name: string;
  startNanos: bigint;
  endNanos: bigint;
  attributes: readonly (readonly [key: string, value: string])[];
  /** Of what failed; `undefined` is a success. */
  failure: string | undefined;
}

export interface TraceRequest {
  resource: readonly (readonly [key: string, value: string])[];
  scope: string;
  schemaUrl: string;
  span: Span;
}

const internalSpan = 1;
const [statusOk, statusError] = [1, 2];
/** Sampled, and child of a span elsewhere. */
const spanFlags = 0x301;

export function traceRequest({ resource, scope, schemaUrl, span }: TraceRequest): Bytes {
  const status =
    span.failure === undefined
      ? number(3, statusOk)
      : Buffer.concat([text(2, span.failure), number(3, statusError)]);
  const spanBytes = Buffer.concat([
    bytes(1, Buffer.from(span.traceId, 'hex')),
    bytes(2, Buffer.from(span.spanId, 'hex')),
    text(5, span.name),
    number(6, internalSpan),
    fixed64(7, span.startNanos),
    fixed64(8, span.endNanos),
    ...span.attributes.map((each) => bytes(9, keyValue(each))),
    bytes(15, status),
    fixed32(16, spanFlags),
  ]);
  const scopeSpans = Buffer.concat([bytes(1, text(1, scope)), bytes(2, spanBytes)]);
  const attributes = Buffer.concat(resource.map((each) => bytes(1, keyValue(each))));
  return bytes(1, Buffer.concat([bytes(1, attributes), bytes(2, scopeSpans), text(3, schemaUrl)]));
}

const keyValue = ([key, value]: readonly [string, string]): Bytes =>
  Buffer.concat([text(1, key), bytes(2, Buffer.concat([tag(1, 2), sized(Buffer.from(value))]))]);

/** Which field, and how its value is written. */
const tag = (field: number, wire: number): Bytes => varint(field * 8 + wire);

const sized = (content: Bytes): Bytes => Buffer.concat([varint(content.length), content]);

const bytes = (field: number, content: Bytes): Bytes =>
  Buffer.concat([tag(field, 2), sized(content)]);

/** An empty text is not written, as its absence says the same. */
const text = (field: number, content: string): Bytes =>
  content === '' ? Buffer.alloc(0) : bytes(field, Buffer.from(content));

const number = (field: number, value: number): Bytes =>
  Buffer.concat([tag(field, 0), varint(value)]);

function fixed64(field: number, value: bigint): Bytes {
  const content = Buffer.alloc(8);
  content.writeBigUInt64LE(BigInt.asUintN(64, value));
  return Buffer.concat([tag(field, 1), content]);
}

function fixed32(field: number, value: number): Bytes {
  const content = Buffer.alloc(4);
  content.writeUInt32LE(value);
  return Buffer.concat([tag(field, 5), content]);
}

function varint(value: number): Bytes {
  const parts: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) parts.push((rest % 128) + 128);
  return Buffer.from([...parts, rest]);
}

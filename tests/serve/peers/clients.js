// The clients of peers_test.py: node clients.js CLIENT '{"port": 1, ...}'. Each prints one JSON line with what it was told.
'use strict';
const path = require('node:path');
const { createRequire } = require('node:module');

const load = createRequire(path.join(process.env.PEERS_MODULES, 'index.js'));
const kTraceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const kSpanId = '00f067aa0ba902b7';
const kTime = Date.UTC(2026, 2, 4, 5, 6, 7, 89);

const numbers = (count) => [...Array(count).keys()];

function document(n) {
  return { '@timestamp': new Date(kTime + n).toISOString(), message: `document ${n}`, n, host: { name: 'web-1' },
           service: { name: 'shop' }, log: { level: 'warning' } };
}

async function elasticsearch({ port, count }) {
  const { Client } = load('@elastic/elasticsearch');
  const client = new Client({ node: `http://127.0.0.1:${port}`, auth: { apiKey: Buffer.from('id:key').toString('base64') } });
  return documents(client, count, {
    bulk: { datasource: numbers(count).map(document), flushBytes: 20000,
            onDocument: (d) => ({ create: { _index: 'logs-shop-default', _id: `es-${d.n}` } }) },
    create: { index: 'logs-shop-default', id: 'es-one', document: document(count) },
    index: { index: 'logs-shop-default', document: document(count + 1) } }, (answer) => answer);
}

async function opensearch({ port, count }) {
  const { Client } = load('@opensearch-project/opensearch');
  const client = new Client({ node: `http://127.0.0.1:${port}` });
  return documents(client, count, {
    bulk: { datasource: numbers(count).map(document), flushBytes: 20000,
            onDocument: (d) => ({ index: { _index: 'shop', _id: `os-${d.n}` } }) },
    create: { index: 'shop', id: 'os-one', body: document(count) },
    index: { index: 'shop', body: document(count + 1) } }, (answer) => answer.body);
}

async function documents(client, count, requests, body) {
  const pinged = body(await client.ping());
  const info = body(await client.info());
  const bulk = await client.helpers.bulk(requests.bulk);
  const created = body(await client.create(requests.create));
  const again = await client.create(requests.create).then(() => 0, (error) => error.statusCode);
  const indexed = body(await client.index(requests.index));
  await client.close();
  return { pinged, version: info.version.number, total: bulk.total, successful: bulk.successful, failed: bulk.failed,
           created: created.result, again, indexed: indexed.result, id: indexed._id };
}

async function opentelemetry({ protocol, url, count, token }) {
  const { LoggerProvider, BatchLogRecordProcessor } = load('@opentelemetry/sdk-logs');
  const { SeverityNumber } = load('@opentelemetry/api-logs');
  const { ROOT_CONTEXT, trace } = load('@opentelemetry/api');
  const { resourceFromAttributes } = load('@opentelemetry/resources');
  const { OTLPLogExporter } = load(`@opentelemetry/exporter-logs-otlp-${protocol}`);
  let failed = 0;
  const exporter = new OTLPLogExporter({ url, ...(token && { headers: { authorization: `Bearer ${token}` } }) });
  const send = exporter.export.bind(exporter);
  exporter.export = (records, done) => send(records, (result) => { failed += result.code; done(result); });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'host.name': 'web-1' }),
    processors: [new BatchLogRecordProcessor(exporter, { maxQueueSize: 2 * count, maxExportBatchSize: 64 })] });
  const logger = provider.getLogger('checkout', '1.2.3');
  const context = trace.setSpanContext(ROOT_CONTEXT, { traceId: kTraceId, spanId: kSpanId, traceFlags: 1 });
  for (const n of numbers(count)) {
    logger.emit({ timestamp: new Date(kTime + n), severityNumber: SeverityNumber.WARN, severityText: 'WARN',
                  body: `document ${n}`, attributes: { n, 'user.name': 'ada', 'http.request.method': 'GET' }, context });
  }
  await provider.shutdown();
  return { failed };
}

async function splunk({ port, count, token }) {
  const { Logger } = load('splunk-logging');
  const logger = new Logger({ token, url: `http://127.0.0.1:${port}`, maxBatchCount: 0 });
  logger.error = () => {};
  for (const n of numbers(count)) {
    logger.send({ time: (kTime + n) / 1000, severity: 'warning', message: { message: `document ${n}`, n },
                  metadata: { time: kTime + n, host: 'web-1', source: 'shop', sourcetype: 'orders' } });
  }
  return new Promise((done) => logger.flush((error, answer, body) => done({ error: error && error.message, body })));
}

async function winston({ port, protocol, type, count }) {
  const winston = load('winston');
  const { Syslog } = load('winston-syslog');
  const transport = new Syslog({ host: '127.0.0.1', port, protocol, type, eol: '\n', facility: 'local1', app_name: 'shop',
                                 localhost: 'web-1' });
  const logger = winston.createLogger({ levels: winston.config.syslog.levels, level: 'debug', transports: [transport],
                                        format: winston.format.printf(({ message }) => message) });
  for (const n of numbers(count)) logger.warning(`document ${n}`);
  await new Promise((done) => setTimeout(done, 500));
  transport.close();
  return {};
}

async function fluent({ port, count, key, mode }) {
  const { FluentClient } = load('@fluent-org/logger');
  const client = new FluentClient('shop', {
    socket: { host: '127.0.0.1', port }, ack: { ackTimeout: 5000 }, eventMode: mode, milliseconds: true,
    ...(key && { security: { clientHostname: 'web-1', sharedKey: key } }) });
  const sent = numbers(count).map((n) => client.emit('orders', document(n), new Date(kTime + n)));
  await Promise.all(sent);
  await client.disconnect();
  return { sent: sent.length };
}

async function gelf_pro({ port, adapter, count }) {
  const gelf = load('gelf-pro');
  gelf.setConfig({ fields: { service: 'shop' }, adapterName: adapter,
                   adapterOptions: { host: '127.0.0.1', port, protocol: 'udp4' } });
  let failed = 0;
  for (const n of numbers(count)) {
    await new Promise((done) => gelf.warning(`document ${n}`, { n, host: 'web-1', timestamp: (kTime + n) / 1000 },
                                             (error) => { failed += error ? 1 : 0; done(); }));
  }
  return { failed };
}

// Messages of 20 kB, which are chunked.
async function graygelf({ port, count }) {
  const log = load('graygelf')({ host: '127.0.0.1', port, compressType: 'gzip', chunkSize: 1240 });
  log.global = { host: 'web-1', service: 'shop' };
  log.on('error', (error) => { throw error; });
  const { randomBytes } = require('node:crypto');
  for (const n of numbers(count)) {
    log.raw({ version: '1.1', host: 'web-1', timestamp: (kTime + n) / 1000, level: 4, short_message: `document ${n}`,
              full_message: randomBytes(10000).toString('hex'), _n: n });
    await new Promise((done) => setTimeout(done, 5));
  }
  await new Promise((done) => setTimeout(done, 300));
  return {};
}

const kClients = { elasticsearch, opensearch, opentelemetry, splunk, winston, fluent, gelf_pro, graygelf };

kClients[process.argv[2]](JSON.parse(process.argv[3])).then(
  (told) => { console.log(JSON.stringify(told)); process.exit(0); },
  (error) => { console.error(error); process.exit(1); });

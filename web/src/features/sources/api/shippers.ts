/** What can send, to which listener, and how. HOST, PORT and KEY are filled in. */
export interface Shipper {
  name: string;
  /** The listener as /health calls it. */
  listener: string;
  listenerName: string;
  port: number;
  /** The snippet takes a key or token. */
  key: boolean;
  /** Where the snippet belongs. */
  file: string;
  snippet: string;
}

const elasticsearch = { listener: "Elasticsearch bulk", listenerName: "elasticsearch", port: 9200 };
const hec = { listener: "Splunk HTTP Event Collector", listenerName: "splunk_hec", port: 8088 };
const syslog = { listener: "Syslog", listenerName: "syslog", port: 5514 };

export const shippers: readonly Shipper[] = [
  {
    name: "Filebeat, Winlogbeat",
    ...elasticsearch,
    key: true,
    file: "filebeat.yml",
    snippet: `output.elasticsearch:
  hosts: ["http://HOST:PORT"]
  api_key: "KEY"
setup.template.enabled: true`,
  },
  {
    name: "Fluent Bit (Elasticsearch)",
    ...elasticsearch,
    key: false,
    file: "fluent-bit.conf",
    snippet: `[OUTPUT]
    Name                es
    Match               *
    Host                HOST
    Port                PORT
    Index               app
    Suppress_Type_Name  On
    Generate_ID         On
    Retry_Limit         no_limits`,
  },
  {
    name: "Vector",
    ...elasticsearch,
    key: false,
    file: "vector.toml",
    snippet: `[sinks.vedette]
type = "elasticsearch"
inputs = ["my_source"]
endpoints = ["http://HOST:PORT"]
mode = "data_stream"`,
  },
  {
    name: "Logstash",
    ...elasticsearch,
    key: false,
    file: "pipeline.conf",
    snippet: `output {
  elasticsearch {
    hosts => ["http://HOST:PORT"]
    index => "app"
    action => "create"
    manage_template => false
    ilm_enabled => false
  }
}`,
  },
  {
    name: "rsyslog (Elasticsearch)",
    ...elasticsearch,
    key: false,
    file: "/etc/rsyslog.d/vedette.conf",
    snippet: `module(load="omelasticsearch")
template(name="json" type="list") {
  constant(value="{\\"@timestamp\\":\\"") property(name="timereported" dateFormat="rfc3339")
  constant(value="\\",\\"host.name\\":\\"") property(name="hostname" format="json")
  constant(value="\\",\\"process.name\\":\\"") property(name="programname" format="json")
  constant(value="\\",\\"log.syslog.severity.name\\":\\"") property(name="syslogseverity-text")
  constant(value="\\",\\"message\\":\\"") property(name="msg" format="json")
  constant(value="\\"}")
}
template(name="id" type="string" string="%uuid%")
action(type="omelasticsearch" server="HOST" serverport="PORT" searchIndex="syslog" searchType=""
       template="json" bulkid="id" dynbulkid="on" bulkmode="on" retryfailures="on" action.resumeRetryCount="-1"
       action.resumeInterval="1" queue.type="LinkedList")`,
  },
  {
    name: "syslog-ng (Elasticsearch)",
    ...elasticsearch,
    key: false,
    file: "/etc/syslog-ng/conf.d/vedette.conf",
    snippet: `options { frac-digits(6); };
destination d_vedette {
  elasticsearch-http(url("http://HOST:PORT/_bulk") index("syslog") type("")
    template("$(format-json --scope none @timestamp=\${ISODATE} host.name=\${HOST} message=\${MESSAGE}
      process.name=\${PROGRAM})"));
};
log { source(s_src); destination(d_vedette); };`,
  },
  {
    name: "rsyslog (TCP)",
    ...syslog,
    key: false,
    file: "/etc/rsyslog.d/vedette.conf",
    snippet: `action(type="omfwd" target="HOST" port="PORT" protocol="tcp" TCP_Framing="octet-counted"
       template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1"
       queue.type="LinkedList" queue.filename="vedette" queue.saveOnShutdown="on")`,
  },
  {
    name: "rsyslog (RELP)",
    listener: "RELP",
    listenerName: "relp",
    port: 2514,
    key: false,
    file: "/etc/rsyslog.d/vedette.conf",
    snippet: `module(load="omrelp")
action(type="omrelp" target="HOST" port="PORT" template="RSYSLOG_SyslogProtocol23Format"
       windowSize="1000" queue.type="LinkedList" queue.filename="vedette-relp" action.resumeRetryCount="-1")`,
  },
  {
    name: "syslog-ng",
    ...syslog,
    key: false,
    file: "/etc/syslog-ng/conf.d/vedette.conf",
    snippet: `destination d_vedette {
  syslog("HOST" transport("tcp") port(PORT));
};
log { source(s_src); destination(d_vedette); };`,
  },
  {
    name: "logger",
    ...syslog,
    key: false,
    file: "shell",
    snippet: `logger -n HOST -P PORT -T --octet-count --rfc5424 -t app "hello"`,
  },
  {
    name: "OpenTelemetry Collector",
    listener: "OpenTelemetry logs over gRPC",
    listenerName: "otlp_grpc",
    port: 4317,
    key: true,
    file: "otel-collector.yaml",
    snippet: `exporters:
  otlp/vedette:
    endpoint: HOST:PORT
    tls: {insecure: true}
    headers: {Authorization: "Bearer KEY"}
service:
  pipelines:
    logs: {receivers: [otlp], exporters: [otlp/vedette]}`,
  },
  {
    name: "OpenTelemetry SDKs",
    listener: "OpenTelemetry logs over HTTP",
    listenerName: "otlp_http",
    port: 4318,
    key: true,
    file: "environment",
    snippet: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://HOST:PORT/v1/logs
OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/protobuf
OTEL_EXPORTER_OTLP_LOGS_HEADERS="Authorization=Bearer KEY"`,
  },
  {
    name: "Splunk HEC: Docker",
    ...hec,
    key: true,
    file: "shell",
    snippet: `docker run --log-driver=splunk --log-opt splunk-url=http://HOST:PORT --log-opt splunk-token=KEY \\
  --log-opt splunk-format=json IMAGE`,
  },
  {
    name: "Splunk HEC: Fluent Bit",
    ...hec,
    key: true,
    file: "fluent-bit.conf",
    snippet: `[OUTPUT]
    Name          splunk
    Match         *
    Host          HOST
    Port          PORT
    Splunk_Token  KEY`,
  },
  {
    name: "Splunk HEC: curl",
    ...hec,
    key: true,
    file: "shell",
    snippet: `curl http://HOST:PORT/services/collector/event -H "Authorization: Splunk KEY" \\
  -d '{"host":"web-1","sourcetype":"app","event":{"message":"hello"}}'`,
  },
  {
    name: "Lines over HTTP: curl",
    listener: "Lines over HTTP",
    listenerName: "ndjson",
    port: 8687,
    key: true,
    file: "shell",
    snippet: `curl -T access.log "http://HOST:PORT/ingest?dataset=nginx.access" -H "Authorization: Bearer KEY"`,
  },
  {
    name: "GELF: Docker",
    listener: "GELF",
    listenerName: "gelf",
    port: 12201,
    key: false,
    file: "shell",
    snippet: `docker run --log-driver=gelf --log-opt gelf-address=udp://HOST:PORT IMAGE`,
  },
  {
    name: "GELF: Fluent Bit",
    listener: "GELF",
    listenerName: "gelf",
    port: 12201,
    key: false,
    file: "fluent-bit.conf",
    snippet: `[OUTPUT]
    Name                    gelf
    Match                   *
    Host                    HOST
    Port                    PORT
    Mode                    tcp
    Gelf_Short_Message_Key  log`,
  },
  {
    name: "Fluent Forward: Fluent Bit",
    listener: "Fluent Forward",
    listenerName: "fluent_forward",
    port: 24224,
    key: true,
    file: "fluent-bit.conf",
    snippet: `[OUTPUT]
    Name                  forward
    Match                 *
    Host                  HOST
    Port                  PORT
    Require_ack_response  On
    Shared_Key            KEY
    Self_Hostname         web-1
    Retry_Limit           no_limits`,
  },
  {
    name: "Lines over TCP",
    listener: "Lines over TCP",
    listenerName: "ndjson_tcp",
    port: 5170,
    key: false,
    file: "shell",
    snippet: `nc -N HOST PORT < events.ndjson`,
  },
  {
    name: "Files",
    listener: "Files",
    listenerName: "files",
    port: 0,
    key: false,
    file: "vedette.yaml of this node",
    snippet: `listeners:
  files:
    enabled: true
    inputs:
      - paths: [/var/log/*.log, "/srv/**/access.log*"]
        exclude: ["*.tmp"]`,
  },
  {
    name: "systemd journal",
    listener: "systemd journal",
    listenerName: "journald",
    port: 0,
    key: false,
    file: "vedette.yaml of this node",
    snippet: `listeners:
  journald: {enabled: true, start_at: end}`,
  },
];

/** Host and port of `udp 127.0.0.1:5514, tcp ...`; of `:9200` the port alone. */
export function addressIn(fact: string | undefined): { host: string; port: number } | undefined {
  const found = /(\[[^\]]+\]|[\w.-]*):(\d{1,5})\b/.exec(fact ?? "");
  return found ? { host: found[1] ?? "", port: Number(found[2]) } : undefined;
}

export const isLoopback = (host: string): boolean => /^(?:127\.|localhost$|\[::1\]$)/.test(host);

/** The snippet with what it is for. `$` in what is filled in means nothing. */
export const fillSnippet = (shipper: Shipper, host: string, port: number, key: string): string =>
  shipper.snippet
    .replaceAll(/(?<!\{)\bHOST\b/g, () => host)
    .replaceAll(/\bPORT\b/g, () => String(port))
    .replaceAll(/\bKEY\b/g, () => key);
